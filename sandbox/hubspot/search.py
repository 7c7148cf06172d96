"""Searches over the index: five groups of six filters, one sort, two hundred a page, ten thousand in all."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.drawing import drawn
from sandbox.hubspot.envelope import Call, answer
from sandbox.hubspot.filters import Filter, parsed
from sandbox.hubspot.objects import object_routes
from sandbox.hubspot.scanning import Question, found
from sandbox.hubspot.state import Record

FIELDS = ("filterGroups", "sorts", "properties", "query", "limit", "after")
MOST, MOST_IN_ALL = 200, 10_000
LONGEST_QUERY = 3000


def add_routes(app: web.Application) -> None:
    """Serve searches, which count by themselves."""
    object_routes(app, "POST", "/search", search, "read", limit="search")


async def search(call: Call) -> web.Response:
    body = call.json(FIELDS)
    limit, after = _whole(body, "limit", 10), _whole(body, "after", 0)
    if not 1 <= limit <= MOST:
        raise errors.invalid(errors.BAD_LIMIT.format(most=MOST))
    if after + limit > MOST_IN_ALL:
        raise errors.invalid(f"The offset and limit may not exceed {MOST_IN_ALL} results.")
    question = Question(_groups(call, body), _sort(body), _query(body))
    total, page = await found(call.hubspot, call.portal, call.object_type(), question, after, limit)
    wanted = [str(name) for name in body.get("properties") or []]
    answered: dict[str, Any] = {
        "total": total,
        "results": [_drawn(call, number, values, wanted) for number, values in page],
    }
    if after + limit < total:
        answered["paging"] = {"next": {"after": str(after + limit)}}
    return answer(answered)


def _whole(body: dict[str, Any], name: str, default: int) -> int:
    """Return a number that may stand as text."""
    value = body.get(name, default)
    text = str(value) if not isinstance(value, bool) else ""
    if text in ("", "None") and name == "after":
        return 0
    if not text.isdecimal() or len(text) > 9:
        raise errors.invalid(f"Invalid {name}: {value!r}")
    return int(text)


def _groups(call: Call, body: dict[str, Any]) -> list[list[Filter]]:
    groups = body.get("filterGroups") or []
    filters = [group.get("filters") or [] for group in groups]
    if len(groups) > 5 or any(len(group) > 6 for group in filters) or sum(map(len, filters)) > 18:
        raise errors.invalid("There can be 5 filter groups with 6 filters each, and 18 filters in all.")
    definitions = call.portal.properties[call.object_type()]
    return [[parsed(entry, definitions) for entry in group] for group in filters]


def _sort(body: dict[str, Any]) -> tuple[str, bool]:
    """Return the property to sort by and whether it descends; without one, records stand by their ids."""
    sorts = body.get("sorts") or []
    if len(sorts) > 1:
        raise errors.invalid("There can be one sort rule.")
    if not sorts:
        return "hs_object_id", False
    if isinstance(sorts[0], str):
        return sorts[0].removeprefix("-"), sorts[0].startswith("-")
    return str(sorts[0].get("propertyName", "hs_object_id")), sorts[0].get("direction") == "DESCENDING"


def _query(body: dict[str, Any]) -> str:
    query = str(body.get("query") or "")
    if len(query) > LONGEST_QUERY:
        raise errors.invalid(f"The query may not exceed {LONGEST_QUERY} characters.")
    return query.casefold().strip()


def _drawn(call: Call, number: int, values: dict[str, str], wanted: list[str]) -> dict[str, Any]:
    """Return a record as the index knows it, which may be older than the record is."""
    record = call.hubspot.book(call.portal, call.object_type()).get(number)
    made = record.created_at if record else 0
    moved = values.get("lastmodifieddate") or values.get("hs_lastmodifieddate")
    body = drawn(call.portal, call.object_type(), Record(number, made, made, values), wanted, origin=call.origin())
    return body | ({"updatedAt": moved} if moved else {})
