"""Groups and rooms (multi-person chats): what a bot that is a member may learn, and leaving."""

import re

from aiohttp import web

from sandbox.line.acts import Manner
from sandbox.line.channels import Group
from sandbox.line.envelope import Call, LineError, bad_parameter, line_route
from sandbox.line.followers import NOT_FOR_YOU, picture_url
from sandbox.line.group_acts import GroupActs
from sandbox.line.paging import opened, sealed
from sandbox.line.people import USER_ID, Person
from sandbox.line.webhooks import SENDER

GROUP_ID = re.compile(r"C[0-9a-f]{32}\Z")
ROOM_ID = re.compile(r"R[0-9a-f]{32}\Z")
MEMBER_PAGE = 100


def add_routes(app: web.Application) -> None:
    """Serve groups and rooms; rooms have no summary."""
    line_route(app, "GET", "/v2/bot/group/{groupId}/summary", summary)
    for path in ("/v2/bot/group/{groupId}", "/v2/bot/room/{roomId}"):
        line_route(app, "GET", f"{path}/members/count", count)
        line_route(app, "GET", f"{path}/members/ids", member_ids)
        line_route(app, "GET", f"{path}/member/{{userId}}", member)
        line_route(app, "POST", f"{path}/leave", leave)


def _group(call: Call) -> Group:
    """Return the group or room named in the path; to a bot outside of it, it does not exist."""
    group = _found(call)
    if group is None or not group.bot_is_member:
        raise LineError(404, "Not found")
    return group


def _found(call: Call) -> Group | None:
    name, form = ("roomId", ROOM_ID) if "roomId" in call.request.match_info else ("groupId", GROUP_ID)
    if not form.match(call.parameter(name)):
        raise bad_parameter(name)
    return call.channel.groups.get(call.parameter(name))


async def summary(call: Call) -> web.Response:
    group = _group(call)
    picture = f"{call.origin()}/_sandbox/avatars/{group.group_id}.svg"
    return call.answer({"groupId": group.group_id, "groupName": group.name, "pictureUrl": picture})


async def count(call: Call) -> web.Response:
    return call.answer({"count": len(_group(call).members)})


async def member_ids(call: Call) -> web.Response:
    if not call.channel.lists_followers:
        raise LineError(403, NOT_FOR_YOU)
    members, start = _group(call).members, call.request.query.get("start")
    at = 0 if start is None else opened(call, "members", start)["at"]
    body: dict[str, object] = {"memberIds": members[at : at + MEMBER_PAGE]}
    if at + MEMBER_PAGE < len(members):
        body["next"] = sealed(call, "members", {"at": at + MEMBER_PAGE})
    return call.answer(body)


async def member(call: Call) -> web.Response:
    """Return a member's profile: neither friendship nor a block matters here."""
    user_id = call.parameter("userId")
    if not USER_ID.match(user_id):
        raise bad_parameter("userId")
    person = call.world.find_person(call.channel, user_id)
    if user_id not in _group(call).members or person is None or person.state == "deleted":
        raise LineError(404, "Not found")
    return call.answer(member_body(person, call.origin()))


def member_body(person: Person, origin: str) -> dict[str, str]:
    body = {"userId": person.user_id, "displayName": person.display_name}
    if person.picture_url:
        body["pictureUrl"] = picture_url(person, origin)
    return body


async def leave(call: Call) -> web.Response:
    """Leave; the bot is told as when it is removed. Leaving a room that exists without it is no error at LINE."""
    group = _found(call)
    if group is None or not (group.bot_is_member or group.kind == "room"):
        raise LineError(404, "Not found")
    if group.bot_is_member:
        GroupActs(call.world, call.request.app[SENDER], call.channel, group, Manner()).leave({})
    return call.answer()
