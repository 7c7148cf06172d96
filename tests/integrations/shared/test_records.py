"""Records as last read: older answers change nothing, and only what changed waits to be applied."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.integrations.shared import records
from app.integrations.shared.models import Integration, RemoteRecord
from app.integrations.shared.records import COMPANY, CONTACT, ReadRecord
from app.line.models import Account
from tests.factories import integrations
from tests.factories.friends import friend

EARLY, LATE = "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"


def store(portal: Integration, *found: ReadRecord, **options: Any) -> None:
    records.store_records(portal.id, CONTACT, found, **options)
    db.session.commit()


def waiting(portal: Integration) -> list[str]:
    return [record.remote_id for record in records.pending_records(portal.id, CONTACT, limit=100)]


def apply_all(portal: Integration) -> None:
    records.applied(portal.id, CONTACT, records.pending_records(portal.id, CONTACT, limit=100))
    db.session.commit()


def test_what_is_read_is_kept_with_what_friends_are_found_by(portal: Integration) -> None:
    read = ReadRecord("7", {"firstname": "花"}, LATE, ["U" + "a" * 32], "Ｈana@Example.com", "+819012345678")
    store(portal, read, ReadRecord("8", {}), run_id=3)
    row = db.session.get_one(RemoteRecord, (portal.id, CONTACT, "7"))
    assert row.properties == {"firstname": "花"}
    assert row.match_keys == [
        f"{portal.id}:line:U{'a' * 32}",
        f"{portal.id}:email:hana@example.com",
        f"{portal.id}:phone:+819012345678",
    ]
    assert row.seen_run_id == 3
    assert db.session.get_one(RemoteRecord, (portal.id, CONTACT, "8")).match_keys == []


def test_only_what_changed_waits(portal: Integration) -> None:
    store(portal, ReadRecord("7", {"firstname": "A"}, EARLY), ReadRecord("8", {}, EARLY))
    assert waiting(portal) == ["7", "8"]
    apply_all(portal)
    store(portal, ReadRecord("7", {"firstname": "B"}, LATE), ReadRecord("8", {}, LATE))
    assert waiting(portal) == ["7"]
    apply_all(portal)


def test_a_complete_reading_lets_wait_what_is_linked(portal: Integration) -> None:
    hana = friend(db.session.scalars(select(Account)).one())
    integrations.link(portal, hana, "8")
    both = ReadRecord("7", {}, EARLY), ReadRecord("8", {}, EARLY)
    store(portal, *both, is_full=True, is_first=True)
    assert waiting(portal) == [], "Until friends are looked for."
    records.let_linked_wait(portal.id, ["8"])
    assert waiting(portal) == ["8"]
    apply_all(portal)
    store(portal, *both, ReadRecord("9", {}, EARLY), is_full=True)
    assert waiting(portal) == ["8", "9"]


def test_an_older_answer_changes_nothing_but_says_that_the_record_is_there(portal: Integration) -> None:
    store(portal, ReadRecord("7", {"firstname": "new"}, LATE))
    apply_all(portal)
    store(portal, ReadRecord("7", {"firstname": "old"}, EARLY), run_id=9)
    row = db.session.get_one(RemoteRecord, (portal.id, CONTACT, "7"))
    assert (row.properties, row.seen_run_id, row.is_pending) == ({"firstname": "new"}, 9, False)


def test_what_changes_while_it_is_applied_waits_again(portal: Integration) -> None:
    store(portal, ReadRecord("7", {"firstname": "A"}, EARLY))
    read = records.pending_records(portal.id, CONTACT, limit=100)
    store(portal, ReadRecord("7", {"firstname": "B"}, LATE))
    records.applied(portal.id, CONTACT, read)
    assert waiting(portal) == ["7"]


def test_another_company_or_name_of_it_reaches_its_contacts(portal: Integration) -> None:
    store(portal, ReadRecord("7", {}), ReadRecord("8", {}))
    records.store_records(portal.id, COMPANY, [ReadRecord("70", {"name": "Old"}, EARLY)])
    records.set_companies(portal.id, {"7": "70"})
    records.spread_companies(portal.id)
    apply_all(portal)
    records.set_companies(portal.id, {"7": "70", "8": None})
    assert waiting(portal) == []
    records.store_records(portal.id, COMPANY, [ReadRecord("70", {"name": "New"}, LATE)])
    assert records.spread_companies(portal.id) == 1
    assert waiting(portal) == ["7"]
    records.set_companies(portal.id, {"8": "70"})
    assert waiting(portal) == ["7", "8"]


def test_a_complete_reading_finds_what_it_did_not_see(portal: Integration) -> None:
    store(portal, ReadRecord("7", {}), ReadRecord("8", {}), ReadRecord("9", {}), run_id=1)
    store(portal, ReadRecord("8", {}), run_id=2)
    assert list(records.unseen_contacts(portal.id, 2, limit=10)) == ["7", "9"]
    assert list(records.unseen_contacts(portal.id, 2, limit=10, after="7")) == ["9"]
    records.drop_records(portal.id, CONTACT, ["7", "9"])
    assert records.count_records(portal.id, CONTACT) == 1
