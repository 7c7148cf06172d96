"""Friends whose ID link is imported are tied to their contacts at once, without another reading."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.db import db
from app.core.runs.models import Run
from app.friends.models import IdLink
from app.integrations.hubspot.sync import due, id_links
from app.integrations.shared.models import Integration
from app.line.models import Account
from tests.factories.friends import friend
from tests.imports.id_links.conftest import bring_in, csv_of, uid
from tests.integrations.contacts import links
from tests.integrations.hubspot.sync.conftest import again, finish
from tests.sandbox.hubspot.portals import Portal


def started() -> list[Run]:
    return db.session.query(Run).filter_by(kind=id_links.KIND).order_by(Run.id).all()


def test_contacts_of_new_and_changed_id_links_are_found(
    portal: Integration,
    place: Account,
    at_hubspot: Portal,
    sync: Callable[..., Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(id_links, "PART", 2)
    people = [friend(place, line_user_id=uid(number)) for number in range(5)]
    contacts = [at_hubspot.contact(firstname=f"Name {number}") for number in range(3)]
    by_address = at_hubspot.contact(firstname="By address", email="shop@example.com")
    db.session.add(IdLink(account_id=place.id, line_user_id=uid(0), user_id="nothing"))
    db.session.commit()
    sync()
    assert links(portal) == {}
    rows = [(number, contact) for number, contact in enumerate(contacts)]
    bring_in(place, csv_of(*rows, (4, "shop@example.com"), (7, "stranger")))
    (run,) = started()
    assert finish(run).state == "completed"
    due.apply_waiting(portal.id)
    found = {people[number].id: (contact, "id_link") for number, contact in rows}
    assert links(portal) == found | {people[4].id: (by_address, "id_link")}
    assert [again(people[number]).first_name for number in (0, 2, 4)] == ["Name 0", "Name 2", "By address"]
    bring_in(place, csv_of(*rows))
    assert len(started()) == 1


def test_without_a_connection_nothing_is_looked_for(portal: Integration, place: Account) -> None:
    portal.state = "disconnected"
    db.session.commit()
    bring_in(place, csv_of((1, "one")))
    assert started() == []
