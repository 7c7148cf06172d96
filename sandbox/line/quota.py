"""The monthly quota, what was used of it, unit names, and the daily counts."""

import re
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox.clock import JAPAN
from sandbox.line.envelope import Call, LineError, bad_parameter, line_route
from sandbox.line.paging import opened, sealed
from sandbox.line.validation.problems import invalid_property
from sandbox.numbers import whole_number

MONTHLY_LIMIT = "You have reached your monthly limit."
FIRST_DAY = "20180331"
UNITS_A_MONTH = 1000
UNIT_PAGE = 100
UNIT_NAME = re.compile(r"[a-zA-Z0-9_]{1,30}\Z")


def add_routes(app: web.Application) -> None:
    """Serve quota, consumption, units and delivery counts."""
    line_route(app, "GET", "/v2/bot/message/quota", quota)
    line_route(app, "GET", "/v2/bot/message/quota/consumption", consumption)
    line_route(app, "GET", "/v2/bot/message/aggregation/info", unit_usage)
    line_route(app, "GET", "/v2/bot/message/aggregation/list", unit_names)
    for kind in ("reply", "push", "multicast", "broadcast"):
        line_route(app, "GET", f"/v2/bot/message/delivery/{kind}", deliveries)


def spend(call: Call, persons: int) -> None:
    """Take persons reached off this month's quota; refused as a whole when it does not suffice."""
    month, quota_ = call.world.clock.japan_month(), call.channel.quota
    used = call.channel.usage.get(month, 0)
    if quota_.type == "limited" and persons and used + persons > quota_.value:
        raise LineError(429, MONTHLY_LIMIT)
    call.channel.usage[month] = used + persons


def count_sent(call: Call, kind: str, persons: int) -> None:
    """Add to today's number of sent messages."""
    day = f"{call.world.clock.japan_date()}:{kind}"
    call.channel.sent_by_day[day] = call.channel.sent_by_day.get(day, 0) + persons


def check_units(body: dict[str, Any]) -> list[str] | None:
    """Check the unit names of a request: at most one, letters, digits and underscores."""
    units = body.get("customAggregationUnits")
    if units is None:
        return None
    if not isinstance(units, list) or not all(isinstance(unit, str) for unit in units):
        raise invalid_property("customAggregationUnits")
    if len(units) > 1:
        detail = {"message": "Size must be between 0 and 1", "property": "customAggregationUnits"}
        raise LineError(400, "The request body has 1 error(s)", details=[detail])
    for unit in units:
        if not UNIT_NAME.match(unit):
            raise invalid_property("customAggregationUnits[0]")
    return units or None


def note_units(call: Call, units: list[str] | None) -> None:
    """Record the names; the thousand-and-first of a month is silently not recorded."""
    known = call.channel.units.setdefault(call.world.clock.japan_month(), [])
    known += [unit for unit in units or [] if unit not in known and len(known) < UNITS_A_MONTH]


async def quota(call: Call) -> web.Response:
    settings = call.channel.quota
    limited = {"type": "limited", "value": settings.value}
    return call.answer(limited if settings.type == "limited" else {"type": "none"})


async def consumption(call: Call) -> web.Response:
    return call.answer({"totalUsage": call.channel.usage.get(call.world.clock.japan_month(), 0)})


async def unit_usage(call: Call) -> web.Response:
    names = call.channel.units.get(call.world.clock.japan_month(), [])
    return call.answer({"numOfCustomAggregationUnits": len(names)})


async def unit_names(call: Call) -> web.Response:
    query = call.request.query
    limit = whole_number(query.get("limit", str(UNIT_PAGE)))
    if limit is None or not 1 <= limit <= UNIT_PAGE:
        raise bad_parameter("limit")
    at = opened(call, "units", query["start"])["at"] if "start" in query else 0
    names = call.channel.units.get(call.world.clock.japan_month(), [])
    body: dict[str, Any] = {"customAggregationUnits": names[at : at + limit]}
    if at + limit < len(names):
        body["next"] = sealed(call, "units", {"at": at + limit})
    return call.answer(body)


async def deliveries(call: Call) -> web.Response:
    date, kind = call.request.query.get("date", ""), call.request.path.rsplit("/", 1)[-1]
    if not _is_date(date):
        raise bad_parameter("date")
    if date < FIRST_DAY:
        return call.answer({"status": "out_of_service"})
    if date >= call.world.clock.japan_date():
        return call.answer({"status": "unready"})
    return call.answer({"status": "ready", "success": call.channel.sent_by_day.get(f"{date}:{kind}", 0)})


def _is_date(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d").replace(tzinfo=JAPAN)
    except ValueError:
        return False
    return len(text) == 8
