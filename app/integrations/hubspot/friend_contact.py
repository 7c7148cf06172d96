"""What is known of a friend's contact in HubSpot: the link, and each synced value with who wrote it last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core import error_messages
from app.core.db import db
from app.core.i18n import Text, _, _l
from app.friends.models import Friend
from app.friends.names import full_name
from app.friends.queries.value_sources import value_origins
from app.friends.source_words import words_of
from app.friends.values import in_words, value_of
from app.integrations.hubspot.defaults import basic_first
from app.integrations.hubspot.gateway.urls import urls
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.shown_values import remote_in_words
from app.integrations.hubspot.sync_data import other_contact_url
from app.integrations.shared.fields import all_fields, label_of, synced_fields
from app.integrations.shared.links import link_of
from app.integrations.shared.mappings import mappings_of
from app.integrations.shared.models import (
    FieldConflict,
    FieldError,
    FieldMapping,
    Integration,
    RemoteLink,
    RemoteRecord,
    RemoteUnlink,
)
from app.integrations.shared.records import CONTACT
from app.integrations.shared.refusals import why_not_written

# Conflicts that the card shows.
SHOWN = 5
FOUND_BY: dict[str, Text] = {
    "line_user_id": _l("by the LINE User ID"),
    "email": _l("by the e-mail address"),
    "phone": _l("by the phone number"),
    "id_link": _l("by the ID link"),
    "created": _l("made by Tomoru"),
    "manual": _l("by a member"),
}


@dataclass(frozen=True)
class ValueRow:
    """A synced value of the friend; `trouble` is why the two sides differ."""

    label: str
    field_label: str
    value: str
    written_by: str
    written_at: datetime | None
    # HubSpot tells when a contact changed last, not since when it has the value.
    is_latest_time: bool
    trouble: str
    # The contact that has the value already.
    other_url: str
    # A side cannot hold the value; it is tried again.
    is_error: bool


@dataclass(frozen=True)
class ConflictLine:
    """A field of the friend that both sides had changed."""

    label: str
    conflict: FieldConflict
    ours: str
    theirs: str


@dataclass(frozen=True)
class FriendContact:
    """The friend's link; without one, or while the contact is being made, there are no values."""

    link: RemoteLink | None
    # Why there is none, where that is known.
    why_none: str = ""
    url: str = ""
    found_by: str = ""
    name: str = ""
    company: str = ""
    # What HubSpot has is being compared with what the friend has.
    is_pending: bool = False
    # Why nothing is written to the contact; `is_refused`: it is not tried again by itself.
    trouble: str = ""
    is_refused: bool = False
    values: Sequence[ValueRow] = ()
    conflicts: Sequence[ConflictLine] = ()

    @property
    def can_be_tried(self) -> bool:
        """Return whether something was refused that may be taken now."""
        return self.is_refused or any(row.is_error for row in self.values)


def contact_of(integration: Integration, friend: Friend) -> FriendContact:
    """Return what is known of the friend's contact."""
    link = link_of(integration.id, friend.id)
    if link is None:
        return FriendContact(None, _why_none(integration, friend))
    trouble, is_refused = why_not_written(link), link.is_refused
    if link.remote_id is None:
        return FriendContact(link, trouble=trouble, is_refused=is_refused)
    mappings = basic_first(mappings_of(integration.id))
    contact = db.session.get(RemoteRecord, (integration.id, CONTACT, link.remote_id))
    return FriendContact(
        link,
        "",
        urls.contact(integration.remote_id, link.remote_id),
        str(FOUND_BY.get(link.found_by, link.found_by)),
        _name(contact) or ((friend.display_name or "") if link.found_by == "created" else ""),
        _company(integration.id, contact),
        contact is not None and contact.is_pending,
        trouble,
        is_refused,
        _values(integration, friend, mappings),
        _conflicts(friend.id, mappings),
    )


def _why_none(integration: Integration, friend: Friend) -> str:
    """Return what has parted the friend and the contact; "" where there was none."""
    mine = RemoteUnlink.integration_id == integration.id, RemoteUnlink.friend_id == friend.id
    apart = db.session.scalar(select(RemoteUnlink).where(*mine).order_by(RemoteUnlink.created_at.desc()).limit(1))
    if apart is None:
        return ""
    if apart.is_gone:
        return _("The contact %(id)s was deleted in HubSpot. No other one is created by itself.", id=apart.remote_id)
    return _(
        "The contact %(id)s was unlinked by a member. The two are not linked again by themselves.", id=apart.remote_id
    )


def _name(contact: RemoteRecord | None) -> str:
    """Return what the contact is called in HubSpot, as far as that was read."""
    said = contact.properties if contact else {}
    return full_name(said.get("firstname"), said.get("lastname"))


def _company(integration_id: int, contact: RemoteRecord | None) -> str:
    """Return the name of the contact's primary company, where it was read."""
    company_id = contact.company_id if contact else None
    company = db.session.get(RemoteRecord, (integration_id, "company", company_id)) if company_id else None
    return str(company.properties.get("name") or "") if company else ""


def _values(integration: Integration, friend: Friend, mappings: Sequence[FieldMapping]) -> list[ValueRow]:
    known, origins, troubles = all_fields(integration.id), value_origins(friend.id), _troubles(friend.id)
    here = synced_fields(integration.id).get(friend.account_id, {})
    rows = []
    for one in mappings:
        origin, error = origins.get(one.field), troubles.get(one.id)
        value = in_words(value_of(friend, one.field))
        trouble = error_messages.sentence(error.code, error.code_values) if error else ""
        if one.field in known and one.field not in here:
            trouble = _("Not synced in this LINE account: the attribute is missing, or of another kind.")
        rows.append(
            ValueRow(
                one.remote_label,
                label_of(one.field, known),
                value,
                words_of(origin) if origin or value else "",
                origin.set_at if origin else None,
                origin is not None and origin.source is not None and origin.source.kind == HUBSPOT,
                trouble,
                other_contact_url(integration, error) if error else "",
                error is not None,
            )
        )
    return rows


def _troubles(friend_id: int) -> Mapping[int, FieldError]:
    rows = db.session.scalars(select(FieldError).where(FieldError.friend_id == friend_id))
    return {row.mapping_id: row for row in rows}


def _conflicts(friend_id: int, mappings: Sequence[FieldMapping]) -> list[ConflictLine]:
    known = {one.id: one for one in mappings}
    mine = (FieldConflict.friend_id == friend_id, FieldConflict.mapping_id.in_(known))
    newest = select(FieldConflict).where(*mine).order_by(FieldConflict.id.desc()).limit(SHOWN)
    return [_conflict(known[row.mapping_id], row) for row in db.session.scalars(newest)]


def _conflict(mapping: FieldMapping, row: FieldConflict) -> ConflictLine:
    ours, theirs = remote_in_words(mapping, row.local_value), remote_in_words(mapping, row.remote_value)
    return ConflictLine(mapping.remote_label, row, ours, theirs)
