"""What Tomoru knows of a friend reaches the contact: only what changed, and once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.friends.models import FollowStatus
from app.friends.operations.tagging import add_tags
from app.integrations.hubspot.line_properties import LineKey
from app.integrations.shared.models import IntegrationAccount, IntegrationState, RemoteLink
from app.messages.broadcasts.models import Broadcast, BroadcastChunk, BroadcastRecipient, ChunkState
from app.team.actors import SYSTEM
from tests.factories.friends import friend, tag
from tests.factories.line import account
from tests.integrations.hubspot.writing.conftest import Office

ADDED = datetime(2026, 4, 1, 3, 4, 5, tzinfo=UTC)


def state(link: RemoteLink) -> tuple[Any, Any]:
    db.session.rollback()
    row = db.session.execute(select(RemoteLink.due_at, RemoteLink.reason).where(RemoteLink.id == link.id)).one()
    return row.due_at, row.reason


def received(place: Any, person: Any, name: str, at: datetime) -> None:
    """A broadcast that a friend received."""
    sent = Broadcast(account_id=place.id, name=name, state="sent", started_at=at, finished_at=at)
    sent.audience, sent.content = {}, {}
    db.session.add(sent)
    db.session.flush()
    about = {"broadcast_id": sent.id, "line_user_id": person.line_user_id}
    db.session.add(BroadcastRecipient(position=1, chunk=1, friend_id=person.id, **about))
    db.session.flush()
    chunk = {"number": 1, "first": 1, "last": 1, "retry_key": "7c1d2a3e-1111-4a2b-9c3d-000000000001"}
    db.session.add(BroadcastChunk(broadcast_id=sent.id, state=ChunkState.SENT, settled_at=at, **chunk))
    db.session.commit()


def test_everything_of_a_new_link_and_then_only_changes(office: Office) -> None:
    vip, regular = tag(office.place, "VIP"), tag(office.place, "常連")
    hana = friend(
        office.place,
        (vip, regular),
        display_name="花子🌸",
        picture_url="https://profile.line-scdn.net/1",
        followed_at=ADDED,
        last_open_at=ADDED,
    )
    received(office.place, hana, "Spring sale", ADDED)
    contact = office.portal.contact(firstname="Hana")
    tie = office.link(hana, contact)

    office.write()

    assert office.contact(contact) == {
        "line_user_id": hana.line_user_id,
        "line_display_name": "花子🌸",
        "line_picture_url": "https://profile.line-scdn.net/1",
        "line_friend_added_at": "2026-04-01T03:04:05.000Z",
        "line_follow_status": "following",
        "line_tags": "VIP; 常連",
        "line_last_broadcast_name": "Spring sale",
        "line_last_broadcast_at": "2026-04-01T03:04:05.000Z",
        "line_last_open_at": "2026-04-01T03:04:05.000Z",
    }
    assert state(tie) == (None, None)
    office.mark(tie)
    office.write()
    assert office.batches() == [1], "Nothing has changed, so nothing is written."

    add_tags(office.place.id, [hana.id], [tag(office.place, "Bread").id], source="member", actor=SYSTEM)
    hana.follow_status = FollowStatus.BLOCKED
    db.session.commit()
    office.mark(tie)
    office.write()
    assert office.writes(contact, "line_follow_status", "line_tags", "line_display_name") == {
        "line_follow_status": ["blocked", "following"],
        "line_tags": ["Bread; VIP; 常連", "VIP; 常連"],
        "line_display_name": ["花子🌸"],
    }


def test_what_is_off_is_not_written(ready: Office) -> None:
    covered = ready.covered()
    off = {**covered.properties[LineKey.TAGS], "is_off": True}
    covered.properties = {**covered.properties, LineKey.TAGS: off}
    db.session.commit()
    contact = ready.portal.contact(firstname="Hana")
    ready.link(friend(ready.place, (tag(ready.place),)), contact)

    ready.write()

    assert "line_tags" not in ready.contact(contact)


def test_hundreds_are_written_in_batches_of_a_hundred(ready: Office) -> None:
    ids = [ready.portal.contact(firstname=f"No {number}") for number in range(205)]
    for contact in ids:
        ready.link(friend(ready.place), contact)

    ready.write()

    assert sorted(ready.batches()) == [5, 100, 100]
    assert ready.contact(ids[-1])["line_follow_status"] == "following"


def test_friends_of_two_accounts_share_a_contact(ready: Office) -> None:
    bakery = account()
    about = {"integration_id": ready.connection.id, "account_id": bakery.id, "service": "hubspot", "number": 2}
    db.session.add(IntegrationAccount(**about))
    db.session.commit()
    contact = ready.portal.contact(firstname="Hana")
    ready.link(friend(ready.place, display_name="Hana"), contact)
    ready.link(friend(bakery, display_name="花"), contact)

    ready.write()

    told = ready.contact(contact, "line_display_name", "line_display_name_2")
    assert told == {"line_display_name": "Hana", "line_display_name_2": "花"}
    assert ready.batches() == [1]


def test_nothing_is_written_after_a_disconnection(ready: Office) -> None:
    contact = ready.portal.contact(firstname="Hana")
    tie = ready.link(friend(ready.place), contact)
    ready.connection.state = IntegrationState.DISCONNECTED
    db.session.commit()

    assert ready.write() == 0
    assert ready.batches() == []
    assert state(tie)[0] is not None, "It is written once the portal is connected again."


def test_a_property_that_was_deleted_at_hubspot_is_made_again(ready: Office) -> None:
    contact = ready.portal.contact(firstname="Hana")
    tie = ready.link(friend(ready.place, (tag(ready.place, "VIP"),)), contact)
    ready.portal.call("DELETE", "/crm/properties/2026-03/contacts/line_tags")

    ready.write()
    assert ready.contact(contact, "line_follow_status") == {"line_follow_status": "following"}
    ready.mark(tie)
    ready.write()

    assert ready.contact(contact)["line_tags"] == "VIP"


def test_what_happens_during_the_call_is_written_by_the_next(ready: Office) -> None:
    contact = ready.portal.contact(firstname="Hana")
    hana = friend(ready.place, display_name="Hana")
    tie = ready.link(hana, contact)
    token = ready.access.token

    def rename_first() -> str:
        ready.access.token = token  # type: ignore[method-assign]
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE friends SET display_name = 'Hanako' WHERE id = {hana.id}")
            connection.exec_driver_sql(
                f"UPDATE remote_links SET due_at = now(), leased_until = NULL, attempts = 0 WHERE id = {tie.id}"
            )
        return token()

    ready.access.token = rename_first  # type: ignore[method-assign]
    ready.write()
    ready.write()

    assert ready.contact(contact)["line_display_name"] == "Hanako"
    assert state(tie) == (None, None)
    assert now() is not None
