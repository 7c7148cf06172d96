"""The editor: its page, changes of the flow, forms of steps, Save and Discard, and two members at once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.friends.models import AttributeDefinition
from app.line.models import Account
from app.team.actors import SYSTEM
from app.team.permissions import Permission
from app.workflows.definition.graph import Graph, read_graph
from app.workflows.models import Workflow, WorkflowDraft, WorkflowVersion
from app.workflows.operations.life import NotReady, create_workflow, start
from app.workflows.queries.drafts import digest_of, draft_of
from tests.conftest import signed_in
from tests.factories import friends, line
from tests.factories.team import member
from tests.factories.workflows import chain, says, step
from tests.support.client import CheckingClient
from tests.workflows.editing import add, choose_accounts, fill, graph_of, stamp, url


@pytest.fixture
def account(app: Flask) -> Account:
    return line.account()


@pytest.fixture
def workflow(account: Account) -> Workflow:
    made = create_workflow("Survey", actor=SYSTEM)
    db.session.commit()
    return made


def test_a_workflow_is_built_from_empty_and_saved(
    account: Account, workflow: Workflow, as_alice: CheckingClient
) -> None:
    tag = friends.tag(account, "New")
    page = as_alice.get(url(workflow)).text
    assert "No LINE Official Account is selected" in page and "Add a trigger" in page
    assert choose_accounts(as_alice, workflow, account, on_block="freeze").status_code == 303
    assert "Friend add" in as_alice.get(url(workflow, "/steps/new")).text
    trigger = add(as_alice, workflow, "friend_add")
    assert "Split by percentage" in as_alice.get(url(workflow, f"/steps/new?after={trigger}&exit=next")).text
    action = add(as_alice, workflow, "tag", trigger)
    answer = fill(as_alice, workflow, action, change="add")
    assert answer.status_code == 200 and "Choose a tag." in answer.text and "It is kept." in answer.text
    # The focus goes to what is missing.
    assert re.search(r'<div id="step-fields"[^>]* data-complains', answer.text)
    answer = fill(as_alice, workflow, action, **{"change": "add", f"tags-{account.id}": [tag.id]})
    assert answer.headers["Location"] == url(workflow, f"#node-{action}")
    graph = graph_of(workflow)
    assert graph.account_ids == (account.id,) and graph.entry.on_block == "freeze"
    assert graph.by_id[trigger].exits == {"next": action}
    assert graph.by_id[action].settings == {"change": "add", "tags": {str(account.id): [tag.id]}}
    page = as_alice.get(url(workflow)).text
    assert "Unsaved changes" in page and "kept " in page
    with pytest.raises(NotReady):
        start(workflow.id, actor=SYSTEM)
    db.session.rollback()
    as_alice.post(url(workflow, "/save"), data={"stamp": stamp(workflow)})
    assert draft_of(workflow.id) is None and workflow.latest_version == 2
    started = start(workflow.id, actor=SYSTEM)
    assert (started.active_version, started.on_block) == (2, "freeze")


def state_of(page: str) -> str:
    """Return the words of the head about versions."""
    state = re.search(r'<p class="workflow-state[^>]*>(.*?)</p>', page, re.DOTALL)
    assert state
    shown = re.sub(r"<span[^>]* hidden.*?</span>", "", state[1], flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", shown).split())


def test_what_is_saved_of_an_active_workflow_says_that_it_does_not_answer(
    account: Account, as_alice: CheckingClient
) -> None:
    graph = chain(account, step("friend_add"), step("send_message", content=says("Hello")))
    workflow = create_workflow("Welcome", graph=graph, actor=SYSTEM)
    start(workflow.id, actor=SYSTEM)
    db.session.commit()
    assert state_of(as_alice.get(url(workflow)).text) == "Active version 1"
    add(as_alice, workflow, "stop", "n1")
    as_alice.post(url(workflow, "/save"), data={"stamp": stamp(workflow)})
    page = as_alice.get(url(workflow)).text
    assert state_of(page) == "Active version 1 Draft version 2"
    words = "the started version (1) answers until you press Start again or Pause."
    assert f"The saved version is a draft and does not respond; {words}" in page.replace("\u2068", "").replace(
        "\u2069", ""
    )


def test_discard_goes_back_to_what_was_saved(workflow: Workflow, as_alice: CheckingClient) -> None:
    add(as_alice, workflow, "friend_add")
    as_alice.post(url(workflow, "/discard"), data={"stamp": stamp(workflow)})
    assert graph_of(workflow).nodes == () and draft_of(workflow.id) is None


def test_discard_and_a_new_name_are_shown_in_place(workflow: Workflow, as_alice: CheckingClient) -> None:
    add(as_alice, workflow, "friend_add")
    discarded = as_alice.fragment(url(workflow, "/discard"), method="POST", data={"stamp": stamp(workflow)})
    assert "HX-Redirect" not in discarded.headers and 'id="workflow-steps"' in discarded.text
    assert "The unsaved changes are discarded." in discarded.headers["HX-Trigger"]
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{url(workflow)}"}
    renamed = as_alice.post(url(workflow, "/name"), data={"name": "Newer"}, headers=headers)
    assert "HX-Redirect" not in renamed.headers and "<title>Newer · Tomoru</title>" in renamed.text
    assert 'id="workflow-rename"' in renamed.text and 'id="workflow-head"' in renamed.text


def test_the_flow_is_moved_connected_and_removed(
    account: Account, workflow: Workflow, as_alice: CheckingClient
) -> None:
    trigger = add(as_alice, workflow, "friend_add")
    first = add(as_alice, workflow, "tag", trigger)
    second = add(as_alice, workflow, "delay", first)

    def press(place: str, **fields: str) -> Any:
        return as_alice.post(url(workflow, f"/steps/{place}"), data={**fields, "stamp": stamp(workflow)})

    press(f"{second}/move", move="up")
    assert graph_of(workflow).by_id[trigger].exits == {"next": second}
    press(f"{trigger}/connection", exit="next", target=first)
    page = as_alice.get(url(workflow)).text
    assert "No step leads here" in page and "This step is not connected, so it does not run." in page
    answer = as_alice.get(url(workflow, f"/steps/{first}/connection?exit=next"))
    assert f'value="{second}"' not in answer.text and "There is no step to connect to yet." in answer.text
    assert press(f"{first}/connection", exit="next", target=second).status_code == 409
    press(f"{trigger}/connection", exit="next")
    press(f"{trigger}/connection", exit="next", target=second)
    assert "Delete it with 1 step that follows" in as_alice.get(url(workflow, f"/steps/{second}/removal")).text
    press(f"{second}/removal", extent="following")
    assert [one.id for one in graph_of(workflow).nodes] == [trigger]


def offered(page: str, name: str) -> str:
    """Return the value of the button with which a member keeps what they typed."""
    found = re.search(rf'name="{name}" value="([0-9a-f]+)"', page)
    assert found, page
    return found[1]


def test_two_members_never_overwrite_each_other_silently(
    app: Flask, account: Account, workflow: Workflow, as_alice: CheckingClient
) -> None:
    trigger = add(as_alice, workflow, "message")
    old = stamp(workflow)
    seen = digest_of(graph_of(workflow).by_id[trigger])
    bob = signed_in(app, member("bob@example.com", permissions=[Permission.WORKFLOWS]))
    mine = {"which": "keywords", "keywords-row": "0", "keywords-0-match": "equals", "keywords-0-text": "coupon"}
    place = url(workflow, f"/steps/{trigger}")
    answer = bob.post(place, data={**mine, "seen": seen, "do": "done"})
    assert answer.status_code == 409 and "Alice is editing this workflow." in answer.text
    assert 'value="coupon"' in answer.text and "since you opened it" not in answer.text
    taking_over = {"take_over": offered(answer.text, "take_over")}
    assert bob.post(place, data={**mine, "seen": seen, "do": "done", **taking_over}).status_code == 303
    theirs = {**mine, "keywords-0-text": "ticket", "seen": seen, "do": "done"}
    answer = as_alice.post(place, data=theirs)
    assert answer.status_code == 409 and "Take over to change it yourself." in answer.text
    # All that stands in the way is said together, and one press settles it.
    assert "was changed in another window or by another member" in answer.text and 'name="over"' not in answer.text
    assert 'value="ticket"' in answer.text
    taking_over = {"take_over": offered(answer.text, "take_over")}
    # What is changed again before the press is not overwritten either.
    later = {**mine, "keywords-0-text": "later", "seen": taking_over["take_over"], "do": "done"}
    assert bob.post(place, data=later).status_code == 303
    answer = as_alice.post(place, data={**theirs, **taking_over})
    assert answer.status_code == 409 and graph_of(workflow).by_id[trigger].settings["keywords"][0]["text"] == "later"
    taking_over = {"take_over": offered(answer.text, "take_over")}
    assert as_alice.post(place, data={**theirs, **taking_over}).status_code == 303
    assert graph_of(workflow).by_id[trigger].settings["keywords"][0]["text"] == "ticket"
    for place in ("/save", "/discard", f"/steps/{trigger}/removal"):
        assert as_alice.post(url(workflow, place), data={"stamp": old}).status_code == 409
    assert workflow.latest_version == 1 and draft_of(workflow.id) is not None


def test_what_is_typed_is_kept_also_where_it_cannot_be_used(workflow: Workflow, as_alice: CheckingClient) -> None:
    answer = choose_accounts(as_alice, workflow, re_entry="after_days", days="many")
    assert answer.status_code == 200 and 'value="many"' in answer.text
    assert "Enter after how many days" in answer.text and "Choose at least one at the Start node" in answer.text
    assert read_graph(db.session.get_one(WorkflowDraft, workflow.id).graph).entry.days == "many"


def test_rows_of_a_form_are_added_and_removed(workflow: Workflow, as_alice: CheckingClient) -> None:
    trigger = add(as_alice, workflow, "message")
    rows = {"which": "keywords", "keywords-row": ["0", "1"], "keywords-0-text": "a", "keywords-1-text": "b"}
    for button, texts in (
        ("add-keywords", ["a", "b", ""]),
        ("keywords-up:1", ["b", "a"]),
        ("remove-keywords:0", ["b"]),
    ):
        fill(as_alice, workflow, trigger, **{**rows, "do": button})
        assert [one["text"] for one in graph_of(workflow).by_id[trigger].settings["keywords"]] == texts


def test_triggers_are_narrowed_by_conditions_of_each_account(
    account: Account, workflow: Workflow, as_alice: CheckingClient
) -> None:
    other = line.account(name="Other")
    choose_accounts(as_alice, workflow, account, other)
    trigger = add(as_alice, workflow, "friend_add")
    answer = fill(as_alice, workflow, trigger, do=f"c{account.id}-add-group")
    assert f'name="c{account.id}-property-0-0"' in answer.text
    row = {
        "group": "0",
        "condition": "0-0",
        "property-0-0": "last_name",
        "operator-0-0": "contains",
        "value-0-0": "Hana",
    }
    mine = {f"c{account.id}-{name}": value for name, value in row.items()}
    answer = fill(as_alice, workflow, trigger, **mine)
    assert "The conditions are missing for an account" in answer.text
    answer = fill(as_alice, workflow, trigger, **mine, **{f"c{other.id}-{name}": value for name, value in row.items()})
    assert answer.status_code == 303
    stored = graph_of(workflow).by_id[trigger].settings["conditions"]
    assert set(stored) == {str(account.id), str(other.id)}
    assert stored[str(other.id)]["groups"][0]["conditions"][0]["values"] == ["Hana"]


def test_steps_of_unknown_kinds_are_shown_and_do_nothing(account: Account, as_alice: CheckingClient) -> None:
    graph = chain(account, step("friend_add"), step("no_such_step"))
    workflow = create_workflow("Sync", graph=graph, actor=SYSTEM)
    db.session.commit()
    assert "does not know this step" in as_alice.get(url(workflow)).text
    assert "does not know this step" in as_alice.get(url(workflow, "/steps/n1")).text


def test_strangers_find_nothing(app: Flask, account: Account, as_alice: CheckingClient) -> None:
    workflow = create_workflow("Mine", graph=Graph((account.id,)), actor=SYSTEM)
    db.session.commit()
    other = line.account(name="Other")
    bob = signed_in(app, member("bob@example.com", permissions=[Permission.WORKFLOWS], account_ids=[other.id]))
    for place in ("", "/steps/start", "/steps/new"):
        assert bob.get(url(workflow, place)).status_code == 404
    assert as_alice.get(url(workflow, "/steps/n9")).status_code == 404
    assert db.session.query(WorkflowVersion).count() == 1


def test_the_list_says_which_tags_and_which_attribute(as_alice: CheckingClient, account: Account) -> None:
    other = line.account()
    db.session.add(AttributeDefinition(account_id=account.id, key="rank", label="Rank", kind="text"))
    db.session.commit()
    tags = {str(account.id): [friends.tag(account, "VIP").id, friends.tag(account, "Member").id]}
    foreign = {str(account.id): [friends.tag(other, "Foreign").id]}
    graph = chain(
        account,
        step("tag_added", tags=tags),
        step("tag", change="remove", tags=tags),
        step("tag", change="add", tags=foreign),
        step("attribute", change="set", field="attributes.rank", value="Gold"),
        step("attribute", change="clear", field="email"),
    )
    workflow = create_workflow("Ranks", graph=graph, actor=SYSTEM)
    db.session.commit()
    shown = re.findall(r'workflow-summary"><bdi>([^<]+)', as_alice.get(url(workflow)).text)
    assert shown[1:] == [
        "VIP and Member",
        "Remove tags: VIP and Member",
        "Add tags",
        "Set a value: Rank",
        "Clear the value: E-mail",
    ]


def test_the_editor_of_a_long_workflow_is_light(as_alice: CheckingClient, account: Account) -> None:
    steps = [step("tag", change="add", tags={}) for _ in range(200)]
    workflow = create_workflow("Long", graph=chain(account, step("friend_add"), *steps), actor=SYSTEM)
    db.session.commit()
    assert len(as_alice.get(url(workflow)).data) < 200 * 3_200


def odd(account: Account, kind: str, **settings: Any) -> Workflow:
    """A draft whose step holds settings that no form stores, with a change that was not saved."""
    nodes = chain(account, step("friend_add"), step(kind, **settings), step("stop"))
    made = create_workflow("Odd", graph=nodes, actor=SYSTEM)
    db.session.commit()
    return made


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("wait_for_event", {"event": ["answer"]}),
        ("branch", {"branches": [7]}),
        ("split", {"parts": [7]}),
        ("question", {"content": 7, "choices": [7]}),
        ("delay", {"late": 7}),
        ("tag", {"tags": 7}),
    ],
)
def test_settings_that_cannot_be_read_are_said_at_their_step(
    account: Account, as_alice: CheckingClient, kind: str, settings: dict[str, Any]
) -> None:
    made = odd(account, kind, **settings)
    assert "The settings of this step cannot be read. Enter them again." in as_alice.get(url(made)).text
    add(as_alice, made, "stop", "n2")
    assert as_alice.post(url(made, "/discard"), data={"stamp": stamp(made)}).status_code < 500
    with pytest.raises(NotReady):
        start(made.id, actor=SYSTEM)


@pytest.mark.parametrize(
    ("day", "zone"), [("9999-12-31", "America/Los_Angeles"), ("0001-01-01", "Asia/Tokyo"), ("3000-01-01", "")]
)
def test_a_schedule_at_the_ends_of_the_calendar_is_refused_at_its_field(
    account: Account, workflow: Workflow, as_alice: CheckingClient, day: str, zone: str
) -> None:
    choose_accounts(as_alice, workflow, account)
    node_id = add(as_alice, workflow, "schedule")
    typed = {f"segments-{account.id}": "all", "every": "once", "date": day, "time": "23:00", "zone": zone}
    page = fill(as_alice, workflow, node_id, **typed)
    assert page.status_code == 200 and "Choose a year from 1970 to 2999." in page.text
    assert "Choose a year from 1970 to 2999." in as_alice.get(url(workflow)).text


def test_days_of_the_week_that_are_none_are_left_out(
    account: Account, workflow: Workflow, as_alice: CheckingClient
) -> None:
    choose_accounts(as_alice, workflow, account)
    node_id = add(as_alice, workflow, "delay", add(as_alice, workflow, "friend_add"))
    typed = {"amount": "1", "unit": "days", "weekdays": ["5", "9" * 5_000, "7", "x", "0"]}
    assert fill(as_alice, workflow, node_id, **typed).status_code == 303
    assert graph_of(workflow).by_id[node_id].settings["weekdays"] == [0, 5]
