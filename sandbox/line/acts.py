"""What a person with a phone can do to an account: each act changes the state and sends a webhook."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sandbox.line import chats
from sandbox.line.channels import LINK_TOKEN_SECONDS, Channel, LinkToken
from sandbox.line.events import EventFactory, user_source
from sandbox.line.people import Person
from sandbox.line.taps import note_watched
from sandbox.line.validation.actions import MODES
from sandbox.line.webhooks import Shipment, WebhookSender
from sandbox.line.wording import SendOptions
from sandbox.world import World

Act = TypeVar("Act")


class NotPossibleError(Exception):
    """The person cannot do that now; the text says why."""


@dataclass
class Manner:
    """How an act is told: its time, whether in standby, and what is unusual about the webhook request."""

    timestamp: int | None = None
    standby: bool = False
    # Whether the bot is told at all.
    silent: bool = False
    webhook: SendOptions = field(default_factory=SendOptions)


@dataclass
class Outcome:
    """What came of an act."""

    events: list[dict[str, Any]] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    # For taps that send nothing: what the phone does instead, such as opening an address.
    phone: dict[str, Any] | None = None


def named(act: str, acts: Mapping[str, Act]) -> Act:
    """Return the act of this name; raises `ValueError` when there is none."""
    if act not in acts:
        raise ValueError(f"act: must be one of {', '.join(acts)}")
    return acts[act]


def _on_the_phone(action: dict[str, Any]) -> dict[str, Any]:
    """Return what a phone does for an action that sends nothing."""
    kind = action.get("type")
    if kind == "uri":
        return {"open": action["uri"]}
    if kind == "clipboard":
        return {"copy": action["clipboardText"]}
    if kind in ("camera", "cameraRoll", "location"):
        return {"pick": kind}
    raise ValueError(f"action.type: {kind!r} cannot be tapped in a chat")


def picked(action: dict[str, Any], params: dict[str, Any]) -> dict[str, str]:
    """Return what was chosen in a date picker; raises `ValueError` for what its wheel does not offer."""
    mode = str(action["mode"])
    moment, bounds = params.get(mode), [(action.get(name) or "").replace("t", "T") for name in ("min", "max")]
    if not isinstance(moment, str) or not MODES[mode].match(moment):
        raise ValueError(f"params.{mode}: must be a {mode} as LINE writes it")
    if (bounds[0] and moment < bounds[0]) or (bounds[1] and moment > bounds[1]):
        raise ValueError(f"params.{mode}: must lie within min and max")
    return {mode: moment}


class FriendActs:
    """The acts of one person towards one channel, in their 1:1 chat."""

    def __init__(self, world: World, sender: WebhookSender, channel: Channel, person: Person, manner: Manner) -> None:
        self.world = world
        self.sender = sender
        self.channel = channel
        self.person = person
        self.manner = manner
        self.factory = EventFactory(world, channel)

    def perform(self, act: str, wish: dict[str, Any]) -> Outcome:
        """Do the named act; raises `NotPossibleError`, or `ValueError` when it makes no sense."""
        doing = named(act, ACTS)
        if self.person.state == "deleted":
            raise NotPossibleError("This LINE account was deleted.")
        return doing(self, wish)

    def add(self, wish: dict[str, Any]) -> Outcome:
        """Add the account as a friend; someone who blocked it unblocks it by that."""
        if self.person.state == "blocked":
            return self.unblock(wish)
        if self.person.state == "friend":
            raise NotPossibleError("Already a friend.")
        return self._befriend(returned=False)

    def unblock(self, _wish: dict[str, Any]) -> Outcome:
        if self.person.state != "blocked":
            raise NotPossibleError("Not blocked.")
        return self._befriend(returned=True)

    def _befriend(self, *, returned: bool) -> Outcome:
        self.person.state, self.person.gone = "friend", False
        self.person.returned = self.person.returned or returned
        self._keep("notice", notice="unblocked" if returned else "added")
        return self._tell("follow", {"follow": {"isUnblocked": returned}})

    def block(self, _wish: dict[str, Any]) -> Outcome:
        if self.person.state != "friend":
            raise NotPossibleError("Only a friend can block the account.")
        self.person.state = "blocked"
        self._keep("notice", notice="blocked")
        return self._tell("unfollow", can_reply=False)

    def message(self, wish: dict[str, Any]) -> Outcome:
        """Write or send something; strangers may too, which opens a week for pushing to them."""
        self._must_not_block()
        message = self.factory.message(self.person.user_id, dict(wish.get("message") or {}))
        self.person.last_wrote_at = self.world.clock.now()
        self._keep("message", message=message)
        return self._tell("message", {"message": message})

    def postback(self, wish: dict[str, Any]) -> Outcome:
        """Press a postback button; its display text stands in the chat but is no message to the bot."""
        self._must_not_block()
        postback = {"data": str(wish.get("data", ""))}
        if wish.get("params"):
            postback["params"] = wish["params"]
        self._keep("postback", postback=postback, text=wish.get("displayText"))
        return self._tell("postback", {"postback": postback})

    def video_complete(self, wish: dict[str, Any]) -> Outcome:
        """Watch a video with a tracking id to its end."""
        self._must_not_block()
        tracking = {"trackingId": str(wish["trackingId"])}
        self._keep("notice", notice="watched", **tracking)
        note_watched(self.world, self.channel, self.person.user_id, tracking["trackingId"])
        return self._tell("videoPlayComplete", {"videoPlayComplete": tracking})

    def account_link(self, wish: dict[str, Any]) -> Outcome:
        """Come back from the bot's own sign-in with a nonce; a dead link token makes no event at all."""
        link = {"result": str(wish.get("result", "ok")), "nonce": str(wish.get("nonce", ""))}
        if not 10 <= len(link["nonce"]) <= 255:
            raise ValueError("nonce: must have 10 to 255 characters")
        if "linkToken" in wish:
            token = self._live_link_token(str(wish["linkToken"]))
            token.used = True
            if token.user_id != self.person.user_id:
                link["result"] = "failed"
        self.world.touch()
        return self._tell("accountLink", {"link": link}, anonymous=link["result"] == "failed")

    def _live_link_token(self, value: str) -> LinkToken:
        token = self.channel.link_tokens.get(value)
        if token is None or token.used or self.world.clock.now() - token.issued_at > LINK_TOKEN_SECONDS:
            raise NotPossibleError("The link token is unknown, used or older than ten minutes.")
        return token

    def unsend(self, wish: dict[str, Any]) -> Outcome:
        """Take back something they wrote; its content can no longer be fetched."""
        message_id = str(wish.get("messageId", ""))
        entry = chats.find_message(self.channel, self.person.user_id, message_id)
        if entry is None or entry["unsent"]:
            raise NotPossibleError("There is no such message to take back.")
        entry["unsent"] = True
        if content := self.channel.contents.get(message_id):
            content.unsent = True
        self.world.touch()
        return self._tell("unsend", {"unsend": {"messageId": message_id}}, can_reply=False)

    def tap(self, wish: dict[str, Any]) -> Outcome:
        """Tap a button: does what its action object says."""
        action = dict(wish.get("action") or {})
        kind = action.get("type")
        if kind == "message":
            return self.message({"message": {"type": "text", "text": action["text"]}})
        if kind == "postback":
            return self._tap_postback(action)
        if kind == "richmenuswitch":
            return self._switch_menu(action)
        if kind == "datetimepicker":
            return self.postback({"data": action["data"], "params": picked(action, wish["params"])})
        return Outcome(phone=_on_the_phone(action))

    def _tap_postback(self, action: dict[str, Any]) -> Outcome:
        outcome = self.postback({"data": action["data"], "displayText": action.get("displayText")})
        if action.get("text"):
            said = self.message({"message": {"type": "text", "text": action["text"]}})
            outcome.events += said.events
            outcome.shipments += said.shipments
        if action.get("inputOption"):
            outcome.phone = {key: action[key] for key in ("inputOption", "fillInText") if key in action}
        return outcome

    def _switch_menu(self, action: dict[str, Any]) -> Outcome:
        """Show the menu that an alias stands for; the bot is told whether that went well."""
        book, alias = self.channel.rich_menus, str(action["richMenuAliasId"])
        menu = book.menus.get(book.aliases.get(alias, ""))
        if menu is not None:
            book.linked[self.person.user_id] = menu.menu_id
            return self.postback({"data": action["data"], "params": {"newRichMenuAliasId": alias, "status": "SUCCESS"}})
        status = "RICHMENU_NOTFOUND" if alias in book.aliases else "RICHMENU_ALIAS_ID_NOTFOUND"
        return self.postback({"data": action["data"], "params": {"status": status}})

    def other(self, wish: dict[str, Any]) -> Outcome:
        """Make any other event of a 1:1 chat, such as a beacon or a membership: type and details as given."""
        return self._tell(
            str(wish["type"]), dict(wish.get("details") or {}), can_reply=bool(wish.get("can_reply", True))
        )

    def _must_not_block(self) -> None:
        if self.person.state == "blocked":
            raise NotPossibleError("A person who blocks the account cannot use its chat.")

    def _keep(self, kind: str, **details: Any) -> None:
        self.channel.remember(self.person)
        chats.note(self.world, self.channel, self.person.user_id, kind, **details)

    def _tell(
        self,
        kind: str,
        details: dict[str, Any] | None = None,
        *,
        can_reply: bool = True,
        anonymous: bool = False,
    ) -> Outcome:
        event = self.factory.event(
            kind,
            None if anonymous else user_source(self.person),
            details,
            reply_in=self.person.user_id if can_reply and not anonymous else None,
            standby=self.manner.standby,
            timestamp=self.manner.timestamp,
        )
        if self.manner.silent:
            return Outcome([event])
        return Outcome([event], self.sender.send(self.channel, [event], self.manner.webhook))


ACTS = {
    "add": FriendActs.add,
    "block": FriendActs.block,
    "unblock": FriendActs.unblock,
    "message": FriendActs.message,
    "postback": FriendActs.postback,
    "video-complete": FriendActs.video_complete,
    "account-link": FriendActs.account_link,
    "unsend": FriendActs.unsend,
    "tap": FriendActs.tap,
    "event": FriendActs.other,
}
