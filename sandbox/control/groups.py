"""Groups and rooms: make one, look at it, let things happen in it, read it."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.control.friends import read_manner, report
from sandbox.control.plumbing import API, Control, ControlError, control_route
from sandbox.line import chats
from sandbox.line.channels import Group
from sandbox.line.group_acts import GroupActs

PATH = f"{API}/channels/{{channel_id}}/groups"
PREFIXES = {"group": "C", "room": "R"}


def add_routes(app: web.Application) -> None:
    """Serve groups, their acts and their chats."""
    control_route(app, "GET", PATH, listed)
    control_route(app, "POST", PATH, create, 201)
    control_route(app, "GET", f"{PATH}/{{group_id}}", show)
    control_route(app, "POST", f"{PATH}/{{group_id}}/acts", act)
    control_route(app, "GET", f"{PATH}/{{group_id}}/chat", chat)


def _group(control: Control) -> Group:
    group = control.channel().groups.get(control.request.match_info["group_id"])
    if group is None:
        raise ControlError(404, "There is no such group.")
    return group


def describe(group: Group) -> dict[str, Any]:
    return asdict(group) | {"kind": group.kind}


async def listed(control: Control) -> dict[str, Any]:
    return {"groups": [describe(group) for group in control.channel().groups.values()]}


async def create(control: Control) -> dict[str, Any]:
    """Make a group of people (`name`, `members`) that the account is not in yet: let it `join`.

    With `kind` "room" it is a multi-person chat, which has no name.
    """
    kind = control.body.get("kind", "group")
    if kind not in PREFIXES:
        raise ControlError(400, f"kind: must be one of {', '.join(PREFIXES)}")
    world, channel = control.world, control.channel()
    members = [str(user_id) for user_id in control.body.get("members") or []]
    strangers = [user_id for user_id in members if world.find_person(channel, user_id) is None]
    if strangers:
        raise ControlError(400, f"members: there is no person {strangers[0]}")
    group_id = f"{PREFIXES[kind]}{world.random.getrandbits(128):032x}"
    name = "" if kind == "room" else str(control.body.get("name", "グループ"))
    channel.groups[group_id] = group = Group(group_id, name, members, bot_is_member=False)
    world.touch()
    return describe(group)


async def show(control: Control) -> dict[str, Any]:
    return describe(_group(control))


async def act(control: Control) -> dict[str, Any]:
    """Let something happen: `act` and its fields; `manner` and `wait` as for friends."""
    channel, group = control.channel(), _group(control)
    acts = GroupActs(control.world, control.sender, channel, group, read_manner(control.body))
    outcome = acts.perform(str(control.body.get("act", "")), control.body)
    return await report(control, channel, outcome) | {"group": describe(group)}


async def chat(control: Control) -> dict[str, Any]:
    """Return the group's chat since entry `after`."""
    after = control.number("after", 0)
    entries = chats.transcript(control.world, control.channel(), _group(control).group_id, after)
    return {"entries": entries, "sequence": entries[-1]["sequence"] if entries else after}
