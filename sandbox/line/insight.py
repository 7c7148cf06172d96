"""LINE's statistics of what was sent under a name: figures of fewer than 20 people are not told.

On the sandbox's phone every message that arrives counts as seen, and every video that is played as played to its end.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.clock import JAPAN
from sandbox.line.channels import Tap
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
    counted = [mail for mail in mails if first.timestamp() <= mail.at < end]
    known = {mail.sequence for mail in counted}
    return call.answer(_figures(counted, [tap for tap in call.channel.taps if tap.mail in known]))


def _figures(mails: list[Mail], taps: list[Tap]) -> dict[str, Any]:
    people = [{packed for packed, got in mail.chats() if got} for mail in mails]
    clicks, plays = _by_kind(taps)
    longest = max((len(mail.messages) for mail in mails), default=0)
    bubbles = []
    for at in range(longest):
        with_bubble = [one for mail, one in zip(mails, people, strict=True) if len(mail.messages) > at]
        bubbles.append(_bubble(at + 1, with_bubble, [tap.user_id for tap in plays if tap.seq == at + 1]))
    watched = _unique(tap.user_id for tap in plays)
    overview = {
        "uniqueImpression": _told(len(set().union(*people))),
        "uniqueClick": _unique(tap.user_id for tap in clicks),
        "uniqueMediaPlayed": watched,
        "uniqueMediaPlayed100Percent": watched,
    }
    return {"overview": overview, "messages": bubbles, "clicks": _clicks(clicks)}


def _by_kind(taps: list[Tap]) -> tuple[list[Tap], list[Tap]]:
    """Return opened links, and watched videos."""
    return [tap for tap in taps if tap.url is not None], [tap for tap in taps if tap.url is None]


def _bubble(number: int, people: list[set[bytes]], viewers: list[str]) -> dict[str, Any]:
    unique = _told(len(set().union(*people)))
    watched = _unique(viewers)
    played = dict.fromkeys(PLAYED, None if watched is None else len(viewers))
    unique_played = dict.fromkeys((f"uniqueM{name[1:]}" for name in PLAYED), watched)
    shown = sum(map(len, people)) if unique is not None else None
    return {"seq": number, "impression": shown, "uniqueImpression": unique, **played, **unique_played}


def _clicks(taps: list[Tap]) -> list[dict[str, Any]]:
    """Return an entry for each link of each message that was opened."""
    people: dict[tuple[int, str], list[str]] = {}
    for tap in taps:
        people.setdefault((tap.seq, tap.url or ""), []).append(tap.user_id)
    entries = []
    for (seq, url), clickers in sorted(people.items()):
        unique = _unique(clickers)
        count = None if unique is None else len(clickers)
        entry = {"seq": seq, "url": url, "click": count, "uniqueClick": unique, "uniqueClickOfRequest": unique}
        entries.append(entry)
    return entries


def _unique(people: Iterable[str]) -> int | None:
    return _told(len(set(people)))


def _told(people: int) -> int | None:
    return people if people >= FEWEST_TOLD else None


def _day(text: str, name: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=JAPAN)
    except ValueError as error:
        raise bad_parameter(name) from error
