"""The form of each kind of step: it is shown, what is typed becomes settings, and these can be used."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.friends.models import AttributeDefinition
from app.line.models import Account
from app.team.actors import SYSTEM
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import ACTIONS, TRIGGERS
from app.workflows.models import Workflow
from app.workflows.operations.life import create_workflow
from app.workflows.queries.drafts import digest_of
from tests.factories import friends, line
from tests.factories.auto_messages import auto_message
from tests.factories.workflows import chain, step
from tests.support.client import CheckingClient
from tests.workflows.qr_codes.conftest import code
from tests.workflows.test_editor_pages import add, choose_accounts, fill, graph_of, stamp, url


@pytest.fixture
def account(app: Flask) -> Account:
    return line.account()


@pytest.fixture
def workflow(account: Account, as_alice: CheckingClient) -> Workflow:
    made = create_workflow("Survey", actor=SYSTEM)
    db.session.commit()
    choose_accounts(as_alice, made, account)
    return made


def attribute(account: Account, key: str, kind: str) -> None:
    db.session.add(AttributeDefinition(account_id=account.id, key=key, label=key.title(), kind=kind))


def form_of(kind: str, account: Account) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a member types into the form of a kind, and the settings that it becomes."""
    place = str(account.id)
    tag = friends.tag(account, "New").id
    attribute(account, "visits", "number")
    attribute(account, "birthday", "date")
    tags = {f"tags-{place}": [tag]}
    keywords = {"which": "keywords", "keywords-row": "0", "keywords-0-match": "contains", "keywords-0-text": " coupon "}
    duration = {"amount": "3", "unit": "hours"}
    question = {"question": "How was it?", "name": "opinion", "tries": "2", **duration, "repeat": "Please again"}
    kept = {"name": "opinion", "field": "", "tries": 2, "repeat": "Please again", "amount": 3, "unit": "hours"}
    kept |= {"default": "", "is_shared": False}
    content = {"messages": [{"kind": "text", "text": "How was it?"}]}
    branch = {"branches-row": "0", "branches-0-name": "b1", "branches-0-label": "Happy"}
    test = {
        "tests_b1-row": "0",
        "tests_b1-0-of": "answer.opinion",
        "tests_b1-0-operator": "equals",
        "tests_b1-0-value": "yes",
    }
    tested = {"source": "answer", "name": "opinion", "operator": "equals", "value": "yes"}
    parts = {
        f"parts-{at}-{name}": one
        for at in (0, 1)
        for name, one in (("name", f"p{at}"), ("label", "A"), ("share", "50"))
    }
    message, scanned = auto_message(account, "Hello", "Hi"), code(account)
    started = chain(account, step("started_by_workflow"), step("stop"))
    delay = {"time": "10:00", "business_hours": False, "late": {"policy": "skip", "hours": 4}}
    return {
        "friend_add": ({"also_unblocked": "1"}, {"also_unblocked": True}),
        "block": ({}, {}),
        "tag_added": (tags, {"tags": {place: [tag]}}),
        "tag_removed": (tags, {"tags": {place: [tag]}}),
        "attribute_changed": ({"field": "attributes.visits"}, {"field": "attributes.visits"}),
        "message": (keywords, {"any": False, "keywords": [{"match": "contains", "text": "coupon"}]}),
        "postback": (
            {"match": "parameter", "name": "action", "value": "buy"},
            {"match": "parameter", "name": "action", "value": "buy"},
        ),
        "video_watched": ({"tracking_id": "v1"}, {"tracking_id": "v1"}),
        "rich_menu_switched": ({"alias": ""}, {"alias": ""}),
        "qr_code": ({f"codes-{place}": [scanned.id]}, {"codes": {place: [scanned.id]}}),
        "tag": ({"change": "remove", **tags}, {"change": "remove", "tags": {place: [tag]}}),
        "attribute": (
            {"field": "attributes.visits", "change": "add", "value": "1"},
            {"field": "attributes.visits", "change": "add", "value": "1"},
        ),
        "question": ({**question, "kind": "text"}, {"content": content, "kind": "text", **kept}),
        "branch": ({**branch, **test}, {"branches": [{"name": "b1", "label": "Happy", "tests": [tested]}]}),
        "split": (
            {"parts-row": ["0", "1"], **parts},
            {"parts": [{"name": f"p{at}", "label": "A", "share": 50} for at in (0, 1)]},
        ),
        "delay": (
            {
                "mode": "date",
                "field": "attributes.birthday",
                "days": "3",
                "side": "before",
                "time": "10:00",
                "policy": "skip",
                "late": "4",
            },
            {"mode": "date", "field": "attributes.birthday", "days": -3, **delay},
        ),
        "wait_for_event": (
            {"event": "tag_added", **tags, **duration},
            {"event": "tag_added", "tags": {place: [tag]}, "amount": 3, "unit": "hours"},
        ),
        "auto_message": ({f"messages-{place}": message.id}, {"messages": {place: message.id}}),
        "start_workflow": ({"workflow": create_workflow("Other", graph=started, actor=SYSTEM).id}, None),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "friend_add",
        "block",
        "tag_added",
        "tag_removed",
        "attribute_changed",
        "message",
        "postback",
        "video_watched",
        "rich_menu_switched",
        "qr_code",
        "tag",
        "attribute",
        "question",
        "branch",
        "split",
        "delay",
        "wait_for_event",
        "auto_message",
        "start_workflow",
    ],
)
def test_what_is_typed_into_a_form_becomes_settings_that_can_be_used(
    account: Account, workflow: Workflow, as_alice: CheckingClient, kind: str
) -> None:
    typed, expected = form_of(kind, account)
    db.session.commit()
    after = "" if kind in TRIGGERS else add(as_alice, workflow, "friend_add")
    node_id = add(as_alice, workflow, kind, after)
    assert as_alice.get(url(workflow, f"/steps/{node_id}?new=1")).status_code == 200
    answer = fill(as_alice, workflow, node_id, **typed)
    assert answer.status_code == 303, answer.text
    node = graph_of(workflow).by_id[node_id]
    if expected is not None:
        settings = dict(node.settings)
        if "content" in settings:
            settings["content"] = {"messages": settings["content"]["messages"]}
        assert settings == expected
    page = as_alice.get(url(workflow, f"/steps/{node_id}"))
    assert page.status_code == 200 and 'class="invalid-feedback' not in page.text
    assert as_alice.get(url(workflow)).status_code == 200


def test_messages_are_composed_in_their_form_and_kept_when_the_member_is_done(
    account: Account, workflow: Workflow, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.messages.content.proof.gateway.complaints", lambda *_args: [])
    trigger = add(as_alice, workflow, "friend_add")
    node_id = add(as_alice, workflow, "send_message", trigger)
    page = as_alice.get(url(workflow, f"/steps/{node_id}?new=1")).text
    draft = re.search(r'name="draft" value="([0-9]+)"', page)
    assert draft is not None
    answer = fill(as_alice, workflow, node_id, draft=draft[1], draft_version="1")
    assert "Add a message." in answer.text
    as_alice.post(
        f"/accounts/{account.id}/composer/{draft[1]}",
        data={"draft": draft[1], "draft_version": "1", "do": "add:messages:text"},
    )
    typed = {"draft": draft[1], "draft_version": "2", "messages.0.text": "Thank you, {{answer.opinion|friend}}"}
    answer = fill(as_alice, workflow, node_id, **typed)
    assert answer.status_code == 200 and "Thank you" in answer.text
    typed["messages.0.text"] = "Thank you, {{display_name|friend}}"
    assert fill(as_alice, workflow, node_id, **typed).status_code == 303
    (message,) = graph_of(workflow).by_id[node_id].settings["content"]["messages"]
    assert message["text"] == "Thank you, {{display_name|friend}}"
    assert "Thank you" in as_alice.get(url(workflow, f"/steps/{node_id}")).text


def test_composed_messages_are_in_the_working_copy_with_each_change(
    account: Account, workflow: Workflow, as_alice: CheckingClient
) -> None:
    trigger = add(as_alice, workflow, "friend_add")
    node_id = add(as_alice, workflow, "send_message", trigger)
    as_alice.post(url(workflow, "/save"), data={"stamp": stamp(workflow)})
    place = url(workflow, f"/steps/{node_id}")

    def opened() -> str:
        return as_alice.fragment(place).text

    draft = re.search(r'name="draft" value="([0-9]+)"', opened())
    assert draft is not None
    as_alice.post(
        f"/accounts/{account.id}/composer/{draft[1]}",
        data={"draft": draft[1], "draft_version": "1", "do": "add:messages:text"},
    )

    def keep(text: str, seen: str) -> Any:
        typed = {"draft": draft[1], "draft_version": "2", "messages.0.text": text}
        sent = {"do": "keep", "panel": "1", "seen": seen, **typed}
        return as_alice.fragment(place, method="POST", data=sent)

    kept = keep("Thank you", digest_of(graph_of(workflow).by_id[node_id]))
    assert kept.headers["HX-Retarget"] == "#step-state" and 'id="composer"' not in kept.text
    assert "Unsaved changes" in kept.text and "Thank you" in kept.text
    seen = digest_of(graph_of(workflow).by_id[node_id])
    assert f'name="seen" value="{seen}"' in kept.text
    assert keep("Thanks", seen).status_code == 200
    (message,) = graph_of(workflow).by_id[node_id].settings["content"]["messages"]
    assert message["text"] == "Thanks" and "Thanks" in opened()
    # The composer shows what the working copy holds, also after that was taken back.
    as_alice.post(url(workflow, "/undo"), data={"stamp": stamp(workflow)})
    page = opened()
    assert "Thank you" in page and "Thanks" not in page
    as_alice.post(url(workflow, "/discard"), data={"stamp": stamp(workflow)})
    assert "Thank you" not in opened() and 'name="messages.0.text"' not in opened()


def test_a_long_text_is_refused_at_its_field_and_not_cut(workflow: Workflow, as_alice: CheckingClient) -> None:
    trigger = add(as_alice, workflow, "message")
    typed = {"which": "keywords", "keywords-row": "0", "keywords-0-match": "equals"}
    answer = fill(as_alice, workflow, trigger, **typed, **{"keywords-0-text": "x" * 5_001})
    assert answer.status_code == 200 and answer.text.count("Use at most 5000 characters.") == 1
    assert graph_of(workflow).by_id[trigger].settings["keywords"][0]["text"] == "x" * 5_001
    assert fill(as_alice, workflow, trigger, **typed, **{"keywords-0-text": "x" * 5_000}).status_code == 303


def test_a_form_without_an_account_says_where_to_choose_one(app: Flask, as_alice: CheckingClient) -> None:
    workflow = create_workflow("Survey", actor=SYSTEM)
    db.session.commit()
    trigger = add(as_alice, workflow, "friend_add")
    kinds = ("tag", "send_message", "auto_message", "branch", "attribute", "question")
    for kind in kinds:
        node_id = add(as_alice, workflow, kind, trigger)
        page = as_alice.get(url(workflow, f"/steps/{node_id}")).text
        assert "Choose a LINE Official Account first" in page
        assert fill(as_alice, workflow, node_id).status_code in (200, 303)


def test_a_question_that_is_filled_in_is_not_said_to_be_empty(
    account: Account, workflow: Workflow, as_alice: CheckingClient
) -> None:
    node_id = add(as_alice, workflow, "question", add(as_alice, workflow, "friend_add"))
    typed = {"kind": "choices", "name": "colour", "tries": "2", "amount": "1", "unit": "days", "choices-row": "0"}
    answer = fill(as_alice, workflow, node_id, question="Which colour?", **typed).text
    assert "Each choice has one to 20 characters." in answer and "Fill this in." not in answer
    assert (
        fill(as_alice, workflow, node_id, question="Which?", **{**typed, "choices-0-label": "Red"}).status_code == 303
    )


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("question", {"kind": "choices", "choices": [{"label": "Yes"}]}),
        ("branch", {"branches": [{"name": "b1", "tests": [{"name": "opinion", "operator": "is_set"}]}]}),
        ("split", {"parts": [{"name": "p1", "share": 50}]}),
        ("send_webhook", {"fields": [{"name": "id"}]}),
    ],
)
def test_a_form_shows_settings_that_leave_out_what_need_not_be_there(
    as_alice: CheckingClient, account: Account, kind: str, settings: dict[str, Any]
) -> None:
    nodes = (Node("added", "friend_add", {}, {"next": "step"}), Node("step", kind, settings))
    made = create_workflow("Made elsewhere", graph=Graph((account.id,), nodes), actor=SYSTEM)
    db.session.commit()
    assert as_alice.get(f"/workflows/{made.id}/steps/step").status_code == 200


def test_the_notice_that_something_is_missing_stays_until_nothing_is(
    account: Account, workflow: Workflow, as_alice: CheckingClient
) -> None:
    friends.tag(account, "New")
    db.session.commit()
    node_id = add(as_alice, workflow, "postback")
    assert "It is kept." not in as_alice.get(url(workflow, f"/steps/{node_id}?new=1")).text
    shown = fill(as_alice, workflow, node_id, match="equals", value="").text
    assert "It is kept." in shown and 'name="kept" value="1"' in shown
    more = {"match": "equals", "kept": "1", "checked": "1", "do": "keep"}
    assert "It is kept." in fill(as_alice, workflow, node_id, **more, value="").text
    assert "It is kept." not in fill(as_alice, workflow, node_id, **more, value="buy").text


def test_branches_and_parts_have_exits_of_their_own(
    account: Account, workflow: Workflow, as_alice: CheckingClient
) -> None:
    names = ["else", "error", "b1", "b1", "next", "a b", "b2"]
    trigger = add(as_alice, workflow, "friend_add")
    branch = add(as_alice, workflow, "branch", trigger)
    posted: dict[str, Any] = {"branches-row": [str(at) for at in range(len(names))]}
    for at, name in enumerate(names):
        posted |= {f"branches-{at}-name": name, f"branches-{at}-label": f"L{at}"}
        posted |= {f"tests_{name}-row": "0", f"tests_{name}-0-of": "answer.x", f"tests_{name}-0-value": name}
    fill(as_alice, workflow, branch, **posted)
    found = graph_of(workflow).by_id[branch].settings["branches"]
    assert [one["name"] for one in found] == ["b3", "b4", "b1", "b5", "b6", "b7", "b2"]
    assert [one["tests"][0]["value"] for one in found] == names
    split = add(as_alice, workflow, "split", trigger)
    parts = {f"parts-{at}-{name}": one for at in (0, 1) for name, one in (("name", "p1"), ("share", "50"))}
    fill(as_alice, workflow, split, **{"parts-row": ["0", "1"], **parts})
    assert [one["name"] for one in graph_of(workflow).by_id[split].settings["parts"]] == ["p1", "p2"]


def test_exits_of_the_same_name_are_said(app: Flask) -> None:
    said = "Two exits of this step cannot be told apart. Remove one of them and add it again."
    for names, is_wrong in ((("a", "b"), False), (("a", "a"), True), (("else", "b"), True), (("a", "error"), True)):
        for kind, field in (("branch", "branches"), ("split", "parts")):
            node = Node("n", kind, {field: [{"name": one, "share": 50} for one in names]})
            assert (said in [str(one.message) for one in ACTIONS[kind].check(node, ())]) is is_wrong
