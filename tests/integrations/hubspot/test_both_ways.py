"""Both sides edit the same fields at random, with lag, repeated and lost work: the newer value stays everywhere."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.core.db import db
from app.core.due.claims import Claim
from app.core.runs import operations as runs
from app.core.runs.models import Run
from app.friends.models import Friend
from app.friends.operations.attributes import set_attributes
from app.friends.operations.definitions import create_definition
from app.integrations.hubspot.gateway.objects import HubSpotRecord
from app.integrations.hubspot.properties import make_line_properties
from app.integrations.hubspot.sync import due, plan
from app.integrations.hubspot.sync import run as sync_run
from app.integrations.hubspot.sync.reader import SyncReader
from app.integrations.hubspot.writing.planning import Writing, decide
from app.integrations.hubspot.writing.portal import PortalView
from app.integrations.hubspot.writing.storing import store
from app.integrations.shared.creating import KIND
from app.integrations.shared.mappings import mappings_of
from app.integrations.shared.models import FieldConflict, Integration, RemoteLink
from app.team.actors import SYSTEM
from tests.factories import integrations
from tests.factories.friends import friend
from tests.integrations.hubspot.writing.conftest import Office, access, hubspot, office, portal

__all__ = ["access", "hubspot", "office", "portal"]
FIELDS = {"firstname": "first_name", "lastname": "last_name", "jobtitle": "company"}


@dataclass
class Sides:
    """Friends and contacts that are edited on both sides, and the value that was set last."""

    office: Office
    dice: random.Random
    pairs: dict[int, str] = field(default_factory=dict)
    expected: dict[tuple[int, str], str] = field(default_factory=dict)
    number: int = 0

    def edit(self) -> None:
        """Change a field on one side; the clock goes on between two edits."""
        friend_id = self.dice.choice(sorted(self.pairs))
        name = self.dice.choice(sorted(FIELDS))
        if self.dice.random() < 0.5:
            values = {FIELDS[name]: self.next_value(friend_id, name)}
            set_attributes(self.office.place.id, friend_id, values, source="member", actor=SYSTEM)
            db.session.commit()
        else:
            self.edit_contact(friend_id, name)

    def edit_contact(self, friend_id: int, name: str) -> None:
        """Change a field as a person at HubSpot."""
        change = {"properties": {name: self.next_value(friend_id, name)}}
        self.office.portal.control("PATCH", f"/contacts/{self.pairs[friend_id]}", change)

    def next_value(self, friend_id: int, name: str) -> str:
        self.number += 1
        value = "" if self.dice.random() < 0.1 else f"{name} {self.number}"
        self.expected[friend_id, name] = value
        return value

    def local(self) -> dict[tuple[int, str], str]:
        db.session.rollback()
        query = select(Friend).where(Friend.id.in_(self.pairs)).execution_options(populate_existing=True)
        people = db.session.scalars(query).all()
        return {(one.id, name): getattr(one, of) or "" for one in people for name, of in FIELDS.items()}

    def remote(self) -> dict[tuple[int, str], str]:
        told = {one: self.office.portal.read(contact, *FIELDS)["properties"] for one, contact in self.pairs.items()}
        return {(one, name): told[one][name] or "" for one in self.pairs for name in FIELDS}


@pytest.fixture
def sides(office: Office, monkeypatch: pytest.MonkeyPatch) -> Sides:
    monkeypatch.setattr(plan, "SETTLED", timedelta(seconds=-5))
    for module in (sync_run, due):
        monkeypatch.setattr(module, "reader_of", lambda _integration: SyncReader(office.access))
    # An answer's date tells whole seconds, and edits here follow each other faster.
    monkeypatch.setattr(SyncReader, "clock_skew", property(lambda _reader: timedelta()))
    monkeypatch.setattr("app.integrations.hubspot.sync.applying.find_app", lambda: _App(office.portal.app.app_id))
    make_line_properties(office.connection, office.access)
    for remote, local in FIELDS.items():
        integrations.mapping(office.connection, remote, local)
    made = Sides(office, random.Random(2))
    for _ in range(6):
        person = friend(office.place)
        made.pairs[person.id] = office.portal.contact(line_user_id=person.line_user_id)
    db.session.commit()
    return made


@dataclass
class _App:
    app_id: str


def sync(sides: Sides) -> None:
    run, _is_new = runs.start(sync_run.SYNC.name, sides.office.connection.id)
    db.session.commit()
    for _ in range(30):
        runs.advance(run.id)
        db.session.expire_all()
        if not db.session.get_one(Run, run.id).is_active:
            break
    assert db.session.get_one(Run, run.id).state == "completed"


def write(sides: Sides) -> None:
    """Write what waits, without the seconds in which changes are gathered."""
    db.session.rollback()
    db.session.execute(text("UPDATE remote_links SET due_at = now() WHERE due_at IS NOT NULL"))
    db.session.commit()
    sides.office.write()


def kill_in_mid_write(sides: Sides) -> None:
    """Let a worker die after its calls, before it stores anything; its rows come back later."""
    patch = pytest.MonkeyPatch()
    patch.setattr("app.integrations.hubspot.writing.run.store", _die)
    with pytest.raises(KeyboardInterrupt):
        write(sides)
    patch.undo()
    db.session.rollback()
    db.session.execute(text("UPDATE remote_links SET leased_until = NULL"))
    db.session.commit()


def edit_between_reading_and_writing(sides: Sides) -> None:
    """Let people at HubSpot edit what is about to be written to their contacts, after these were read."""

    def late(view: PortalView, writing: Writing, record: HubSpotRecord) -> None:
        decide(view, writing, record)
        for name in sorted(writing.pushed):
            sides.edit_contact(writing.facts.friend_id, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.integrations.hubspot.writing.sending.decide", late)
        write(sides)


def edit_before_it_is_stored(sides: Sides) -> None:
    """Let people at HubSpot edit what was just written, before this is stored here."""

    def late(claim: Claim, integration: Integration, writings: Sequence[Writing]) -> None:
        for one in writings:
            for name in sorted(one.pushed):
                sides.edit_contact(one.facts.friend_id, name)
        store(claim, integration, writings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.integrations.hubspot.writing.run.store", late)
        write(sides)


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_property_that_is_gone_at_hubspot_empties_no_friend(sides: Sides) -> None:
    path, place = "/crm/properties/2026-03/contacts", sides.office.place
    nickname = {"name": "nickname", "label": "Nickname", "type": "string", "fieldType": "text"}
    sides.office.portal.post(path, nickname | {"groupName": "contactinformation"})
    key = create_definition(place.id, "Nickname", "text", actor=SYSTEM).key
    integrations.mapping(sides.office.connection, "nickname", f"attributes.{key}")
    friend_id, contact = next(iter(sides.pairs.items()))
    sides.office.portal.control("PATCH", f"/contacts/{contact}", {"properties": {"nickname": "Hana"}})
    sync(sides)
    sides.office.portal.call("DELETE", f"{path}/nickname")
    sync(sides)

    assert db.session.get_one(Friend, friend_id).attributes == {key: "Hana"}
    assert [one.remote_name for one in mappings_of(sides.office.connection.id) if one.problem] == ["nickname"]


def test_friends_get_contacts_once_contacts_have_been_read(sides: Sides) -> None:
    sides.office.connection.creates_records = True
    lonely = friend(sides.office.place)
    sync(sides)
    for run_id in db.session.scalars(select(Run.id).where(Run.kind == KIND)).all():
        db.session.rollback()
        runs.advance(run_id)
    write(sides)

    db.session.rollback()
    link = db.session.scalars(select(RemoteLink).where(RemoteLink.friend_id == lonely.id)).one()
    assert link.remote_id is not None and link.found_by == "created"
    assert len(db.session.scalars(select(RemoteLink)).all()) == len(sides.pairs) + 1


@pytest.mark.parametrize("edit_late", [edit_between_reading_and_writing, edit_before_it_is_stored])
def test_an_edit_at_hubspot_in_mid_write_stays(sides: Sides, edit_late: Callable[[Sides], None]) -> None:
    sync(sides)
    friend_id = min(sides.pairs)
    set_attributes(sides.office.place.id, friend_id, {"last_name": "Ours"}, source="member", actor=SYSTEM)
    db.session.commit()
    edit_late(sides)
    sync(sides)
    write(sides)

    assert sides.local()[friend_id, "lastname"] == "lastname 1"
    assert sides.remote()[friend_id, "lastname"] == "lastname 1"


def test_both_sides_converge_to_the_newer_value_and_then_stay_quiet(sides: Sides) -> None:
    sync(sides)
    write(sides)
    for _ in range(40):
        sides.edit()
        act = sides.dice.random()
        if act < 0.2:
            sync(sides)
        elif act < 0.45:
            write(sides)
        elif act < 0.5 and _is_due():
            kill_in_mid_write(sides)
        elif act < 0.6:
            edit_between_reading_and_writing(sides)
        elif act < 0.7:
            edit_before_it_is_stored(sides)
    for _ in range(3):
        sync(sides)
        write(sides)

    wanted = dict.fromkeys(sides.local(), "") | sides.expected
    assert sides.remote() == wanted
    assert sides.local() == wanted
    assert db.session.scalars(select(FieldConflict)).all()

    before = sides.office.batches()
    sync(sides)
    write(sides)
    db.session.execute(text("UPDATE remote_links SET due_at = now()"))
    db.session.commit()
    sides.office.write()
    assert sides.office.batches() == before


def _is_due() -> bool:
    db.session.rollback()
    return db.session.scalars(select(RemoteLink.id).where(RemoteLink.due_at.is_not(None))).first() is not None
