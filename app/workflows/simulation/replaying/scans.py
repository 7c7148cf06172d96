"""Scans of QR Codes that were announced."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Select, select

from app.core.db import db
from app.segments.conditions.sql import one_of
from app.workflows.engine.happenings import QR_CODE_SCANNED
from app.workflows.qr_codes.models import QrCode, QrScan
from app.workflows.simulation.replaying.events import ReplayedEvent, ReplayPeriod

KINDS = frozenset({QR_CODE_SCANNED})
# A scan that was a message has the key of its event.
EVENT = "event:"


def people(account_ids: Collection[int], period: ReplayPeriod) -> Select[Any]:
    """Select the ids of the friends, one row for each scan."""
    return _scans(period, QrScan.friend_id).where(QrCode.account_id.in_(account_ids))


def events(period: ReplayPeriod, friend_ids: Sequence[int]) -> Iterator[tuple[int, ReplayedEvent]]:
    """Yield the scans of these friends."""
    query = _scans(period, QrScan, QrCode.account_id, QrCode.workflow_id).where(one_of(QrScan.friend_id, friend_ids))
    for scan, account_id, workflow_id in db.session.execute(query):
        about = {"qr_code_id": scan.qr_code_id, "workflow_id": workflow_id, "account_id": account_id}
        data = {**about, "at": scan.scanned_at.isoformat()}
        is_event, word = scan.event_key.startswith(EVENT), f"{QR_CODE_SCANNED}:{scan.qr_code_id}"
        key = scan.event_key if is_event else f"{word}:{scan.event_key}"
        yield scan.friend_id, ReplayedEvent(scan.scanned_at, key, QR_CODE_SCANNED, data, word, may_reply=is_event)


def _scans(period: ReplayPeriod, *columns: Any) -> Select[Any]:
    at = QrScan.scanned_at
    within = QrScan.answered_at.is_not(None), at >= period.since, at < period.until
    return select(*columns).select_from(QrScan).join(QrCode, QrCode.id == QrScan.qr_code_id).where(*within)
