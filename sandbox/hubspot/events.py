"""What happened, told to the apps that listen: by webhook to those that subscribed, and in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.hubspot.deliveries import Deliveries
from sandbox.hubspot.journal import Journal
from sandbox.hubspot.state import CONTACTS, TYPE_IDS, HubSpotApp, Install, Portal, Record, Source, Subscription

if TYPE_CHECKING:
    from sandbox.hubspot.hubspot import HubSpot

NAMES = {CONTACTS: "contact", "companies": "company"}


class Events:
    """Turns every change into what its listeners are sent."""

    def __init__(self, hubspot: HubSpot) -> None:
        self.hubspot = hubspot
        self.deliveries = Deliveries(hubspot)
        self.journal = Journal(hubspot)

    def created(self, portal: Portal, object_type: str, record: Record, source: Source) -> None:
        self._tell(portal, object_type, "creation", source, {"objectId": record.id, "changeFlag": "CREATED"})
        self.journal.object_event(portal, object_type, record, "CREATE")

    def changed(self, portal: Portal, object_type: str, record: Record, name: str, source: Source) -> None:
        """Tell of one property; apps subscribe property by property."""
        fields = {"objectId": record.id, "propertyName": name, "propertyValue": record.properties.get(name, "")}
        self._tell(portal, object_type, "propertyChange", source, fields)
        self.journal.object_event(portal, object_type, record, "UPDATE", {name: record.properties.get(name, "")})

    def deleted(self, portal: Portal, object_type: str, record: Record, source: Source) -> None:
        self._tell(portal, object_type, "deletion", source, {"objectId": record.id, "changeFlag": "DELETED"})
        self.journal.object_event(portal, object_type, record, "DELETE")

    def restored(self, portal: Portal, object_type: str, record: Record, source: Source) -> None:
        self._tell(portal, object_type, "restore", source, {"objectId": record.id, "changeFlag": "RESTORED"})
        self.journal.object_event(portal, object_type, record, "RESTORE")

    def erased(self, portal: Portal, object_type: str, record: Record, source: Source) -> None:
        """Tell of a deletion for good; companies know no such event."""
        if object_type == CONTACTS:
            fields = {"objectId": record.id, "changeFlag": "PRIVACY_DELETED"}
            self._tell(portal, object_type, "privacyDeletion", source, fields)
        self.journal.object_event(portal, object_type, record, "GDPR_DELETE")

    def merged(
        self, portal: Portal, object_type: str, primary: Record, other: Record, moved: int, source: Source
    ) -> None:
        fields = {
            "objectId": primary.id,
            "primaryObjectId": primary.id,
            "mergedObjectIds": [other.id],
            "newObjectId": primary.id,
            "numberOfPropertiesMoved": moved,
            "changeFlag": "MERGED",
        }
        self._tell(portal, object_type, "merge", source, fields)
        self.journal.object_event(portal, object_type, primary, "MERGE", merged=[other.id])

    def associated(self, portal: Portal, contact: int, company: int, source: Source, *, removed: bool) -> None:
        """Tell both sides of an association that came or went."""
        pairs = (
            (CONTACTS, contact, company, "CONTACT_TO_COMPANY"),
            ("companies", company, contact, "COMPANY_TO_CONTACT"),
        )
        for object_type, mine, other, kind in pairs:
            fields = {
                "objectId": mine,
                "fromObjectId": mine,
                "toObjectId": other,
                "associationType": kind,
                "associationRemoved": removed,
                "isPrimaryAssociation": False,
            }
            self._tell(portal, object_type, "associationChange", source, fields)
        self.journal.association_event(portal, contact, company, removed=removed)

    def installed(self, install: Install) -> None:
        self.journal.lifecycle_event(install, "APP_INSTALL")

    def uninstalled(self, install: Install) -> None:
        self.journal.lifecycle_event(install, "APP_UNINSTALL")

    def joined(self, portal: Portal, list_id: str, record_ids: list[int], *, removed: bool) -> None:
        """Tell of list members that came or went; only the journal knows of them."""
        for number in record_ids:
            self.journal.membership_event(portal, list_id, number, removed=removed)

    def _tell(self, portal: Portal, object_type: str, what: str, source: Source, fields: dict[str, Any]) -> None:
        for install in self.hubspot.grants.of_portal(portal.portal_id):
            app = self.hubspot.apps[install.app_id]
            for subscription in app.subscriptions:
                if subscription.active and _wants(subscription, object_type, what, fields):
                    event = self._event(app, portal, subscription, source, fields)
                    self.deliveries.enqueue(app, event)

    def _event(
        self, app: HubSpotApp, portal: Portal, subscription: Subscription, source: Source, fields: dict[str, Any]
    ) -> dict[str, Any]:
        kind = {"objectTypeId": subscription.object_type_id} if subscription.object_type_id else {}
        return {
            "eventId": self.hubspot.random.randrange(1, 4_000_000_000),
            "subscriptionId": subscription.id,
            "portalId": int(portal.portal_id),
            "appId": int(app.app_id),
            "occurredAt": self.hubspot.now_ms(),
            "subscriptionType": subscription.event_type,
            "attemptNumber": 0,
            "changeSource": source.kind,
            "sourceId": source.id,
            **kind,
            **fields,
        }

    def forget(self) -> None:
        self.deliveries.forget()
        self.journal.forget()


def _wants(subscription: Subscription, object_type: str, what: str, fields: dict[str, Any]) -> bool:
    named = subscription.event_type == f"{NAMES[object_type]}.{what}"
    generic = subscription.event_type == f"object.{what}" and subscription.object_type_id == TYPE_IDS[object_type]
    if not (named or generic):
        return False
    return what != "propertyChange" or subscription.property_name == fields["propertyName"]
