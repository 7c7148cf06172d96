"""Decide what of a friend is to be written: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.core.errors import PermanentFailure, RetryLater
from app.integrations.hubspot.gateway.objects import HubSpotRecord, ValueChange
from app.integrations.hubspot.history import last_change
from app.integrations.hubspot.values import CannotHold
from app.integrations.hubspot.writing.facts import LinkFacts
from app.integrations.hubspot.writing.portal import AccountNames, MappedField, PortalView
from app.integrations.shared.reconciling import Agreement, FieldAction, Side, resolve


@dataclass(frozen=True)
class WriteCandidate:
    """A mapped field whose value here is not the one that both sides agreed on."""

    mapped: MappedField
    # As HubSpot takes it, and in the spelling in which values are compared.
    value: str
    spelled: str
    set_at: datetime | None
    # HubSpot's newest change when the contact was read before the write.
    before: ValueChange | None = None


@dataclass(frozen=True)
class Decided:
    """A conflict that was decided, for the value here unless `winner` says otherwise."""

    mapping_id: int
    local_value: str
    local_at: datetime | None
    remote_value: str
    remote_at: datetime | None
    winner: str = "local"


@dataclass
class Writing:
    """What is to be written for one link, and what came of it."""

    facts: LinkFacts
    names: AccountNames
    # What Tomoru tells of the friend, by HubSpot's names.
    line: dict[str, str]
    candidates: dict[str, WriteCandidate] = field(default_factory=dict)
    # Mapped fields that are written, and those that are equal already.
    pushed: dict[str, WriteCandidate] = field(default_factory=dict)
    agreed: dict[str, str] = field(default_factory=dict)
    conflicts: list[Decided] = field(default_factory=list)
    # Mapped fields that HubSpot cannot hold: code and values for the error messages.
    refused: dict[int, tuple[str, Mapping[str, Any], str]] = field(default_factory=dict)
    # What HubSpot keeps after the write, by name.
    kept: dict[str, str] = field(default_factory=dict)
    # The contact's own times, by HubSpot's clock: as it was read before the write, and as it was written.
    read_at: datetime | None = None
    kept_at: datetime | None = None
    remote_id: str | None = None
    # The contact is gone.
    is_missing: bool = False
    # Properties of ours that HubSpot does not know any more.
    lost: set[str] = field(default_factory=set)
    error: RetryLater | PermanentFailure | None = None

    @property
    def values(self) -> dict[str, str]:
        """Return everything that is to be written."""
        return self.line | {name: one.value for name, one in self.pushed.items()}

    @property
    def is_creation(self) -> bool:
        """Return whether the contact is to be made."""
        return self.facts.remote_id is None


def plan(view: PortalView, facts: LinkFacts) -> Writing | None:
    """Return what is to be written for a link; None where the account is no part of the integration any more."""
    names = view.accounts.get(facts.account_id)
    if names is None:
        return None
    writing = Writing(facts, names, _changed(facts, names), remote_id=facts.remote_id)
    if not facts.is_pending:
        _find_candidates(view, writing)
    if writing.is_creation:
        writing.pushed, writing.candidates = writing.candidates, {}
    return writing


def _changed(facts: LinkFacts, names: AccountNames) -> dict[str, str]:
    """Return what differs from what was written last; of a new link everything, of a new property what is known."""
    changed = {}
    for key, name in names.line.items():
        value, before = facts.line[key], facts.written.get(name)
        is_news = value != before if before is not None else bool(value) or not facts.written
        if is_news:
            changed[name] = value
    return changed


def _find_candidates(view: PortalView, writing: Writing) -> None:
    facts = writing.facts
    for mapped in writing.names.mapped:
        agreed = facts.synced.get(mapped.remote_name)
        local = facts.field(mapped.field)
        try:
            value = mapped.convert.write(local)
        except CannotHold as error:
            writing.refused[mapped.mapping_id] = (error.code, error.values, str(local))
            continue
        spelled = mapped.convert.spelled(value)
        if spelled == mapped.convert.spelled(agreed[0] if agreed else ""):
            continue
        source, set_at = facts.set_at(mapped.field)
        if agreed is None and source in view.own_sources:
            set_at = None
        writing.candidates[mapped.remote_name] = WriteCandidate(mapped, value, spelled, set_at)


def decide(view: PortalView, writing: Writing, record: HubSpotRecord) -> None:
    """Compare the candidates with the contact as it is now; what HubSpot changed later is left to the sync."""
    writing.read_at = record.updated_at
    for name, one in writing.candidates.items():
        spell = one.mapped.convert.spelled
        newest = last_change(record.history.get(name, ()), view.app_id)
        value = newest.value if newest else record.properties.get(name) or ""
        remote_at = newest.at - view.skew if newest and newest.at else None
        remote = Side(spell(value), remote_at, is_own=bool(newest and newest.is_by(view.app_id)))
        agreed = writing.facts.synced.get(name)
        before = Agreement(spell(agreed[0])) if agreed else None
        resolution = resolve(Side(one.spelled, one.set_at), remote, before)
        if resolution.action is FieldAction.SAME:
            writing.agreed[name] = value
        elif resolution.action is FieldAction.PUSH:
            writing.pushed[name] = replace(one, before=next(iter(record.history.get(name, ())), None))
            if resolution.is_conflict:
                writing.conflicts.append(Decided(one.mapped.mapping_id, one.value, one.set_at, value, remote_at))
    writing.candidates = {}
