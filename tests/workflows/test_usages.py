"""What workflows use says so, and an active one keeps its messages from deletion."""

from __future__ import annotations

from flask import Flask

from app.core.db import db
from app.core.usage import usages_of
from app.team.actors import SYSTEM
from app.workflows.operations.drafts import add_action
from app.workflows.operations.life import archive, pause
from app.workflows.queries.drafts import draft_of, stamp_of
from tests.factories import auto_messages, friends, line, segments
from tests.factories.workflows import active, step


def test_a_workflow_names_what_it_uses(app: Flask) -> None:
    account = line.account()
    place = str(account.id)
    tag, other = friends.tag(account, "New"), friends.tag(account, "Old")
    message, segment = auto_messages.auto_message(account, "Greeting", "Hello"), segments.segment(account)
    workflow = active(
        account,
        step("friend_add"),
        step("tag", tags={place: [tag.id]}),
        step("auto_message", {"-": "x"}, messages={place: message.id}),
        step("schedule", {"next": "1"}, segments={place: segment.id}, every="day", time="09:00"),
        name="Welcome",
    )

    def told(kind: str, thing_id: int) -> list[tuple[str, bool]]:
        found = [one for one in usages_of(kind, thing_id, SYSTEM) if str(one.kind) == "Workflow"]
        return [(one.name, one.holds) for one in found]

    assert told("tag", tag.id) == [("Welcome", False)] and told("tag", other.id) == []
    assert told("auto_message", message.id) == [("Welcome", True)]
    assert told("auto_message", tag.id + 1_000) == []
    assert told("segment", segment.id) == [("Welcome", True)]
    pause(workflow.id, actor=SYSTEM)
    assert told("auto_message", message.id) == [("Welcome", False)]
    archive(workflow.id, actor=SYSTEM)
    db.session.commit()
    assert told("auto_message", message.id) == []


def test_changes_that_are_not_saved_yet_are_told_as_such_and_keep_nothing(app: Flask) -> None:
    account = line.account()
    message = auto_messages.auto_message(account, "Greeting", "Hello")
    workflow = active(account, step("friend_add"), step("stop"), name="Welcome")
    chosen = {"messages": {str(account.id): message.id}}
    seen = stamp_of(workflow, draft_of(workflow.id))
    add_action(workflow.id, "auto_message", chosen, "n0", "next", seen=seen, actor=SYSTEM)
    db.session.commit()
    (told,) = usages_of("auto_message", message.id, SYSTEM)
    assert (str(told.kind), told.name, told.holds) == ("Workflow, in changes not saved yet", "Welcome", False)
