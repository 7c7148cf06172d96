"""A worker that is killed in the middle, an answer that is missing, and a contact that is another friend's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import RetryLater
from app.integrations.hubspot.properties import make_line_properties
from app.integrations.hubspot.writing import overwritten, run, sending
from app.integrations.hubspot.writing.planning import decide
from app.integrations.shared.models import FieldMapping, RemoteLink
from tests.factories import integrations
from tests.factories.friends import friend
from tests.integrations.hubspot.writing.conftest import Office
from tests.integrations.hubspot.writing.test_mapped_fields import change, link_of, linked, names

__all__ = ["names"]
CONTACTS = "/crm/objects/2026-03/contacts"


class Killed(BaseException):
    """The end of a worker."""


def killed(*_about: Any, **_more: Any) -> Any:
    raise Killed


async def killed_in_mid_call(*_about: Any) -> None:
    raise Killed


async def unanswered(*_about: Any) -> None:
    raise RetryLater("hubspot.timeout", after=5)


@pytest.fixture
def edited_late(ready: Office, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a person edit the contact right before our next write."""

    def on(contact: str) -> None:
        def late(*about: Any) -> None:
            monkeypatch.setattr(sending, "decide", decide)
            decide(*about)
            ready.portal.control("PATCH", f"/contacts/{contact}", {"properties": {"lastname": "Suzuki"}})

        monkeypatch.setattr(sending, "decide", late)

    return on


@pytest.mark.parametrize(
    ("place", "name", "trouble"),
    [
        (sending, "put_back", killed_in_mid_call),
        (run, "store", killed),
        (overwritten, "_write_back", unanswered),
    ],
)
def test_an_edit_in_mid_write_survives_trouble_after_it(
    ready: Office,
    names: FieldMapping,
    edited_late: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    place: Any,
    name: str,
    trouble: Any,
) -> None:
    hana, contact = linked(ready)
    change(hana, last_name="Tanaka")
    edited_late(contact)
    with monkeypatch.context() as patch:
        patch.setattr(place, name, trouble)
        ready.mark()
        try:
            ready.write()
        except Killed:
            db.session.rollback()
    ready.mark()
    ready.write()

    assert ready.contact(contact, "lastname") == {"lastname": "Suzuki"}
    assert link_of(hana).synced["lastname"][0] in ("Tanaka", "Yamada"), "The sync has to find the difference."
    told = [(one.local_value, one.remote_value, one.winner) for one in ready.conflicts()]
    # A worker that came as far as storing has put it back, and the sync will tell of the conflict.
    assert told == ([] if name == "store" else [("Tanaka", "Suzuki", "remote")])


@pytest.fixture
def making(ready: Office) -> Office:
    """The same, where friends get contacts, with their addresses."""
    integrations.mapping(ready.connection, "email", "email")
    integrations.mapping(ready.connection, "firstname", "first_name")
    ready.connection.creates_records = True
    db.session.commit()
    return ready


def ties() -> list[RemoteLink]:
    db.session.rollback()
    query = select(RemoteLink).order_by(RemoteLink.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


@pytest.mark.parametrize("is_known", [True, False])
def test_friends_who_share_an_address_get_contacts_of_their_own(making: Office, is_known: bool) -> None:
    address = {"email": "pair@example.jp"}
    hana, ken = (friend(making.place, first_name=name, **address) for name in ("Hana", "Ken"))
    making.link(hana, making.portal.contact(line_user_id=hana.line_user_id, **address) if is_known else None)
    making.link(ken, None)
    making.write()
    making.mark()
    making.write()

    first, second = ties()
    assert first.remote_id and second.remote_id and first.remote_id != second.remote_id
    told = [making.contact(str(one.remote_id), "firstname", "email", "line_user_id") for one in (first, second)]
    alone = [one for one in told if "email" not in one]
    assert [one["firstname"] for one in told] == ["Hana", "Ken"]
    assert [one["line_user_id"] for one in told] == [hana.line_user_id, ken.line_user_id]
    assert len(alone) == 1 and len(making.errors()) == 1
    (error,) = making.errors()
    assert (error.code, error.value) == ("hubspot.address_taken", "pair@example.jp")


def test_what_was_perhaps_made_is_looked_for_once_the_index_knows_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        body = {"name": f"own_{number}", "label": "Own", "type": "string", "fieldType": "text"}
        more = {"groupName": "contactinformation", "hasUniqueValue": True}
        office.portal.post("/crm/properties/2026-03/contacts", body | more)
    make_line_properties(office.connection, office.access)
    office.connection.creates_records = True
    db.session.commit()
    office.link(friend(office.place), None)
    office.access.fault("lost", "/crm/objects/2026-03/contacts")
    office.write()

    (tie,) = ties()
    assert tie.remote_id is None and tie.due_at is not None
    assert tie.due_at > now() + timedelta(minutes=5), "HubSpot's search does not know it yet."


def test_a_batch_that_is_refused_as_a_whole_is_written_in_halves(ready: Office, names: FieldMapping) -> None:
    people = [linked(ready) for _ in range(5)]
    for person, _contact in people:
        change(person, last_name="Tanaka")
    ready.access.fault("status", f"{CONTACTS}/batch/update", status=400, times=1)
    ready.mark()
    ready.write()

    assert [ready.contact(contact, "lastname") for _person, contact in people] == [{"lastname": "Tanaka"}] * 5
    assert [tie.reason for tie in ties()] == [None] * 5
    assert sorted(ready.batches()[1:]) == [2, 3]
