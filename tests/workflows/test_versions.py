"""The versions of a workflow: their list, two side by side, and an old one restored."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app.core.db import db
from app.core.errors import NotFound
from app.line.models import Account
from app.team.actors import SYSTEM
from app.team.permissions import Permission
from app.workflows.definition.comparing import ComparedStep, StepChange, compare
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.naming import names_in
from app.workflows.engine.accounts import prune_former_accounts
from app.workflows.history.changes import sentences_of_change
from app.workflows.history.texts import other_texts
from app.workflows.models import Workflow
from app.workflows.operations.drafts import add_trigger, restore_version
from app.workflows.operations.life import archive, pause, save_version, start
from app.workflows.queries.drafts import draft_of, stamp_of, working_graph
from tests.conftest import signed_in
from tests.factories import friends, line, team
from tests.factories.workflows import active, chain, says, step
from tests.support.client import CheckingClient


@pytest.fixture
def place(app: Flask) -> Account:
    return line.account(name="Shop")


@pytest.fixture
def workflow(place: Account) -> Workflow:
    """Version 1 is active; version 2 has another message and one step more."""
    made = active(place, step("friend_add"), step("send_message", content=says("Hello")), step("stop"))
    tag = friends.tag(place, name="New")
    steps = step("send_message", content=says("Welcome")), step("tag", tags={str(place.id): [tag.id]}), step("stop")
    save_version(made.id, chain(place, step("friend_add"), *steps), seen=made.revision, actor=SYSTEM)
    db.session.commit()
    return made


def url(workflow: Workflow, rest: str = "") -> str:
    return f"/workflows/{workflow.id}/versions{rest}"


def stamp(workflow: Workflow) -> str:
    db.session.expire_all()
    return stamp_of(workflow, draft_of(workflow.id))


def test_the_list_says_which_version_answers_and_which_was_saved_last(
    workflow: Workflow, as_alice: CheckingClient
) -> None:
    page = as_alice.get(url(workflow)).text
    first, second = page.index('id="version-2"'), page.index('id="version-1"')
    assert first < second
    assert "Saved last" in page[first:second]
    assert "Active" in page[second:]
    assert 'commandfor="restore-1"' in page
    assert 'commandfor="restore-2"' not in page


def test_two_versions_stand_side_by_side_the_earlier_one_first(workflow: Workflow, as_alice: CheckingClient) -> None:
    page = as_alice.get(url(workflow, "/comparison?one=2&other=1")).text
    assert page.index("Version 1") < page.index("Version 2")
    for words in ("Set otherwise: messages", "Added", "New", "Changed", "2 · Tag", "3 · Stop"):
        assert words in page, words
    assert "These versions do the same." in as_alice.get(url(workflow, "/comparison?one=2&other=2")).text


def test_texts_that_differ_are_shown_whole_with_what_differs_in_them(place: Account, as_alice: CheckingClient) -> None:
    long = "We open at nine, and the first ten guests get a cup of the bean of the week. See you on "
    made = active(place, step("friend_add"), step("send_message", content=says("Same", f"{long}Monday!")))
    other = chain(place, step("friend_add"), step("send_message", content=says("Same", f"{long}Friday!")))
    save_version(made.id, other, seen=made.revision, actor=SYSTEM)
    db.session.commit()
    page = as_alice.get(url(made, "/comparison?one=1&other=2")).text
    assert f"{long}<mark>Mon</mark>day!</q>" in page and f"{long}<mark>Fri</mark>day!</q>" in page
    assert page.count("<q ") == 2


@pytest.mark.parametrize(
    ("before", "after", "gone", "added"),
    [
        ("Hello", "Hello", [], []),
        ("Hello", "Hello there", [("Hello", "", "")], [("Hello", " there", "")]),
        ("aa", "a", [("a", "a", "")], [("a", "", "")]),
        ("", "New", [], [("", "New", "")]),
    ],
)
def test_what_differs_in_a_text(
    before: str, after: str, gone: list[tuple[str, str, str]], added: list[tuple[str, str, str]]
) -> None:
    nodes = [Node("n", "question", {"repeat": one, "tries": 2}) for one in (before, after)]
    step = ComparedStep(StepChange.CHANGED, *nodes, settings=["repeat"])
    assert other_texts(step) == (gone, added)


def test_where_an_exit_leads_is_said_with_the_numbers_of_the_flow(app: Flask) -> None:
    asks = Node("q", "question", {}, {"next": "a"})
    first = Graph((), (Node("t", "friend_add", {}, {"next": "q"}), asks, Node("a", "tag"), Node("b", "stop")))
    timed = replace(asks, exits={"next": "a", "timeout": "b"})
    later = replace(first, nodes=(first.nodes[0], timed, *first.nodes[2:]))
    with app.test_request_context():
        (changed,) = [one for one in compare(first, later) if one.change == StepChange.CHANGED]
        said = sentences_of_change(changed, (names_in(first), names_in(later)))
    assert said == ["No answer in time: goes on with “3 · Stop”, before with no further step"]


def test_a_restored_version_becomes_the_working_copy_alone(workflow: Workflow, as_alice: CheckingClient) -> None:
    answer = as_alice.post(url(workflow, "/1/restoration"), data={"stamp": stamp(workflow)})
    assert answer.status_code == 303
    db.session.expire_all()
    draft = draft_of(workflow.id)
    assert draft
    assert [one.kind for one in working_graph(workflow, draft).nodes] == ["friend_add", "send_message", "stop"]
    assert (workflow.latest_version, workflow.active_version) == (2, 1)


def test_unsaved_changes_are_named_and_replaced_only_as_they_were_seen(
    workflow: Workflow, as_alice: CheckingClient
) -> None:
    seen = stamp(workflow)
    add_trigger(workflow.id, "block", {}, seen=seen, actor=SYSTEM)
    db.session.commit()
    answer = as_alice.post(url(workflow, "/1/restoration"), data={"stamp": seen})
    assert answer.status_code == 409
    assert "There are unsaved changes in the editor. They are replaced." in answer.text
    assert "block" in [one.kind for one in working_graph(workflow, draft_of(workflow.id)).nodes]
    assert as_alice.post(url(workflow, "/1/restoration"), data={"stamp": stamp(workflow)}).status_code == 303
    db.session.expire_all()
    assert "block" not in [one.kind for one in working_graph(workflow, draft_of(workflow.id)).nodes]


def test_an_archived_workflow_cannot_be_restored(workflow: Workflow, as_alice: CheckingClient) -> None:
    pause(workflow.id, actor=SYSTEM)
    archive(workflow.id, actor=SYSTEM)
    db.session.commit()
    assert 'id="restore-1"' not in as_alice.get(url(workflow)).text
    assert as_alice.post(url(workflow, "/1/restoration"), data={"stamp": stamp(workflow)}).status_code == 409


def test_a_version_of_an_account_that_a_member_may_not_see_is_not_there(
    app: Flask, workflow: Workflow, place: Account
) -> None:
    other = line.account(name="Other")
    graph = replace(chain(place, step("friend_add"), step("stop")), account_ids=(place.id, other.id))
    save_version(workflow.id, graph, seen=workflow.revision, actor=SYSTEM)
    save_version(workflow.id, chain(place, step("block"), step("stop")), seen=workflow.revision, actor=SYSTEM)
    start(workflow.id, actor=SYSTEM)
    prune_former_accounts()
    db.session.commit()
    member = team.member(permissions=[Permission.WORKFLOWS], account_ids=[place.id])
    client = signed_in(app, member)
    page = client.get(url(workflow)).text
    assert 'id="version-4"' in page
    assert 'id="version-3"' not in page
    assert client.get(url(workflow, "/comparison?one=3&other=4")).status_code == 404
    assert client.get(url(workflow, "/comparison?one=x")).status_code == 404


def test_restoring_a_version_that_is_not_there_is_refused(workflow: Workflow) -> None:
    with pytest.raises(NotFound):
        restore_version(workflow.id, 9, seen=stamp(workflow), actor=SYSTEM)
