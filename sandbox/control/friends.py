"""People: look them up, make new ones, change them, act for them, and read their chat."""

from typing import Any

from aiohttp import web

from sandbox.control.plumbing import API, Control, ControlError, control_route
from sandbox.control.scan import scan
from sandbox.line import chats
from sandbox.line.acts import FriendActs, Manner, Outcome
from sandbox.line.channels import Channel
from sandbox.line.followers import picture_url
from sandbox.line.id_tokens import issue_id_token
from sandbox.line.people import Person
from sandbox.line.webhooks import Shipment
from sandbox.records import change

LONGEST_WAIT = 30.0
SETTABLE = {
    "display_name",
    "picture_url",
    "status_message",
    "language",
    "state",
    "consent",
    "gone",
    "returned",
    "last_wrote_at",
}
PATH = f"{API}/channels/{{channel_id}}/friends"


def add_routes(app: web.Application) -> None:
    """Serve people, their acts and their chats."""
    control_route(app, "GET", PATH, listed)
    control_route(app, "POST", PATH, create, 201)
    control_route(app, "GET", f"{PATH}/{{user_id}}", show)
    control_route(app, "PATCH", f"{PATH}/{{user_id}}", update)
    control_route(app, "POST", f"{PATH}/{{user_id}}/acts", act)
    control_route(app, "GET", f"{PATH}/{{user_id}}/chat", chat)
    control_route(app, "POST", f"{PATH}/{{user_id}}/id-token", id_token, 201)


def describe(control: Control, channel: Channel, person: Person) -> dict[str, Any]:
    """Return a person as this channel sees them."""
    return {
        "user_id": person.user_id,
        "display_name": person.display_name,
        "picture_url": picture_url(person, control.origin()) or None,
        "status_message": person.status_message,
        "language": person.language,
        "state": person.described_state(control.world.clock.now()),
        "consent": person.consent,
        "gone": person.gone,
        "last_wrote_at": person.last_wrote_at,
        "created": person.user_id in channel.created,
        "has_chat": bool(channel.chats.get(person.user_id)),
    }


async def listed(control: Control) -> dict[str, Any]:
    """Return a page of people (`cursor`, `limit`), made ones first; `q` searches names and ids, `state` filters."""
    channel = control.channel()
    query = control.request.query
    found = await scan(
        channel,
        start=control.number("cursor", 0),
        limit=min(control.number("limit", 50), 500),
        text=query.get("q", ""),
        state=query.get("state", ""),
        now=control.world.clock.now(),
    )
    return {
        "friends": [describe(control, channel, person) for person in found.people],
        "next": found.following,
        "total": len(channel.created) + channel.population.followers,
    }


async def show(control: Control) -> dict[str, Any]:
    return describe(control, control.channel(), control.person())


async def create(control: Control) -> dict[str, Any]:
    """Make a person who does not know the account yet; other fields may be given along."""
    channel, world = control.channel(), control.world
    body = dict(control.body)
    user_id = str(body.pop("user_id", "") or f"U{world.random.getrandbits(128):032x}")
    if world.find_person(channel, user_id) is not None:
        raise ControlError(409, "user_id: taken")
    if len(user_id) != 33 or user_id[0] != "U" or not set(user_id[1:]) <= set("0123456789abcdef"):
        raise ControlError(400, "user_id: must be U and 32 lower-case hexadecimal digits")
    person = Person(user_id, display_name=str(body.get("display_name", "新しい友だち")), state="never")
    change(person, body, allowed=SETTABLE)
    channel.remember(person)
    world.touch()
    return describe(control, channel, person)


async def update(control: Control) -> dict[str, Any]:
    """Change a person behind the bot's back: no webhook tells of it."""
    channel, person = control.channel(), control.person()
    change(person, control.body, allowed=SETTABLE)
    channel.remember(person)
    control.world.touch()
    return describe(control, channel, person)


async def act(control: Control) -> dict[str, Any]:
    """Let the person do something: `act` and its fields; `manner` bends the webhook, `wait` awaits it."""
    channel, person = control.channel(), control.person()
    acts = FriendActs(control.world, control.sender, channel, person, read_manner(control.body))
    outcome = acts.perform(str(control.body.get("act", "")), control.body)
    described = await report(control, channel, outcome)
    return described | {"friend": describe(control, channel, person)}


def read_manner(body: dict[str, Any]) -> Manner:
    manner = Manner()
    change(manner, dict(body.get("manner") or {}))
    return manner


async def report(control: Control, channel: Channel, outcome: Outcome) -> dict[str, Any]:
    """Return what came of an act, after waiting for the webhooks when the request says so."""
    await wait_for_webhooks(control, channel)
    return {
        "events": outcome.events,
        "webhooks": [described_shipment(shipment) for shipment in outcome.shipments],
        "phone": outcome.phone,
    }


async def wait_for_webhooks(control: Control, channel: Channel) -> bool:
    """Wait until the channel's webhooks are out, for as long as `wait` says; True when they are."""
    seconds = min(float(control.body.get("wait", 0)), LONGEST_WAIT)
    return await control.sender.idle(channel.channel_id, seconds)


def described_shipment(shipment: Shipment) -> dict[str, Any]:
    return shipment.describe()


async def chat(control: Control) -> dict[str, Any]:
    """Return the chat since entry `after`; with `wait` it waits so many seconds for something new."""
    channel, person, world = control.channel(), control.person(), control.world
    after = control.number("after", 0)
    deadline = world.clock.monotonic() + min(control.number("wait", 0), LONGEST_WAIT)
    entries = chats.transcript(world, channel, person.user_id, after)
    while not entries and (left := deadline - world.clock.monotonic()) > 0:
        await world.wait_for_change(left)
        entries = chats.transcript(world, channel, person.user_id, after)
    return {
        "entries": entries,
        "sequence": entries[-1]["sequence"] if entries else after,
        "loading_until": channel.loading_until.get(person.user_id),
        "friend": describe(control, channel, person),
    }


async def id_token(control: Control) -> dict[str, Any]:
    """Issue an ID token as the account's LIFF pages get it; claims in the body replace the usual ones."""
    return {"value": issue_id_token(control.world, control.channel(), control.person(), **control.body)}
