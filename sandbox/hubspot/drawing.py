"""How records look in answers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.hubspot import errors
from sandbox.hubspot.catalogue import ALWAYS, DEFAULTS
from sandbox.hubspot.state import TYPE_IDS, Change, Portal, Record
from sandbox.hubspot.values import iso


def names(given: Iterable[str]) -> list[str]:
    """Return property names from query values, each of which may hold several with commas."""
    return [name.strip() for value in given for name in value.split(",") if name.strip()]


def drawn(
    portal: Portal, object_type: str, record: Record, wanted: list[str], histories: Iterable[str] = (), origin: str = ""
) -> dict[str, Any]:
    """Return a record with the properties that were asked for; unknown and archived ones are left out."""
    definitions = portal.properties[object_type]
    chosen = [*wanted, *ALWAYS[object_type]] if wanted else DEFAULTS[object_type]
    values = record.properties
    properties: dict[str, str | None] = {name: values.get(name) for name in chosen if _is_there(definitions, name)}
    histories = list(histories)
    for name in histories:
        if _is_there(definitions, name):
            properties.setdefault(name, values.get(name))
    body: dict[str, Any] = {
        "id": str(record.id),
        "properties": properties,
        "createdAt": iso(record.created_at),
        "updatedAt": iso(record.updated_at),
        "archived": record.archived_at is not None,
        "url": f"{origin}/contacts/{portal.portal_id}/record/{TYPE_IDS[object_type]}/{record.id}",
    }
    if record.archived_at is not None:
        body["archivedAt"] = iso(record.archived_at)
    if histories:
        known = (name for name in histories if _is_there(definitions, name))
        body["propertiesWithHistory"] = {name: history(record, name) for name in known}
    return body


def _is_there(definitions: Mapping[str, Any], name: str) -> bool:
    return name in definitions and not definitions[name]["archived"]


def history(record: Record, name: str) -> list[dict[str, Any]]:
    """Return the values that a property had, newest first."""
    if name in record.history:
        return [_change(entry) for entry in record.history[name]]
    if name not in record.properties:
        return []
    return [_change(Change(record.properties[name], record.created_at, "IMPORT", "population"))]


def _change(entry: Change) -> dict[str, Any]:
    described: dict[str, Any] = {
        "value": entry.value,
        "timestamp": iso(entry.at),
        "sourceType": entry.source,
        "sourceId": entry.source_id,
    }
    if entry.user_id is not None:
        described["updatedByUserId"] = entry.user_id
    return described


def record_id(text: str) -> int:
    """Return an id; a text that is none belongs to no record."""
    return int(text) if text.isdecimal() and len(text) <= 18 else -1


def sealed(number: int) -> str:
    """Return a cursor that nothing can be read out of."""
    return base64.urlsafe_b64encode(f"after {number}".encode()).decode().rstrip("=")


def unsealed(text: str | None) -> int:
    """Return what a cursor stands for."""
    if not text:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(" ")
        if word == "after":
            return int(number)
    except (ValueError, binascii.Error):
        pass
    raise errors.invalid(errors.BAD_AFTER.format(value=text))


def batch_answer(results: list[Any], problems: list[dict[str, Any]], now: float) -> dict[str, Any]:
    """Return the body of a batch; with problems it becomes that of a 207."""
    moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": moment, "completedAt": moment}
    return body | {"numErrors": len(problems), "errors": problems} if problems else body
