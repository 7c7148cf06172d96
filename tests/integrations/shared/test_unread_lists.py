"""A list whose members were never read: it is not known who is on it, and nothing is done with what is not known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.integrations.shared.lists import add_members, finish_members
from app.integrations.shared.models import Integration, IntegrationState, RemoteList
from app.line.models import Account
from app.messages.broadcasts.models import AudienceKind
from app.messages.broadcasts.queries.audience import (
    AudienceChoice,
    SegmentUnusable,
    audience_for,
    count_audience,
    trouble_words,
)
from app.messages.rich_menus.linking import unlink_segment
from app.segments.models import Segment
from app.segments.operations import counting
from app.segments.queries.audience import NotKnownYet
from app.team.actors import SYSTEM
from app.workflows.operations.life import NotReady
from tests.factories import integrations, line, segments, workflows
from tests.factories.friends import friend, tag
from tests.support.client import CheckingClient
from tests.workflows.conftest import history, settle

NAME = "hubspot.list"


@pytest.fixture
def place(app: Any) -> Account:
    return line.account()


@pytest.fixture
def portal(place: Account) -> Integration:
    """HubSpot, connected to the account, whose next sync is some minutes away."""
    made = integrations.integration(place, scopes=["oauth", "crm.lists.read"])
    made.next_sync_at = now() + timedelta(minutes=5)
    db.session.commit()
    return made


@pytest.fixture
def unread(portal: Integration) -> RemoteList:
    """The list “Tasting”, of which only the name is known."""
    return integrations.remote_list(portal, name="Tasting")


def none_of(found: RemoteList) -> dict[str, Any]:
    return segments.definition([segments.condition(NAME, "contains_none", found.id)])


def not_on(place: Account, found: RemoteList) -> Segment:
    """A segment of all who are not on the list."""
    return segments.segment(place, definition=none_of(found))


def read(found: RemoteList, *remote_ids: str) -> None:
    """Read the list's members completely."""
    add_members(found.id, remote_ids, run_id=1)
    finish_members(found.id, run_id=1)
    db.session.commit()


def test_a_broadcast_waits_until_the_list_is_read(place: Account, portal: Integration, unread: RemoteList) -> None:
    on_it, other = friend(place), friend(place)
    contact = integrations.record(portal)
    integrations.link(portal, on_it, contact.remote_id)
    choice = AudienceChoice(AudienceKind.SEGMENT, not_on(place, unread).id)
    with pytest.raises(NotKnownYet) as refused:
        audience_for(place.id, choice)
    words = str(trouble_words(refused.value))
    assert "Tasting" in words and "at the latest with the next sync" in words
    read(unread, contact.remote_id)
    found = db.session.execute(audience_for(place.id, choice).friends()).all()
    assert [row.id for row in found] == [other.id]


def test_those_to_leave_out_are_never_left_in(place: Account, portal: Integration, unread: RemoteList) -> None:
    contact = integrations.record(portal)
    integrations.link(portal, friend(place), contact.remote_id)
    read(unread, contact.remote_id)
    left_out = segments.segment(
        place, definition=segments.definition([segments.condition(NAME, "contains_any", unread.id)])
    )
    everyone = segments.segment(
        place, definition=segments.definition([segments.condition("line.follow_status", "any_of", "following")])
    )
    choice = AudienceChoice(AudienceKind.DIFFERENCE, everyone.id, left_out.id)
    assert count_audience(audience_for(place.id, choice)).friends == 0
    portal.state = IntegrationState.DISCONNECTED
    db.session.commit()
    with pytest.raises(SegmentUnusable) as refused:
        audience_for(place.id, choice)
    assert "HubSpot is not connected any more" in str(trouble_words(refused.value))


def test_the_preview_says_which_list_waits(as_alice: CheckingClient, place: Account, unread: RemoteList) -> None:
    friend(place)
    segment = not_on(place, unread)
    asked = {"condition": "0-0", "group": "0", "property-0-0": NAME, "operator-0-0": "contains_none"}
    told = as_alice.post(f"/accounts/{place.id}/segments/preview", data={**asked, "value-0-0": str(unread.id)}).text
    assert "It is not known yet who is on the HubSpot list “Tasting”" in told
    assert "No friend fits" not in told and "1 friend" not in told
    assert "Not known yet" in told
    shown = as_alice.get(f"/accounts/{place.id}/segments/{segment.id}").text
    assert "It is not known yet who is on the HubSpot list" in shown


def test_a_condition_without_values_says_that_hubspot_is_not_connected(
    as_alice: CheckingClient, place: Account, portal: Integration
) -> None:
    friend(place)
    portal.state = IntegrationState.DISCONNECTED
    db.session.commit()
    asked = {"condition": "0-0", "group": "0", "property-0-0": "hubspot.integration", "operator-0-0": "is"}
    told = as_alice.post(f"/accounts/{place.id}/segments/preview", data=asked).text
    assert told.count("HubSpot is not connected any more.") == 2
    assert "which of them is too strict" not in told


def test_no_file_is_made_of_what_is_not_known(as_alice: CheckingClient, place: Account, unread: RemoteList) -> None:
    segment = not_on(place, unread)
    answer = as_alice.get(f"/accounts/{place.id}/segments/{segment.id}/members.csv")
    assert answer.status_code == 409 and "Tasting" in answer.text


def test_numbers_come_once_the_list_is_read(place: Account, unread: RemoteList) -> None:
    friend(place)
    segment = not_on(place, unread)
    segment.friends, segment.counted_at = 7, now()
    counting.try_to_count(segment)
    db.session.commit()
    assert (segment.friends, segment.counted_at) == (None, None)
    read(unread)
    db.session.refresh(segment)
    assert segment.count_due_at is not None
    counting.count_due(segment.id)
    db.session.refresh(segment)
    assert segment.friends == 1


def test_a_rich_menu_of_the_segment_stays(place: Account, unread: RemoteList) -> None:
    with pytest.raises(Conflict, match="It is not known yet who is meant"):
        unlink_segment(place.id, not_on(place, unread).id, actor=SYSTEM)


def test_a_workflow_is_started_only_when_its_lists_are_read(
    place: Account, portal: Integration, unread: RemoteList
) -> None:
    trigger = workflows.step("message", any=True, conditions={str(place.id): none_of(unread)})
    with pytest.raises(NotReady) as refused:
        workflows.active(place, trigger, workflows.step("send_message", **workflows.says("Hello")))
    assert any("Tasting" in str(one.problem.message) for one in refused.value.problems.hindrances)
    db.session.refresh(portal)
    assert portal.next_sync_at is not None and portal.next_sync_at < now() + timedelta(minutes=1)


def test_a_list_that_hubspot_does_not_let_us_read_says_so(
    as_alice: CheckingClient, place: Account, portal: Integration, unread: RemoteList
) -> None:
    portal.scopes = ["oauth"]
    db.session.commit()
    shown = as_alice.get(f"/accounts/{place.id}/segments/{not_on(place, unread).id}").text
    assert "HubSpot does not let Tomoru read lists" in shown


def test_a_run_waits_at_a_branch_and_is_not_led_wrong(place: Account, unread: RemoteList) -> None:
    read(unread)
    fits = {str(place.id): none_of(unread)}
    branch = workflows.step("branch", {"b1": "2"}, branches=[{"name": "b1", "label": "A", "conditions": fits}])
    mark = workflows.step("tag", tags={str(place.id): [tag(place).id]}, change="add")
    workflow = workflows.active(place, workflows.step("message", any=True), branch, mark)
    unread.is_followed = False
    db.session.commit()
    waiting = workflows.run(workflow, friend(place))
    settle()
    assert history(waiting) == []
    read(unread)
    db.session.execute(text("UPDATE workflow_runs SET due_at = now()"))
    db.session.commit()
    settle()
    assert history(waiting)[0] == ("branch", "done", "b1")
