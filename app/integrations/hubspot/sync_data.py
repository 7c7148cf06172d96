"""What the screen Sync Data shows: mapped fields with their state, and what Tomoru writes for each account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.core import error_messages
from app.core.db import db
from app.core.i18n import Text, _, _l, listed, ngettext, sentences
from app.friends.models import Friend
from app.friends.values import Field
from app.integrations.hubspot.defaults import basic_first
from app.integrations.hubspot.gateway import scopes
from app.integrations.hubspot.gateway.urls import urls
from app.integrations.hubspot.line_properties import LINE_PROPERTIES, LineProperty
from app.integrations.hubspot.line_state import NOT_UNIQUE, is_off
from app.integrations.shared.fields import accounts_without, all_fields, label_of
from app.integrations.shared.mappings import mappings_of
from app.integrations.shared.models import FieldConflict, FieldError, FieldMapping, Integration, IntegrationAccount
from app.integrations.shared.queries import accounts_of
from app.line.models import Account

# Errors and conflicts that the page of a field shows.
SHOWN = 50
TYPE_LABELS: dict[str, Text] = {
    "string": _l("Text"),
    "number": _l("Number"),
    "date": _l("Date"),
    "datetime": _l("Date and time"),
    "bool": _l("Yes or no"),
    "enumeration": _l("One of several choices"),
    "phone_number": _l("Phone number"),
}


@dataclass(frozen=True)
class State:
    """How something is doing: in a word with its colour, and in a sentence where there is more to say."""

    label: str
    colour: str
    about: str = ""


@dataclass(frozen=True)
class FieldRow:
    """A mapped field."""

    mapping: FieldMapping
    field_label: str
    rule: str
    state: State
    # Accounts in which it is not synced, since they lack the attribute or have another kind of it.
    lacking: Sequence[Account] = ()


@dataclass(frozen=True)
class LineRow:
    """A property that Tomoru writes for an account."""

    property: LineProperty
    name: str
    is_off: bool
    state: State


@dataclass(frozen=True)
class LineTable:
    """What is written for one account."""

    account: Account
    rows: Sequence[LineRow]


def field_rows(connection: Integration) -> list[FieldRow]:
    """Return all mapped fields, the basic ones first."""
    known, errors = all_fields(connection.id), _error_counts(connection.id)
    return [_field_row(connection, one, known, errors) for one in basic_first(mappings_of(connection.id))]


def field_row(connection: Integration, mapping: FieldMapping) -> FieldRow:
    """Return one mapped field."""
    return _field_row(connection, mapping, all_fields(connection.id), _error_counts(connection.id))


def _field_row(
    connection: Integration, mapping: FieldMapping, known: Mapping[str, Field], errors: Mapping[int, int]
) -> FieldRow:
    lacking = accounts_without(connection.id, mapping.field) if mapping.field in known else []
    state = state_of(connection, mapping, errors.get(mapping.id, 0), lacking)
    return FieldRow(mapping, label_of(mapping.field, known), rule_of(mapping), state, lacking)


def standing_still(connection: Integration) -> int:
    """Return how many fields are not synced in each of the accounts, which the Dashboard tells."""
    rows = field_rows(connection) if connection.is_connected else []
    return sum(1 for row in rows if row.lacking or row.mapping.problem)


def rule_of(mapping: FieldMapping) -> str:
    """Return which value takes priority."""
    return _("The value of HubSpot is taken") if mapping.is_read_only else _("The more recent value stays")


def state_of(connection: Integration, mapping: FieldMapping, errors: int, lacking: Sequence[Account] = ()) -> State:
    """Return how a mapped field is doing."""
    if (held_back := _held_back(connection, mapping)) is not None:
        return held_back
    if mapping.problem:
        return State(_("Stopped"), "red", error_messages.sentence(mapping.problem, mapping.problem_values))
    if lacking:
        names = listed(account.name for account in lacking)
        about = _("Not synced in %(accounts)s: the attribute is missing there, or of another kind.", accounts=names)
        return State(_("Synced in part"), "yellow", about)
    if errors:
        about = ngettext("%(num)s value cannot be stored.", "%(num)s values cannot be stored.", errors)
        return State(_("Synced in part"), "yellow", about)
    if mapping.synced_at is None:
        return State(_("Waiting for the next sync"), "blue")
    return State(_("Synced"), "green")


def _held_back(connection: Integration, mapping: FieldMapping) -> State | None:
    """Return why a field stands still that has no problem of its own."""
    if not connection.is_connected:
        return State(_("Not syncing"), "secondary")
    needed = ("contacts", "company_names") if mapping.record_kind == "company" else ("contacts",)
    if closed := closed_because(connection, *needed):
        return State(_("Not read"), "yellow", closed)
    if not mapping.is_read_only and (closed := closed_because(connection, "writing")):
        return State(_("Not written"), "yellow", closed)
    return None


def closed_because(connection: Integration, *keys: str) -> str:
    """Return what is off for one of these features, and how its scopes are granted; "" where none is off."""
    closed = scopes.closed_because(connection.scopes, *keys)
    if not closed:
        return ""
    how = _("To grant it, approve again in HubSpot: the button is on the screen Settings.")
    return sentences([closed, how])


def type_label(mapping_type: str, field_type: str) -> str:
    """Return HubSpot's type in words."""
    if mapping_type == "enumeration" and field_type == "checkbox":
        return _("Several choices")
    return str(TYPE_LABELS.get(mapping_type, mapping_type))


def line_tables(connection: Integration) -> list[LineTable]:
    """Return what Tomoru writes, account by account."""
    return [
        LineTable(account, [_line_row(connection, covered, one) for one in LINE_PROPERTIES.values()])
        for covered, account in accounts_of(connection.id)
    ]


def _line_row(connection: Integration, covered: IntegrationAccount, one: LineProperty) -> LineRow:
    entry = covered.properties.get(one.key, {})
    name, state = entry.get("name") or one.name(covered.number), _line_state(connection, entry)
    return LineRow(one, name, is_off(covered, one.key), state)


def _line_state(connection: Integration, entry: dict[str, Any]) -> State:
    if entry.get("is_off"):
        return State(_("Switched off"), "secondary")
    if not connection.is_connected:
        return State(_("Not syncing"), "secondary")
    if closed := closed_because(connection, "writing", *([] if entry.get("name") else ["line_properties"])):
        return State(_("Not written"), "yellow", closed)
    about = error_messages.sentence(entry.get("problem"), entry.get("values"))
    if entry.get("problem") == NOT_UNIQUE:
        return State(_("Written"), "yellow", about)
    if about:
        return State(_("Stopped"), "red", about)
    return State(_("Written"), "green") if entry.get("name") else State(_("Not made yet"), "blue")


@dataclass(frozen=True)
class ErrorRow:
    """A value that one side cannot hold."""

    account_id: int
    friend_id: int
    friend_name: str
    value: str | None
    is_local: bool
    why: str
    at: datetime
    # The contact that has the value already.
    other_url: str


@dataclass(frozen=True)
class ConflictRow:
    """A field that both sides had changed."""

    account_id: int
    friend_id: int
    friend_name: str
    conflict: FieldConflict

    @property
    def margin(self) -> int:
        """Return how many milliseconds lay between the changes where they fall into one second; 0 otherwise."""
        ours, theirs = self.conflict.local_at, self.conflict.remote_at
        if ours is None or theirs is None or ours.replace(microsecond=0) != theirs.replace(microsecond=0):
            return 0
        return round(abs((ours - theirs).total_seconds()) * 1000)


def errors_of(connection: Integration, mapping: FieldMapping) -> list[ErrorRow]:
    """Return the newest values that cannot be stored."""
    columns = (FieldError, Friend.account_id, Friend.display_name)
    query = select(*columns).join(Friend, Friend.id == FieldError.friend_id).where(FieldError.mapping_id == mapping.id)
    newest = query.order_by(FieldError.created_at.desc(), FieldError.friend_id.desc()).limit(SHOWN)
    return [
        ErrorRow(
            account_id,
            error.friend_id,
            name or "",
            error.value,
            error.side == "local",
            error_messages.sentence(error.code, error.code_values),
            error.created_at,
            other_contact_url(connection, error),
        )
        for error, account_id, name in db.session.execute(newest)
    ]


def count_errors(mapping: FieldMapping) -> int:
    """Return how many values of the field cannot be stored."""
    return _error_counts(mapping.integration_id).get(mapping.id, 0)


def other_contact_url(connection: Integration, error: FieldError) -> str:
    """Return the page of the contact that has the value already; "" where that is not what is wrong."""
    contact = error.code_values.get("contact")
    return urls.contact(connection.remote_id, str(contact)) if contact else ""


def conflicts_of(mapping: FieldMapping) -> list[ConflictRow]:
    """Return the conflicts that were resolved lately."""
    columns = (FieldConflict, Friend.account_id, Friend.display_name)
    query = select(*columns).join(Friend, Friend.id == FieldConflict.friend_id)
    newest = query.where(FieldConflict.mapping_id == mapping.id).order_by(FieldConflict.id.desc()).limit(SHOWN)
    return [
        ConflictRow(account_id, conflict.friend_id, name or "", conflict)
        for conflict, account_id, name in db.session.execute(newest)
    ]


def _error_counts(integration_id: int) -> dict[int, int]:
    query = (
        select(FieldError.mapping_id, func.count())
        .join(FieldMapping, FieldMapping.id == FieldError.mapping_id)
        .where(FieldMapping.integration_id == integration_id)
        .group_by(FieldError.mapping_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
