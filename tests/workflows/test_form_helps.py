"""What forms of steps take in any width, offer to choose, and mark and name when something is missing."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.core.text_folding import fold_all
from app.line.models import Account
from app.workflows.queries.problems import workflow_problems
from tests.factories import line
from tests.factories.workflows import active, chain, draft, says, step
from tests.support.client import CheckingClient
from tests.workflows.test_editor_pages import add, fill, graph_of, url


@pytest.fixture
def account(app: Flask) -> Account:
    return line.account()


def test_numbers_may_be_full_width(account: Account, as_alice: CheckingClient) -> None:
    workflow = draft(graph=chain(account, step("friend_add")))
    node_id = add(as_alice, workflow, "delay", "n0")
    assert fill(as_alice, workflow, node_id, mode="amount", amount="３", unit="days").status_code == 303
    assert graph_of(workflow).by_id[node_id].settings["amount"] == 3
    assert "Enter how long to wait" in fill(as_alice, workflow, node_id, mode="amount", amount="三", unit="days").text


def test_a_branch_offers_the_choices_of_the_question(account: Account, as_alice: CheckingClient) -> None:
    choices = [{"label": "はい☕", "value": ""}, {"label": "いいえ", "value": "no"}]
    asks = step("question", content=says("Tea?"), kind="choices", choices=choices, name="tea")
    tests = [{"source": "answer", "name": one, "operator": "equals", "value": ""} for one in ("tea", "other")]
    branch = step("branch", branches=[{"name": "b1", "label": "A", "tests": tests}])
    workflow = draft(graph=chain(account, step("friend_add"), asks, branch))
    page = as_alice.get(url(workflow, "/steps/n2")).text
    assert page.count('list="offered-answer.tea"') == 1
    assert (
        '<datalist id="offered-answer.tea"><option value="はい☕"></option><option value="no"></option></datalist>'
        in page
    )


def test_an_answer_is_named_in_the_language_of_the_member(account: Account, as_alice: CheckingClient) -> None:
    workflow = draft(graph=chain(account, step("friend_add")))
    as_alice.set_cookie("language", "ja")
    node_id = add(as_alice, workflow, "question", "n0")
    assert graph_of(workflow).by_id[node_id].settings["name"] == "回答"


def test_steps_are_found_by_their_name_in_another_language(account: Account, as_alice: CheckingClient) -> None:
    page = as_alice.get(url(draft(graph=chain(account, step("friend_add"))), "/steps/new?after=n0&exit=next")).text
    option = next(one for one in page.splitlines() if 'value="tag"' in one)
    assert fold_all(["タグ"])[0] in option.partition('data-folded="')[2].partition('"')[0]


def test_what_is_missing_in_a_message_is_named_and_marked(account: Account, as_alice: CheckingClient) -> None:
    button = {"kind": "link", "label": "Open", "url": ""}
    buttons = {"kind": "buttons", "alt_text": "An offer", "text": "Look", "actions": [button]}
    content = {"version": 1, "messages": [{"kind": "text", "text": "Hi"}, buttons]}
    workflow = draft(graph=chain(account, step("friend_add"), step("send_message", content=content)))
    (finding,) = workflow_problems(workflow, None).hindrances
    assert str(finding.problem.message) == "Message 2, “Link”: Fill this in."
    page = as_alice.get(url(workflow, "/steps/n1")).text
    assert 'id="f-messages.1.actions.0.url" name="messages.1.actions.0.url"' in page
    field = page.split('id="f-messages.1.actions.0.url"')[1].split(">")[0]
    assert 'aria-invalid="true"' in field
    assert 'aria-invalid="true"' not in as_alice.get(url(workflow, "/steps/n1?new=1")).text


def test_without_script_messages_are_composed_on_a_page_that_leads_back(
    account: Account, as_alice: CheckingClient
) -> None:
    workflow = draft(graph=chain(account, step("friend_add"), step("send_message", content=says("Hi"))))
    form = as_alice.get(url(workflow, "/steps/n1")).text
    composer, number = re.findall(r'action="(/accounts/[0-9]+/composer/([0-9]+))"', form)[0]
    page = as_alice.post(composer, data={"draft": number, "draft_version": "1", "do": "add:messages:text"}).text
    assert "Keep the draft and go back" in page
    typed = {"draft": number, "draft_version": "2", "messages.1.text": "See you", "do": "back"}
    home = as_alice.post(composer, data=typed).headers["Location"]
    assert home == url(workflow, f"/steps/n1?draft={number}") and "See you" in as_alice.get(home).text


def test_without_script_the_menu_of_the_editor_is_a_list_of_links(account: Account, as_alice: CheckingClient) -> None:
    workflow = draft(graph=chain(account, step("friend_add"), step("stop")))
    menu = as_alice.get(url(workflow)).text.split("builder-menu")[1].split("</header>")[0]
    for place in ("/name", "/template", "/archive", "/removal"):
        assert '<noscript><a class="dropdown-item' in menu and f'href="{url(workflow, place)}"' in menu


def test_what_is_to_be_fixed_in_an_active_workflow_is_not_before_its_start(
    account: Account, as_alice: CheckingClient
) -> None:
    workflow = active(account, step("friend_add"), step("send_message", content=says("Hi")))
    add(as_alice, workflow, "tag", "n1")
    foot = as_alice.get(url(workflow)).text.split('id="workflow-foot"')[1].split("</summary>")[0]
    assert "2 things to fix<" in foot and "before Start" not in foot
