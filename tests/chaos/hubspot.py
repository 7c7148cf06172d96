"""HubSpot and friends in step while everything around them fails: the newer value stays everywhere, nothing is double.

Friends are found by LINE user id, by address and by number, and a quarter of them get a contact that Tomoru makes. In
each round people edit names on both sides, and some the same name on both. At the same time syncs run, processes are
killed, Redis is emptied, PostgreSQL and Redis crash, and calls to HubSpot fail or their answers get lost. In the end
both sides must hold what was set last, each friend must have one contact, and another sync must write nothing. `ROUNDS`
and `PEOPLE` set how much.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import click
from sqlalchemy import select, text

from app.core.db import db
from app.core.runs import operations as runs
from app.core.runs.models import ACTIVE, Run
from app.friends.models import Friend
from app.friends.operations.attributes import set_attributes
from app.integrations.hubspot.gateway.scopes import COMPANIES_READ
from app.integrations.hubspot.sync.run import SYNC
from app.integrations.shared.creating import KIND as CREATING
from app.integrations.shared.models import RemoteLink
from app.line.models import Account
from app.team.actors import SYSTEM
from tests.chaos.sky import Sky, drawn, run_statement, sky, surely, until
from tests.factories import integrations
from tests.sandbox.hubspot.portals import REQUIRED, App, Portal, V
from tests.support.sandbox import SandboxServer

FIELDS = {"firstname": "first_name", "lastname": "last_name"}
LINE_USER_ID = {
    "name": "line_user_id",
    "label": "LINE User ID",
    "groupName": "contactinformation",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
}
CONTACTS = f"/crm/objects/{V}/contacts"
# Kind, status and share of the calls to HubSpot.
FAULTS = (("lost", 0, 0.05), ("status", 500, 0.05), ("status", 502, 0.03), ("reset", 0, 0.02))
WRITES = ("/batch/update", "/batch/upsert", "/batch/create")
# One in so many friends has no contact at first; the others are found in turn by these ways.
WITHOUT, WAYS = 4, ("line_user_id", "email", "phone")
# Edits of a round for each person.
EDITS = 0.2
# No worker is alive that holds them.
_FREE_LINKS = "UPDATE remote_links SET leased_until = NULL, due_at = now(), attempts = 0 WHERE leased_until IS NOT NULL"
_HURRY = "UPDATE remote_links SET due_at = now() WHERE due_at > now() + interval '6 seconds' AND leased_until IS NULL"
_HURRY_RUNS = "UPDATE runs SET due_at = now() WHERE state IN ('queued', 'running') AND lease IS NULL"
_WAITING = text("""
    SELECT (SELECT count(*) FROM remote_links WHERE due_at IS NOT NULL)
         + (SELECT count(*) FROM remote_records WHERE is_pending)
""")


def run(_seconds: int, chance: random.Random) -> tuple[list[str], str]:
    """Run the rounds; returns what was wrong, and what was done."""
    rounds, people = int(os.environ.get("ROUNDS") or 20), int(os.environ.get("PEOPLE") or 3_000)
    faults, portals = list[str](), list[Portal]()

    def connect(line: SandboxServer) -> dict[str, str]:
        portals.append(Portal.open(line, App.open(line)))
        app = portals[0].app
        own = {"HUBSPOT_APP_ID": app.app_id, "HUBSPOT_CLIENT_ID": app.client_id}
        own |= {"HUBSPOT_CLIENT_SECRET": app.client_secret}
        return own | {"HUBSPOT_API_URL": f"{line.url}/hubspot", "HUBSPOT_APP_URL": f"{line.url}/hubspot"}

    with sky("chaos_hubspot", people, chance, settings=connect) as made:
        sides = Sides(made, portals[0])
        surely(sides.prepare)
        for number in range(rounds):
            begun = time.monotonic()
            found = sides.round(number)
            faults += [f"round {number + 1}: {fault}" for fault in found]
            took = time.monotonic() - begun
            click.echo(f"round {number + 1} of {rounds}: {'; '.join(found) or 'in step'}, in {took:.0f} s")
    return faults, f"{rounds} rounds of {people:,} friends, both sides in step and each contact once"


@dataclass
class Sides:
    """The friends and their contacts, and what was set last."""

    made: Sky
    portal: Portal
    connection_id: int = 0
    # Friends and contacts by LINE user id.
    ids: dict[str, int] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)
    # By LINE user id and name of the property.
    expected: dict[tuple[str, str], str] = field(default_factory=dict)
    number: int = 0

    def prepare(self) -> None:
        """Give most friends a contact and each a way to be found, and connect the portal."""
        account = db.session.get_one(Account, self.made.account_id)
        wishes = []
        self.portal.post(f"/crm/properties/{V}/contacts", LINE_USER_ID)
        for place, person in enumerate(self.made.people):
            address, number = f"p{place}@people.test.example", f"+8190{place:08d}"
            values = {"email": address, "phone": number}
            friend = db.session.scalars(select(Friend).where(Friend.line_user_id == person)).one()
            self.ids[person], friend.email, friend.phone = friend.id, address, number
            way = WAYS[place % len(WAYS)]
            key = {way: values.get(way, person)}
            if place % WITHOUT:
                wishes.append({"properties": {"firstname": f"First {place}", "lastname": f"Last {place}", **key}})
            for name, before in (("firstname", "First"), ("lastname", "Last")):
                self.expected[person, name] = f"{before} {place}" if place % WITHOUT else ""
        for at in range(0, len(wishes), 100):
            answer = self.portal.post(f"{CONTACTS}/batch/create", {"inputs": wishes[at : at + 100]})
            assert answer.status_code == 201, answer.text
        self._connect(account)

    def _connect(self, account: Account) -> None:
        own: dict[str, Any] = {"remote_id": self.portal.portal_id, "access_token": self.portal.token}
        scopes = [*REQUIRED, COMPANIES_READ, "crm.schemas.contacts.write"]
        own |= {"refresh_token": self.portal.refresh_token, "creates_records": True, "scopes": scopes}
        made = integrations.integration(account, **own)
        for remote, local in FIELDS.items():
            integrations.mapping(made, remote, local, is_default=True)
        self.connection_id = made.id

    def round(self, number: int) -> list[str]:
        """Go through one round with troubles; returns what is wrong."""
        surely(lambda: self._sync(everything=number == 0))
        if number == 0:
            # What is edited has a contact by then.
            self._settle()
            self.contacts = surely(linked_contacts)
        bend_answers(self.portal)
        chance = self.made.chance
        troubles = drawn(chance, [*self.made.troubles, self.kill_writer, self.expire_token])
        # Each name once: what a round begins with has settled.
        edited = chance.sample(sorted(self.expected), max(40, round(len(self.ids) * EDITS)))
        apart = len(edited) // len(troubles)
        for place, (person, name) in enumerate(edited):
            self._edit(person, name, both=place % 10 == 0)
            if place % apart == apart - 1 and troubles:
                surely(lambda: self._sync(everything=chance.random() < 0.5))
                troubles.pop()()
        self._settle()
        self.portal.server.api("DELETE", "/faults")
        surely(lambda: self._sync(everything=True))
        self._settle()
        return surely(self._judge)

    def kill_writer(self) -> None:
        """Kill the process that syncs and writes; what it held would else wait until its lease ends."""
        bulk = self.made.processes["bulk"]
        bulk.kill()
        surely(lambda: run_statement(_FREE_LINKS))
        bulk.start()

    def expire_token(self) -> None:
        self.portal.control("POST", f"/installs/{self.portal.app.app_id}/expire")

    def _edit(self, person: str, name: str, *, both: bool) -> None:
        """Change a name on one side, or on both, one after the other; only one that there is can be emptied."""
        may_empty = bool(self.expected[person, name])
        sides = [self._edit_here, self._edit_there]
        self.made.chance.shuffle(sides)
        for side in sides if both else sides[:1]:
            self.number += 1
            value = "" if may_empty and self.made.chance.random() < 0.05 else f"{name} {self.number}"
            side(person, name, value)
            self.expected[person, name] = value
            # Both clocks are read in milliseconds.
            time.sleep(0.002)

    def _edit_here(self, person: str, name: str, value: str) -> None:
        def edit() -> None:
            set_attributes(self.made.account_id, self.ids[person], {FIELDS[name]: value}, source="member", actor=SYSTEM)
            db.session.commit()

        surely(edit)

    def _edit_there(self, person: str, name: str, value: str) -> None:
        self.portal.control("PATCH", f"/contacts/{self.contacts[person]}", {"properties": {name: value}})

    def _sync(self, *, everything: bool) -> None:
        runs.start(SYNC.name, self.connection_id, input={"all": everything})
        db.session.commit()

    def _settle(self) -> None:
        """Wait until no sync is under way and nothing waits to be written or applied."""

        def is_settled() -> bool:
            for statement in (_HURRY, _HURRY_RUNS):
                run_statement(statement)
            active = select(Run.id).where(Run.kind.in_((SYNC.name, CREATING)), Run.state.in_(ACTIVE))
            is_over = db.session.scalar(active.limit(1)) is None and not db.session.scalar(_WAITING)
            db.session.rollback()
            return is_over

        until(lambda: surely(is_settled), "both sides are in step")

    def _judge(self) -> list[str]:
        here, there, doubled = self._here(), self._there(), self._doubled()
        found = [
            f"{len(wrong)} values are wrong {place}: {wrong[:3]}"
            for place, wrong in (("here", self._wrong(here)), ("at HubSpot", self._wrong(there)))
            if wrong
        ]
        failed = db.session.query(Run).filter_by(kind=SYNC.name, state="failed").count()
        self.portal.server.api("DELETE", "/hubspot/requests")
        self._sync(everything=True)
        self._settle()
        if noise := [one for one in self.portal.requests() if one["path"].endswith(WRITES)]:
            found.append(f"{len(noise)} writes although nothing had changed")
        return found + doubled + ([f"{failed} syncs failed"] if failed else [])

    def _wrong(self, values: dict[tuple[str, str], str]) -> list[Any]:
        return [(key, want, values.get(key)) for key, want in self.expected.items() if values.get(key) != want]

    def _here(self) -> dict[tuple[str, str], str]:
        db.session.rollback()
        people = db.session.scalars(select(Friend).execution_options(populate_existing=True)).all()
        return {(one.line_user_id, name): getattr(one, of) or "" for one in people for name, of in FIELDS.items()}

    def _there(self) -> dict[tuple[str, str], str]:
        return {
            (one["properties"].get("line_user_id") or "", name): one["properties"].get(name) or ""
            for one in self._all_contacts()
            for name in FIELDS
        }

    def _doubled(self) -> list[str]:
        contacts, links = self._all_contacts(), db.session.query(RemoteLink).all()
        said = Counter(one["properties"].get("line_user_id") for one in contacts)
        many = [person for person, times in said.items() if times > 1 or person not in self.ids]
        linked = Counter(link.remote_id for link in links)
        found = [f"{len(contacts)} contacts of {len(self.ids)} friends"] if len(contacts) != len(self.ids) else []
        found += [f"{len(many)} LINE user ids are doubled or missing"] if many else []
        twice = [one for one, times in linked.items() if times > 1 or one is None]
        return found + (
            [f"{len(twice)} of {len(links)} links are wrong"] if twice or len(links) != len(self.ids) else []
        )

    def _all_contacts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = 0
        while page := self.portal.control("GET", f"/contacts?limit=500&after={after}")["records"]:
            found += page
            after = int(page[-1]["id"])
        return found


def linked_contacts() -> dict[str, str]:
    """Return the contact of each friend by LINE user id."""
    query = select(Friend.line_user_id, RemoteLink.remote_id).join(RemoteLink, RemoteLink.friend_id == Friend.id)
    found = {row[0]: str(row[1]) for row in db.session.execute(query)}
    db.session.rollback()
    return found


def bend_answers(portal: Portal) -> None:
    """Let some calls to HubSpot fail, and the answers to some get lost."""
    for kind, status, share in FAULTS:
        words = {"status": status, "message": "Sandbox trouble"} if status else {}
        portal.server.api(
            "POST", "/faults", {"kind": kind, "channel_id": portal.portal_id, "probability": share} | words
        )
