"""Values that HubSpot refuses, as it tells them: as errors, or as a JSON text inside of a message."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.core import lenient_json

# What the admins of a portal may demand of every write.
REQUIRED_CODES = frozenset({"MISSING_REQUIRED_PROPERTY", "MISSING_CONDITIONAL_REQUIRED_PROPERTY"})


class BadValue(NamedTuple):
    """A property whose value HubSpot refuses: HubSpot's code and words."""

    name: str
    code: str
    message: str

    @property
    def is_about_another_field(self) -> bool:
        """Return whether the value is missing, as a rule of the portal demands it of every write."""
        return self.code in REQUIRED_CODES


def read_bad_values(body: Any) -> tuple[BadValue, ...]:
    """Return the refused values that an error tells of; empty when it is about something else."""
    told = [_told(error) for error in lenient_json.items(body, "errors")]
    named = tuple(value for value in told if value.name)
    return named or tuple(value for value in _inside(lenient_json.text(body, "message") or "") if value.name)


def _told(error: Any) -> BadValue:
    names = lenient_json.items(lenient_json.mapping(error, "context"), "propertyName")
    name = names[0] if names and isinstance(names[0], str) else ""
    return BadValue(name, lenient_json.text(error, "code") or "", lenient_json.text(error, "message") or "")


def _inside(message: str) -> list[BadValue]:
    """Read `Property values were not valid: [{"name": …, "error": …, "message": …}]`."""
    start = message.find("[{")
    found = lenient_json.loads_or_none(message[start:].encode()) if start >= 0 else None
    if not isinstance(found, list):
        return []
    read = lenient_json.text
    return [BadValue(read(one, "name") or "", read(one, "error") or "", read(one, "message") or "") for one in found]
