"""LINE's statistics of what was sent under a name: figures of fewer than 20 people are not told.

On the sandbox's phone every message that arrives counts as seen. Taps and played media are not counted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.clock import JAPAN
from sandbox.line.envelope import Call, bad_parameter, line_route
from sandbox.line.mail import Mail
from sandbox.line.quota import UNIT_NAME

FEWEST_TOLD = 20
LONGEST_SPAN = timedelta(days=30)
PLAYED = tuple(f"mediaPlayed{part}" for part in ("", "25Percent", "50Percent", "75Percent", "100Percent"))


def add_routes(app: web.Application) -> None:
    """Serve the statistics of a name."""
    line_route(app, "GET", "/v2/bot/insight/message/event/aggregation", of_unit)


async def of_unit(call: Call) -> web.Response:
    query = call.request.query
    unit = query.get("customAggregationUnit", "")
    if not UNIT_NAME.match(unit):
        raise bad_parameter("customAggregationUnit")
    first, last = (_day(query.get(name, ""), name) for name in ("from", "to"))
    if not first <= last <= first + LONGEST_SPAN:
        raise bad_parameter("to")
    end = (last + timedelta(days=1)).timestamp()
    mails = [mail for mail in call.world.mail.of_channel(call.channel.channel_id) if unit in (mail.units or ())]
    return call.answer(_figures([mail for mail in mails if first.timestamp() <= mail.at < end]))


def _figures(mails: list[Mail]) -> dict[str, Any]:
    people = [{packed for packed, got in mail.chats() if got} for mail in mails]
    nothing = {"uniqueClick": None, "uniqueMediaPlayed": None, "uniqueMediaPlayed100Percent": None}
    longest = max((len(mail.messages) for mail in mails), default=0)
    bubbles = []
    for at in range(longest):
        with_bubble = [one for mail, one in zip(mails, people, strict=True) if len(mail.messages) > at]
        bubbles.append(_bubble(at + 1, with_bubble))
    overview = {"uniqueImpression": _told(len(set().union(*people))), **nothing}
    return {"overview": overview, "messages": bubbles, "clicks": []}


def _bubble(number: int, people: list[set[bytes]]) -> dict[str, Any]:
    unique = _told(len(set().union(*people)))
    played = dict.fromkeys((*PLAYED, *(f"uniqueM{name[1:]}" for name in PLAYED)))
    shown = sum(map(len, people)) if unique is not None else None
    return {"seq": number, "impression": shown, "uniqueImpression": unique, **played}


def _told(people: int) -> int | None:
    return people if people >= FEWEST_TOLD else None


def _day(text: str, name: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=JAPAN)
    except ValueError as error:
        raise bad_parameter(name) from error
