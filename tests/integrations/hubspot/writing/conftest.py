"""A portal at the sandbox that covers an account, and short ways to write and to look at contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.clock import database_now
from app.core.db import db
from app.integrations.hubspot.line_properties import LINE_PROPERTIES
from app.integrations.hubspot.properties import make_line_properties
from app.integrations.hubspot.writing.run import write_due
from app.integrations.shared.models import FieldConflict, FieldError, Integration, IntegrationAccount, RemoteLink
from app.line.models import Account
from tests.factories import integrations
from tests.factories.line import account
from tests.integrations.hubspot.gateway.conftest import Grantee, access, hubspot, portal
from tests.sandbox.hubspot.portals import Portal

__all__ = ["access", "hubspot", "portal"]
NAMES = [one.name(1) for one in LINE_PROPERTIES.values()]


@dataclass
class Office:
    """A connected portal and its one account."""

    portal: Portal
    access: Grantee
    connection: Integration
    place: Account

    def write(self) -> int:
        """Write what is due now, as a worker does."""
        db.session.rollback()
        return write_due(self.connection.id, lambda _connection: (self.access, self.portal.app.app_id))

    def mark(self, *links: RemoteLink) -> None:
        """Make these links due, or all."""
        change = update(RemoteLink).values(due_at=database_now(), leased_until=None, attempts=0)
        db.session.execute(change.where(RemoteLink.id.in_([one.id for one in links])) if links else change)
        db.session.commit()

    def link(self, friend: Any, remote_id: str | None, **columns: Any) -> RemoteLink:
        """Link a friend to a contact, due to be written."""
        made = integrations.link(self.connection, friend, remote_id, **columns)
        self.mark(made)
        return made

    def batches(self, verb: str = "update") -> list[int]:
        """How many contacts each batch had so far."""
        return [one["inputs"] for one in self.portal.requests() if one["path"].endswith(f"/contacts/batch/{verb}")]

    def writes(self, remote_id: str, *names: str) -> dict[str, list[str]]:
        """The values that these properties of a contact have had, the newest first."""
        told = self.portal.read(remote_id, propertiesWithHistory=",".join(names))["propertiesWithHistory"]
        return {name: [entry["value"] for entry in told[name]] for name in names}

    def contact(self, remote_id: str, *names: str) -> dict[str, str]:
        """What HubSpot has of a contact, without what is empty."""
        told = self.portal.read(remote_id, *(names or NAMES))["properties"]
        return {name: value for name, value in told.items() if value and name in (names or NAMES)}

    def covered(self) -> IntegrationAccount:
        return db.session.get_one(IntegrationAccount, (self.connection.id, self.place.id), populate_existing=True)

    def errors(self) -> Sequence[FieldError]:
        db.session.rollback()
        return db.session.scalars(select(FieldError)).all()

    def conflicts(self) -> Sequence[FieldConflict]:
        db.session.rollback()
        return db.session.scalars(select(FieldConflict)).all()


@pytest.fixture
def office(portal: Portal, access: Grantee) -> Office:
    place = account()
    connection = integrations.integration(place, remote_id=portal.portal_id)
    return Office(portal, access, connection, place)


@pytest.fixture
def ready(office: Office) -> Office:
    """The same, with its properties made."""
    make_line_properties(office.connection, office.access)
    db.session.commit()
    return office
