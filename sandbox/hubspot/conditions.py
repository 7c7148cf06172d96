"""Conditions of journal subscriptions on the values of a record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Condition = dict[str, Any]


def _ordered(text: str) -> tuple[int, float, str]:
    """Return a key by which numbers stand in their order, and texts in theirs."""
    try:
        return 0, float(text), ""
    except ValueError:
        return 1, 0.0, text


CHECKS: dict[str, Callable[[str, str, list[str]], bool]] = {
    "EQ": lambda text, value, _values: text == value,
    "N_EQ": lambda text, value, _values: text != value,
    "IN": lambda text, _value, values: text in values,
    "NOT_IN": lambda text, _value, values: text not in values,
    "IS_EMPTY": lambda text, _value, _values: not text,
    "IS_NOT_EMPTY": lambda text, _value, _values: bool(text),
    "CONTAINS": lambda text, value, _values: value in text,
    "STARTS_WITH": lambda text, value, _values: text.startswith(value),
    "ENDS_WITH": lambda text, value, _values: text.endswith(value),
    "GT": lambda text, value, _values: _ordered(text) > _ordered(value),
    "GTE": lambda text, value, _values: _ordered(text) >= _ordered(value),
    "LT": lambda text, value, _values: _ordered(text) < _ordered(value),
    "LTE": lambda text, value, _values: _ordered(text) <= _ordered(value),
}


def all_hold(conditions: list[Condition], properties: dict[str, str]) -> bool:
    """Whether the values meet every condition; one of an unknown operator holds for none."""
    return all(_holds(condition, properties) for condition in conditions)


def _holds(condition: Condition, properties: dict[str, str]) -> bool:
    check = CHECKS.get(str(condition.get("operator")))
    text = properties.get(str(condition.get("property")), "")
    return check is not None and check(text, str(condition.get("value", "")), list(condition.get("values") or []))
