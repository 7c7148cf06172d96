"""The webhooks journal: what happened, in files that an app fetches one after the other for three days."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.hubspot.conditions import all_hold
from sandbox.hubspot.state import CONTACTS, TYPE_IDS, Install, Portal, Record
from sandbox.hubspot.values import iso

if TYPE_CHECKING:
    from sandbox.hubspot.hubspot import HubSpot

KEPT_SECONDS = 3 * 24 * 3600
# Event types of the app's own life in a portal.
INSTALLED, UNINSTALLED = "4-1909196", "4-1916193"
MOST_EVENTS = 500

Event = dict[str, Any]


@dataclass
class File:
    """Some events of one app, under an offset."""

    offset: int
    at: float
    events: list[Event] = field(default_factory=list)


@dataclass
class AppJournal:
    """The subscriptions of an app and its files, of all portals mixed."""

    subscriptions: dict[int, dict[str, Any]] = field(default_factory=dict)
    filters: dict[int, dict[str, Any]] = field(default_factory=dict)
    snapshots: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)
    # Events that are not in a file yet.
    open: list[Event] = field(default_factory=list)
    last_offset: int = 0
    last_id: int = 0


class Journal:
    """Writes events into the journals of the apps that subscribed to them."""

    def __init__(self, hubspot: HubSpot) -> None:
        self.hubspot = hubspot
        self.apps: dict[str, AppJournal] = {}

    def of(self, app_id: str) -> AppJournal:
        return self.apps.setdefault(app_id, AppJournal())

    def object_event(
        self,
        portal: Portal,
        object_type: str,
        record: Record,
        action: str,
        changes: dict[str, str] | None = None,
        merged: list[int] | None = None,
    ) -> None:
        """Tell of a record that was made, changed, deleted, restored or merged."""
        kind = "GDPR_PRIVACY_DELETION" if action == "GDPR_DELETE" else "OBJECT"
        event: Event = {
            "type": "crmObject",
            "portalId": int(portal.portal_id),
            "occurredAt": iso(self.hubspot.now_ms()),
            "action": action,
            "objectTypeId": TYPE_IDS[object_type],
            "objectId": record.id,
        }
        if changes is not None:
            event["propertyChanges"] = changes
        if merged is not None:
            event["mergedObjectIds"] = merged
        self._write(portal.portal_id, kind, event, record=record)

    def snapshot(self, app_id: str, portal: Portal, object_type: str, record: Record | None, names: list[str]) -> str:
        """Write a record as it is into an app's journal; the id under which the outcome is told."""
        journal, now = self.of(app_id), self.hubspot.now_ms()
        journal.last_id += 1
        status_id = f"{portal.portal_id}-{journal.last_id}"
        outcome: dict[str, Any] = {"id": status_id, "initiatedAt": now, "completedAt": now, "status": "COMPLETED"}
        if record is None:
            outcome |= {"status": "FAILED", "errorCode": "VALIDATION_ERROR", "message": "The record does not exist."}
        else:
            event = {
                "type": "crmObject",
                "portalId": int(portal.portal_id),
                "occurredAt": iso(now),
                "action": "SNAPSHOT",
                "objectTypeId": TYPE_IDS[object_type],
                "objectId": record.id,
                "snapshotStatusId": status_id,
                "properties": {name: record.properties.get(name) for name in names},
            }
            journal.open.append(event)
        journal.snapshots[status_id] = outcome
        return status_id

    def association_event(self, portal: Portal, contact: int, company: int, *, removed: bool) -> None:
        event = {
            "type": "association",
            "portalId": int(portal.portal_id),
            "occurredAt": iso(self.hubspot.now_ms()),
            "action": "ASSOCIATION_REMOVED" if removed else "ASSOCIATION_ADDED",
            "objectTypeId": TYPE_IDS[CONTACTS],
            "objectId": contact,
            "fromObjectTypeId": TYPE_IDS[CONTACTS],
            "fromObjectId": contact,
            "toObjectTypeId": TYPE_IDS["companies"],
            "toObjectId": company,
        }
        self._write(portal.portal_id, "ASSOCIATION", event)

    def membership_event(self, portal: Portal, list_id: str, number: int, *, removed: bool) -> None:
        event = {
            "type": "listMembership",
            "portalId": int(portal.portal_id),
            "occurredAt": iso(self.hubspot.now_ms()),
            "action": "REMOVED_FROM_LIST" if removed else "ADDED_TO_LIST",
            "listId": int(list_id),
            "objectTypeId": TYPE_IDS[CONTACTS],
            "objectId": number,
        }
        self._write(portal.portal_id, "LIST_MEMBERSHIP", event)

    def lifecycle_event(self, install: Install, action: str) -> None:
        """Tell the app alone that it was installed or uninstalled."""
        event = {
            "type": "appLifecycle",
            "portalId": int(install.portal_id),
            "occurredAt": iso(self.hubspot.now_ms()),
            "action": action,
            "appId": int(install.app_id),
            "eventTypeId": INSTALLED if action == "APP_INSTALL" else UNINSTALLED,
        }
        self._write(install.portal_id, "APP_LIFECYCLE_EVENT", event, only=install.app_id)

    def _write(
        self, portal_id: str, kind: str, event: Event, only: str | None = None, record: Record | None = None
    ) -> None:
        for app_id, journal in self.apps.items():
            installed = self.hubspot.grants.install(app_id, portal_id) is not None
            if only == app_id or (only is None and installed):
                wanting = (number for number, wish in journal.subscriptions.items() if wants(wish, kind, event))
                if any(_passes(journal, number, record) for number in wanting):
                    journal.open.append(event)

    def settled(self, app_id: str) -> list[File]:
        """Close the open file, drop what is older than three days, and return the files."""
        journal, now = self.of(app_id), self.hubspot.clock.now()
        while journal.open:
            journal.last_offset += 1
            journal.files.append(File(journal.last_offset, now, journal.open[:MOST_EVENTS]))
            journal.open = journal.open[MOST_EVENTS:]
        journal.files = [file for file in journal.files if file.at > now - KEPT_SECONDS]
        return journal.files

    def forget(self) -> None:
        self.apps.clear()


def _passes(journal: AppJournal, number: int, record: Record | None) -> bool:
    """Whether a record meets the filters of a subscription."""
    filters = [entry["filter"]["conditions"] for entry in journal.filters.values() if entry["subscriptionId"] == number]
    return record is None or all(all_hold(conditions, record.properties) for conditions in filters)


def wants(subscription: dict[str, Any], kind: str, event: Event) -> bool:
    """Whether a subscription covers an event; a field that is empty narrows nothing."""
    if subscription["subscriptionType"] != kind:
        return False
    if kind == "APP_LIFECYCLE_EVENT":
        return subscription.get("eventTypeId") in (None, event["eventTypeId"])
    if subscription.get("portalId") not in (None, event["portalId"]):
        return False
    if subscription.get("objectTypeId") not in (None, "", event["objectTypeId"]):
        return False
    for name, value in (
        ("actions", event["action"]),
        ("objectIds", event["objectId"]),
        ("listIds", event.get("listId")),
    ):
        if subscription.get(name) and value not in subscription[name]:
            return False
    wanted, changes = subscription.get("properties"), event.get("propertyChanges")
    return not wanted or changes is None or any(name in wanted for name in changes)
