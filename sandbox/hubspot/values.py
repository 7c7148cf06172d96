"""Values of properties: what HubSpot takes for which type, and the form in which it keeps them. All are text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
DAY_MS = 86_400_000
LONGEST = 65_536


@dataclass(frozen=True)
class Problem:
    """One value that is refused."""

    name: str
    code: str
    message: str

    def described(self) -> dict[str, Any]:
        """Return it as it stands in the JSON inside a message."""
        return {
            "isValid": False,
            "message": self.message,
            "error": self.code,
            "name": self.name,
            "localizedErrorMessage": self.message,
        }


class BadValue(Exception):
    """A value that its property does not take."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@lru_cache(maxsize=4096)
def iso(milliseconds: int) -> str:
    """Return a moment in HubSpot's form."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def checked(
    definitions: dict[str, dict[str, Any]], values: dict[str, Any], current: dict[str, str]
) -> tuple[dict[str, str], list[Problem]]:
    """Return the values as they are kept, and what is refused."""
    kept: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in values.items():
        entry = definitions.get(name)
        if entry is None or entry["archived"]:
            problems.append(Problem(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
        elif entry["modificationMetadata"]["readOnlyValue"]:
            words = f'"{name}" is a read only property; its value cannot be set.'
            problems.append(Problem(name, "READ_ONLY_VALUE", words))
        else:
            try:
                kept[name] = _kept(entry, "" if value is None else _text(value), current.get(name, ""))
            except BadValue as error:
                problems.append(Problem(name, error.code, str(error)))
    return kept, problems


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise BadValue("INVALID_TYPE", "A property's value must be a text.")


def _kept(entry: dict[str, Any], value: str, current: str) -> str:
    if value == "":
        return ""
    if len(value) > LONGEST:
        raise BadValue("INVALID_LENGTH", f"The value is {len(value)} characters long; the most is {LONGEST}.")
    if entry["name"] == "email":
        if not MAIL.fullmatch(value):
            raise BadValue("INVALID_EMAIL", f"Email address {value} is invalid")
        return value.strip().lower()
    take = TAKES.get(entry["type"])
    return take(entry, value, current) if take else value


def _number(value: str) -> str:
    try:
        float(value)
    except ValueError as error:
        raise BadValue("INVALID_INTEGER", f"{value} was not a valid number.") from error
    return value


def _date(value: str) -> str:
    milliseconds = moment_ms(value, code="INVALID_DATE")
    if milliseconds % DAY_MS:
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
        time = f"{moment.hour}:{moment.minute}:{moment.second}.{milliseconds % 1000}"
        raise BadValue("INVALID_DATE", f"{value} is at {time} UTC, not midnight!")
    return iso(milliseconds)[:10]


def moment_ms(value: str, code: str = "INVALID_DATE") -> int:
    """Return epoch milliseconds of a text in ISO 8601 or in milliseconds."""
    try:
        if re.fullmatch(r"-?\d{6,15}", value):
            return int(value)
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise BadValue(code, f"{value} was not a valid long.") from error
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _choice(entry: dict[str, Any], value: str) -> str:
    allowed = [option["value"] for option in entry["options"]]
    if value not in allowed:
        listed = ", ".join(allowed)
        raise BadValue("INVALID_OPTION", f"{value} was not one of the allowed options: [{listed}]")
    return value


def _choices(entry: dict[str, Any], value: str, current: str) -> str:
    """Return several values joined by semicolons; a leading one adds to those that are there."""
    wanted = [part for part in value.split(";") if part]
    for part in wanted:
        _choice(entry, part)
    before = [part for part in current.split(";") if part] if value.startswith(";") else []
    return ";".join(dict.fromkeys([*before, *wanted]))


Take = Callable[[dict[str, Any], str, str], str]

TAKES: dict[str, Take] = {
    "number": lambda _entry, value, _current: _number(value),
    "date": lambda _entry, value, _current: _date(value),
    "datetime": lambda _entry, value, _current: iso(moment_ms(value)),
    "bool": lambda entry, value, _current: _choice(entry, value.lower()),
    "enumeration": lambda entry, value, current: (
        _choices(entry, value, current) if entry["fieldType"] == "checkbox" else _choice(entry, value)
    ),
}
