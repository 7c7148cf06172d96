"""Filters of searches and active lists: values are texts, compared as the property's type asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.hubspot import errors
from sandbox.hubspot.values import BadValue, moment_ms

LISTS = ("IN", "NOT_IN")
PRESENCE = ("HAS_PROPERTY", "NOT_HAS_PROPERTY")
ORDER = ("LT", "LTE", "GT", "GTE", "BETWEEN")
OPERATORS = ("EQ", "NEQ", *ORDER, *LISTS, *PRESENCE, "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN")
COMPARED = ("number", "date", "datetime")
FIELDS = {"propertyName", "operator", "value", "highValue", "values"}


@dataclass(frozen=True)
class Filter:
    """One condition on one property, ready to be asked."""

    name: str
    operator: str
    low: Any
    high: Any
    values: frozenset[Any]
    kind: str

    def holds(self, properties: dict[str, str]) -> bool:
        """Whether a record's values meet the condition; what is empty meets only absences."""
        text = properties.get(self.name) or ""
        if self.operator in PRESENCE:
            return bool(text) == (self.operator == "HAS_PROPERTY")
        if not text:
            return self.operator in ("NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN")
        return CHECKS[self.operator](self, comparable(text, self.kind))


def comparable(text: str, kind: str) -> Any:
    """Return a value in the form in which values of its type are compared."""
    if kind in ("date", "datetime"):
        return moment_ms(text)
    return float(text) if kind == "number" else text.casefold()


def _contains(self: Filter, value: Any) -> bool:
    """Whether the tokens of a text hold the wanted ones; a star stands for the rest of a token."""
    wanted = str(self.low)
    tokens = [*str(value).replace("@", " ").replace(".", " ").replace(";", " ").split(), str(value)]
    if "*" in wanted:
        part = wanted.strip("*")
        return any(_meets(token, wanted, part) for token in tokens)
    return all(any(token == word for token in tokens) for word in wanted.split())


def _meets(token: str, wanted: str, part: str) -> bool:
    if wanted.startswith("*") and wanted.endswith("*"):
        return part in token
    return token.endswith(part) if wanted.startswith("*") else token.startswith(part)


Check = Callable[[Filter, Any], bool]

CHECKS: dict[str, Check] = {
    "EQ": lambda f, value: value == f.low,
    "NEQ": lambda f, value: value != f.low,
    "LT": lambda f, value: value < f.low,
    "LTE": lambda f, value: value <= f.low,
    "GT": lambda f, value: value > f.low,
    "GTE": lambda f, value: value >= f.low,
    "BETWEEN": lambda f, value: f.low <= value <= f.high,
    "IN": lambda f, value: value in f.values,
    "NOT_IN": lambda f, value: value not in f.values,
    "CONTAINS_TOKEN": _contains,
    "NOT_CONTAINS_TOKEN": lambda f, value: not _contains(f, value),
}


def parsed(entry: dict[str, Any], definitions: dict[str, dict[str, Any]]) -> Filter:
    """Return a filter out of a body; what does not fit is refused."""
    name, operator = entry.get("propertyName"), entry.get("operator")
    if unknown := set(entry) - FIELDS:
        raise errors.invalid(errors.UNKNOWN_FIELD.format(name=min(unknown)))
    if name not in definitions or definitions[name]["archived"]:
        raise errors.invalid(f"There was a problem with the request: property {name} does not exist.")
    if operator not in OPERATORS:
        raise errors.invalid(f"Invalid operator: {operator}")
    kind = definitions[name]["type"]
    given = [entry.get("value"), entry.get("highValue"), *(entry.get("values") or [])]
    if any(value is not None and not isinstance(value, str) for value in given):
        raise errors.invalid(f"Values of the filter on {name} must be strings.")
    if operator in LISTS and not entry.get("values"):
        raise errors.invalid(f"The operator {operator} needs values.")
    if operator not in (*LISTS, *PRESENCE) and entry.get("value") is None:
        raise errors.invalid(f"The operator {operator} needs a value.")
    if operator == "BETWEEN" and entry.get("highValue") is None:
        raise errors.invalid("The operator BETWEEN needs a highValue.")
    if operator in LISTS and kind == "string" and any(value != value.lower() for value in entry["values"]):
        raise errors.invalid(f"Values of {operator} on {name} must be lower-case.")
    try:
        low, high = (comparable(value, kind) if value is not None else None for value in given[:2])
        values = frozenset(comparable(value, kind) for value in entry.get("values") or [])
    except (ValueError, BadValue) as error:
        raise errors.invalid(f"Invalid value of the filter on {name}: {error}") from error
    return Filter(str(name), str(operator), low, high, values, kind)
