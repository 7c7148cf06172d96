"""The whole HubSpot stand-in: its portals, apps and installations, and what is derived from them."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sandbox.clock import Clock
from sandbox.hubspot.associations import Associations
from sandbox.hubspot.book import Book
from sandbox.hubspot.catalogue import default_groups, default_properties
from sandbox.hubspot.channels import Channels
from sandbox.hubspot.conversations import Conversations
from sandbox.hubspot.crm import Crm
from sandbox.hubspot.events import Events
from sandbox.hubspot.executions import Executions
from sandbox.hubspot.files import Files
from sandbox.hubspot.grants import Grants
from sandbox.hubspot.index import SearchIndex
from sandbox.hubspot.lists import Lists
from sandbox.hubspot.rate import Rates
from sandbox.hubspot.requests import RequestLog
from sandbox.hubspot.sender import Sender
from sandbox.hubspot.state import COMPANIES, CONTACTS, HubSpotApp, Install, Portal
from sandbox.records import revive

if TYPE_CHECKING:
    from sandbox.hubspot.exports import Export

OBJECT_TYPES = (CONTACTS, COMPANIES)


class HubSpot:
    """Holds everything; the wire, the control API and the pages work on it."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self.clock = clock
        self.seed = seed
        self.random = random.Random(f"hubspot:{seed}")
        self.portals: dict[str, Portal] = {}
        self.apps: dict[str, HubSpotApp] = {}
        self.grants = Grants(self)
        self.rates = Rates()
        self.log = RequestLog()
        self.sender = Sender(self)
        self.events = Events(self)
        self.associations = Associations(self)
        self.lists = Lists(self)
        self.executions = Executions(self)
        self.channels = Channels(self)
        self.conversations = Conversations(self)
        self.files = Files(self)
        self.exports: dict[str, Export] = {}
        self.is_dirty = False
        self._stands_at: int | None = None
        self._books: dict[tuple[str, str], Book] = {}
        self._indexes: dict[tuple[str, str], SearchIndex] = {}

    def now_ms(self) -> int:
        return self._stands_at or int(self.clock.now() * 1000)

    @contextlib.contextmanager
    def standing(self) -> Iterator[None]:
        """Let time stand for records, so that many changes have one and the same moment."""
        self._stands_at = int(self.clock.now() * 1000)
        try:
            yield
        finally:
            self._stands_at = None

    def touch(self) -> None:
        """Mark the state as changed, so that it is saved."""
        self.is_dirty = True

    def add_portal(self, portal: Portal) -> None:
        """Take a portal in; a new one gets HubSpot's own properties."""
        for name in OBJECT_TYPES:
            portal.properties.setdefault(name, default_properties(name))
            portal.groups.setdefault(name, default_groups(name))
        self.portals[portal.portal_id] = portal
        for name in OBJECT_TYPES:
            self._books[portal.portal_id, name] = Book(portal, name)
            index = self._indexes[portal.portal_id, name] = SearchIndex(portal, self.clock, self.seed)
            index.fill(portal.records[name])
        self.touch()

    def close_portal(self, portal: Portal) -> None:
        """Remove a portal with all that belongs to it."""
        for install in self.grants.of_portal(portal.portal_id):
            self.grants.remove(install)
        del self.portals[portal.portal_id]
        for name in OBJECT_TYPES:
            del self._books[portal.portal_id, name], self._indexes[portal.portal_id, name]
        self.lists.forget(portal)
        self.executions.forget(portal.portal_id)
        self.exports = {key: made for key, made in self.exports.items() if made.portal_id != portal.portal_id}
        self.touch()

    def book(self, portal: Portal, object_type: str) -> Book:
        return self._books[portal.portal_id, object_type]

    def index(self, portal: Portal, object_type: str) -> SearchIndex:
        return self._indexes[portal.portal_id, object_type]

    def crm(self, portal: Portal, object_type: str) -> Crm:
        return Crm(self, portal, object_type)

    def app_of_client(self, client_id: str) -> HubSpotApp | None:
        """Return the app with this client id."""
        return next((app for app in self.apps.values() if app.client_id == client_id), None)

    def forget_everything(self) -> None:
        """Remove portals, apps, installations, counters and logs."""
        for portal in list(self.portals.values()):
            self.close_portal(portal)
        self.apps.clear()
        self.rates.forget()
        self.log.forget()
        self.events.forget()
        self.sender.forget()
        self.touch()

    def dump(self) -> str:
        """Return the state as JSON; logs and counters are left out."""
        self.is_dirty = False
        state = {
            "portals": list(self.portals.values()),
            "apps": [asdict(app) for app in self.apps.values()],
            "installs": [asdict(install) for install in self.grants.all()],
        }
        return json.dumps(state, default=_plain)

    def load(self, text: str) -> None:
        """Take up what `dump` wrote."""
        state = json.loads(text)
        for app in state["apps"]:
            self.apps[app["app_id"]] = revive(HubSpotApp, app)
        for portal in state["portals"]:
            self.add_portal(revive(Portal, portal))
        for install in state["installs"]:
            self.grants.add(revive(Install, install))


def _plain(record: Any) -> dict[str, Any]:
    """Return a record's fields, its parts as they are: a hundred thousand of them take a second."""
    names = record.__slots__ if hasattr(type(record), "__slots__") else vars(record)
    return {name: getattr(record, name) for name in names}
