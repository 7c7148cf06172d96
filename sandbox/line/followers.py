"""Who the friends are: followers/ids page by page, and one profile at a time. This is the hot path."""

import asyncio
import hashlib
import time
from typing import Any

from aiohttp import web

from sandbox.line.channels import Channel
from sandbox.line.envelope import Call, LineError, bad_parameter, line_route
from sandbox.line.paging import opened, sealed
from sandbox.line.people import DRAWN, USER_ID, Person
from sandbox.numbers import whole_number
from sandbox.world import World

DEFAULT_PAGE = 300
LARGEST_PAGE = 1000
NOT_FOR_YOU = "Access to this API is not available for your account"


def add_routes(app: web.Application) -> None:
    """Serve followers and profiles."""
    line_route(app, "GET", "/v2/bot/profile/{userId}", profile)
    line_route(app, "GET", "/v2/bot/followers/ids", followers)


async def profile(call: Call) -> web.Response:
    user_id = call.parameter("userId")
    if not USER_ID.match(user_id):
        raise bad_parameter("userId")
    await _turn(call.channel)
    person = call.channel.person(user_id) or call.world.find_person(call.channel, user_id)
    if person is None or not person.has_profile():
        raise LineError(404, "Not found")
    return call.answer(profile_body(person, call.origin()))


async def _turn(channel: Channel) -> None:
    """Wait for this profile's turn, so that one alone is answered at once and many take their time."""
    rate = channel.latency.profiles_per_second
    if rate > 0:
        turn = max(channel.next_profile, time.monotonic())
        channel.next_profile = turn + 1 / rate
        await asyncio.sleep(turn - time.monotonic())


def profile_body(person: Person, origin: str) -> dict[str, str]:
    """Return the profile as LINE gives it; what a person has not set is left out."""
    body = {"userId": person.user_id, "displayName": person.display_name}
    if person.picture_url:
        body["pictureUrl"] = picture_url(person, origin)
    if person.status_message:
        body["statusMessage"] = person.status_message
    if person.language:
        body["language"] = person.language
    return body


def picture_url(person: Person, origin: str) -> str:
    """Return where the picture is; drawn ones are served by the sandbox itself."""
    if person.picture_url == DRAWN:
        return f"{origin}/_sandbox/avatars/{person.user_id}.svg"
    return person.picture_url or ""


async def followers(call: Call) -> web.Response:
    channel, world = call.channel, call.world
    if not channel.lists_followers:
        raise LineError(403, NOT_FOR_YOU)
    limit = _limit(call.request.query.get("limit"))
    start = call.request.query.get("start")
    spot = {"zone": 0, "at": 0} if start is None else opened(call, "followers", start)
    ids, following = FollowerPage(world, channel, limit).read(spot)
    body: dict[str, Any] = {"userIds": ids}
    if following is not None:
        body["next"] = sealed(call, "followers", following)
    return call.answer(body)


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_PAGE
    limit = whole_number(text)
    if limit is None or not 1 <= limit <= LARGEST_PAGE:
        raise bad_parameter("limit")
    return limit


class FollowerPage:
    """Reads one page: first the synthesised crowd (zone 0), then the people made by hand (zone 1).

    A spot is a place in the crowd, not a count, so people who come and go between two pages shift nothing.
    """

    def __init__(self, world: World, channel: Channel, limit: int) -> None:
        self.world = world
        self.channel = channel
        self.limit = limit

    def read(self, spot: dict[str, Any]) -> tuple[list[str], dict[str, Any] | None]:
        """Return the ids of a page and the spot of the next one, None at the end."""
        paging = self.channel.paging
        if not spot.get("rested") and self._chance("empty", spot) < paging.empty:
            return [], spot | {"rested": True}
        limit = self.limit
        if self._chance("short", spot) < paging.short:
            limit = max(1, int(limit * self._chance("length", spot)))
        repeated: list[str] = []
        if limit > 1 and spot.get("last") and self._chance("repeat", spot) < paging.repeat:
            repeated = [spot["last"]]
        ids, zone, at = self._collect(spot["zone"], spot["at"], limit - len(repeated))
        ids = repeated + ids
        if zone == 1 and at >= len(self.channel.created):
            return ids, None
        return ids, {"zone": zone, "at": at, "last": ids[-1] if ids else spot.get("last")}

    def _collect(self, zone: int, at: int, limit: int) -> tuple[list[str], int, int]:
        ids: list[str] = []
        if zone == 0:
            at = self._collect_crowd(at, limit, ids)
            if at >= self.channel.population.followers:
                zone, at = 1, 0
        created = self.channel.created
        while zone == 1 and at < len(created) and len(ids) < limit:
            if self.channel.people[created[at]].is_listed:
                ids.append(created[at])
            at += 1
        return ids, zone, at

    def _collect_crowd(self, at: int, limit: int, ids: list[str]) -> int:
        crowd, changed = self.channel.crowd, self.channel.people
        total = self.channel.population.followers
        while at < total and len(ids) < limit:
            user_id = crowd.user_id(at)
            known = changed.get(user_id) if changed else None
            if known.is_listed if known else crowd.fate(at) in ("friend", "gone"):
                ids.append(user_id)
            at += 1
        return at

    def _chance(self, what: str, spot: dict[str, Any]) -> float:
        """Return a number from 0 to 1 that is always the same for the same place and seed."""
        text = f"{self.world.seed}:{what}:{spot['zone']}:{spot['at']}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / 2**48
