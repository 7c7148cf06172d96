"""Filters of active lists: branches of OR over AND over properties, read into the filters that searches use."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot import errors
from sandbox.hubspot.filters import Filter, parsed

# Operators of lists as searches call them; whether they take one value or several.
OPERATORS = {
    "IS_EQUAL_TO": "EQ",
    "IS_EXACTLY": "EQ",
    "IS_NOT_EQUAL_TO": "NEQ",
    "IS_NOT_EXACTLY": "NEQ",
    "IS_GREATER_THAN": "GT",
    "IS_GREATER_THAN_OR_EQUAL_TO": "GTE",
    "IS_LESS_THAN": "LT",
    "IS_LESS_THAN_OR_EQUAL_TO": "LTE",
    "CONTAINS": "CONTAINS_TOKEN",
    "DOES_NOT_CONTAIN": "NOT_CONTAINS_TOKEN",
    "IS_ANY_OF": "IN",
    "IS_NONE_OF": "NOT_IN",
    "IS_KNOWN": "HAS_PROPERTY",
    "IS_UNKNOWN": "NOT_HAS_PROPERTY",
    "IS_BLANK": "NOT_HAS_PROPERTY",
    "IS_NOT_BLANK": "HAS_PROPERTY",
}


def parsed_branch(branch: dict[str, Any], definitions: dict[str, dict[str, Any]]) -> list[list[Filter]]:
    """Return alternatives of conditions; kinds of branches and filters that we do not know are refused."""
    kind = branch.get("filterBranchType")
    own = [_filter(entry, definitions) for entry in branch.get("filters") or []]
    below = [parsed_branch(entry, definitions) for entry in branch.get("filterBranches") or []]
    if kind == "OR":
        return [*([entry] for entry in own), *(group for groups in below for group in groups)]
    if kind == "AND" and all(len(groups) == 1 for groups in below):
        return [[*own, *(entry for groups in below for entry in groups[0])]]
    raise errors.invalid(f"The sandbox knows filter branches OR over AND, not {kind}.")


def _filter(entry: dict[str, Any], definitions: dict[str, dict[str, Any]]) -> Filter:
    operation = entry.get("operation") or {}
    operator = OPERATORS.get(str(operation.get("operator")))
    if entry.get("filterType") != "PROPERTY" or operator is None:
        raise errors.invalid("The sandbox knows filters of properties with common operators alone.")
    values = [_text(value) for value in operation.get("values") or []]
    if "value" in operation or "timestamp" in operation:
        values = [_text(operation.get("value", operation.get("timestamp"))), *values]
    wish: dict[str, Any] = {"propertyName": entry.get("property"), "operator": operator}
    if operator in ("IN", "NOT_IN"):
        wish["values"] = [value.lower() for value in values]
    elif operator not in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        wish["value"] = values[0] if values else None
        if operator.endswith("CONTAINS_TOKEN"):
            wish["value"] = f"*{wish['value']}*"
    return parsed(wish, definitions)


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def is_one_of(name: str, values: list[str]) -> dict[str, Any]:
    """Return the filters of a list whose members have one of these values."""
    operation = {
        "operationType": "ENUMERATION",
        "operator": "IS_ANY_OF",
        "values": values,
        "includeObjectsWithNoValueSet": False,
    }
    condition = {"filterType": "PROPERTY", "property": name, "operation": operation}
    both = {"filterBranchType": "AND", "filterBranchOperator": "AND", "filters": [condition], "filterBranches": []}
    return {"filterBranchType": "OR", "filterBranchOperator": "OR", "filters": [], "filterBranches": [both]}
