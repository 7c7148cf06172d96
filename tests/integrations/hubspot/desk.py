"""A portal that is connected to a shop, and short ways to run workflows that have to do with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.integrations.hubspot.changing.run import make_due
from app.integrations.hubspot.gateway import scopes
from app.integrations.hubspot.opening import open_portal
from app.integrations.hubspot.properties import refresh_mappings
from app.integrations.shared.models import Integration
from app.integrations.shared.step_models import RemoteProperty
from app.workflows.models import WorkflowRun, WorkflowStep
from tests.factories import integrations
from tests.factories.workflows import active, step
from tests.sandbox.hubspot.portals import Portal
from tests.workflows.conftest import Shop, history, runs, settle


@dataclass
class Counter:
    """A connected portal whose properties were read, and a workflow that a friend starts by a word."""

    shop: Shop
    portal: Portal
    connected: Integration

    @classmethod
    def open(cls, shop: Shop, portal: Portal) -> Counter:
        portal.connect()
        tokens = {"access_token": portal.token, "refresh_token": portal.refresh_token}
        granted = [*scopes.REQUIRED, *scopes.OPTIONAL]
        connected = integrations.integration(shop.account, remote_id=portal.portal_id, scopes=granted, **tokens)
        made = cls(shop, portal, connected)
        made.read_properties()
        return made

    def read_properties(self) -> None:
        """Read what properties there are, as a sync does in the beginning."""
        access, _app_id = open_portal(self.connected)
        refresh_mappings(self.connected, access)
        db.session.commit()

    def property(self, name: str) -> RemoteProperty:
        """The property of this name as it was read."""
        query = select(RemoteProperty).where(RemoteProperty.name == name, RemoteProperty.record_kind == "contact")
        return db.session.scalars(query.where(RemoteProperty.integration_id == self.connected.id)).one()

    def chosen(self, name: str) -> dict[str, int]:
        """The setting that names a property for the shop's account."""
        return {str(self.shop.account.id): self.property(name).id}

    def update(self, name: str, value: Any = None, change: str = "set", **more: Any) -> Any:
        """The step that writes a property."""
        settings = {"hubspot_properties": self.chosen(name), "change": change, "hubspot_value": value}
        return step("hubspot_property", **settings, **more)

    def run(self, user_id: str, *steps: Any, word: str = "go") -> WorkflowRun:
        """Let a friend write the word that starts such a workflow, and the workflow go on until HubSpot was asked."""
        before = len(runs())
        active(self.shop.account, step("message", keywords=[{"text": word, "match": "equals"}]), *steps, name=word)
        self.shop.say(user_id, word)
        settle()
        self.make()
        return runs()[before]

    def make(self) -> int:
        """Make the changes that are due, as a worker does, and let runs go on."""
        db.session.rollback()
        made = make_due(self.connected.id, open_portal)
        settle()
        return made

    def holds(self, contact: str, *names: str) -> list[str]:
        """What HubSpot holds of a contact."""
        told = self.portal.read(contact, *names)["properties"]
        return [told[name] or "" for name in names]

    def made(self, run: WorkflowRun) -> tuple[str, str | None, str | None]:
        """What became of the last step that wrote a property: result, exit, and why it failed."""
        query = select(WorkflowStep).where(WorkflowStep.run_id == run.id, WorkflowStep.kind == "hubspot_property")
        last = db.session.scalars(query.order_by(WorkflowStep.number.desc())).first()
        return (last.result, last.exit, last.note.get("code")) if last else ("waits", None, None)


__all__ = ["Counter", "history"]
