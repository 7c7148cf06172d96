"""News of one chat for an open phone: entries once each, everything else whenever it differs."""

from typing import Any

from sandbox.control import friends
from sandbox.control.plumbing import Control, ControlError
from sandbox.line import chats
from sandbox.line.channels import Channel, Group
from sandbox.line.mail import Mail
from sandbox.line.people import Person
from sandbox.line.rich_menus import described
from sandbox.line.webhooks import Shipment
from sandbox.pages import names
from sandbox.pages.stream import News, Sections

# How far back a phone shows the chat and the log.
ENTRIES = 300
SHIPMENTS = 50


class ChatFeed:
    """Follows one chat from its beginning; a log that was emptied in between makes it start over."""

    def __init__(self, control: Control, channel: Channel, person: Person, group_id: str | None) -> None:
        self.control = control
        self.channel = channel
        self.user_id = person.user_id
        if group_id is not None and group_id not in channel.groups:
            raise ControlError(404, "There is no such group.")
        self.group_id = group_id
        self.chat = group_id or person.user_id
        self.sections = Sections()
        self._log: list[Mail] | None = None
        self._mails_seen = self._own_seen = 0

    def news(self) -> News:
        """Return what the phone does not know yet; empty when it knows everything."""
        news: News = {}
        log, own = self.control.world.mail.entries, self.channel.chats.get(self.chat, [])
        if log is not self._log or len(log) < self._mails_seen or len(own) < self._own_seen:
            self._log, self._mails_seen, self._own_seen = log, len(log), len(own)
            news = {"reset": True, "entries": self._everything()}
        elif entries := self._entries_since(log, own):
            news = {"entries": entries}
        return news | self.sections.changed(self._state())

    def _everything(self) -> list[dict[str, Any]]:
        entries = chats.transcript(self.control.world, self.channel, self.chat)
        return [self._signed(entry) for entry in entries[-ENTRIES:]]

    def _entries_since(self, log: list[Mail], own: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return entries that came since the last look, without looking at the old ones again."""
        fresh = own[self._own_seen :]
        for mail in log[self._mails_seen :]:
            if mail.channel_id == self.channel.channel_id:
                fresh = fresh + chats.arrivals(mail, self.chat)
        self._mails_seen, self._own_seen = len(log), len(own)
        return [self._signed(entry) for entry in sorted(fresh, key=lambda entry: entry["sequence"])]

    def _signed(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Return, in a group, the entry together with who wrote it, came or went."""
        if moved := [self._person(user_id)["display_name"] for user_id in entry.get("user_ids", [])]:
            return entry | {"names": moved}
        if "user_id" not in entry:
            return entry
        writer = self._person(entry["user_id"])
        return entry | {"name": writer["display_name"], "picture_url": writer["picture_url"]}

    def _person(self, user_id: str) -> dict[str, Any]:
        person = self.control.world.find_person(self.channel, user_id) or Person(user_id, user_id, picture_url=None)
        return friends.describe(self.control, self.channel, person)

    def _state(self) -> News:
        world, channel = self.control.world, self.channel
        person = world.find_person(channel, self.user_id)
        return {
            "is_open": world.channels.get(channel.channel_id) is channel,
            "person": friends.describe(self.control, channel, person) if person else None,
            "account": account(channel, world.clock.now()),
            "marks": self._marks(),
            "webhooks": self._webhooks(),
            "typing_until": channel.loading_until.get(self.chat),
            "clock_offset": world.clock.offset,
            "group": self._group(),
            "rich_menu": self._rich_menu(),
            "groups": [self._named(group) for group in channel.groups.values() if self.user_id in group.members],
        }

    def _marks(self) -> dict[int, dict[str, Any]]:
        """Return which messages of people were read or taken back, and what edited ones say now."""
        own = self.channel.chats.get(self.chat, [])[-ENTRIES:]
        return {
            entry["sequence"]: {
                "read": entry["read"],
                "unsent": entry["unsent"],
                "edited": entry["message"] if entry.get("edited") else None,
            }
            for entry in own
            if entry["kind"] == "message"
        }

    def _webhooks(self) -> list[dict[str, Any]]:
        """Return the newest requests to the bot that concern this chat, newest first."""
        found: list[dict[str, Any]] = []
        for shipment in reversed(self.control.sender.log):
            if shipment.channel_id == self.channel.channel_id and self._concerns(shipment):
                found.append(shipment.describe())
            if len(found) == SHIPMENTS:
                break
        return found

    def _concerns(self, shipment: Shipment) -> bool:
        sources = [event.get("source", {}) for event in shipment.events]
        if self.group_id:
            return any(self.group_id in (source.get("groupId"), source.get("roomId")) for source in sources)
        return any(source.get("type") == "user" and source.get("userId") == self.user_id for source in sources)

    def _group(self) -> dict[str, Any] | None:
        group = self.channel.groups.get(self.group_id or "")
        if group is None:
            return None
        return self._named(group) | {"member_list": [self._person(user_id) for user_id in group.members]}

    def _rich_menu(self) -> dict[str, Any] | None:
        """Return the menu below the chat with the account; friends alone have one, and no group has."""
        person = self.control.world.find_person(self.channel, self.user_id)
        if self.group_id or person is None or person.state != "friend":
            return None
        book = self.channel.rich_menus
        book.settle(self.control.world.clock.now())
        menu = book.shown_to(self.user_id)
        return described(menu) if menu else None

    def _named(self, group: Group) -> dict[str, Any]:
        return {
            "group_id": group.group_id,
            "kind": group.kind,
            "name": names.title(self.control.world, self.channel, group),
            "members": len(group.members),
            "bot_is_member": group.bot_is_member,
        }


def account(channel: Channel, now: float) -> dict[str, Any]:
    """Return what decides whether the account hears of anything."""
    webhook = channel.webhook
    return {
        "name": channel.name,
        "chat_mode": channel.chat_mode,
        "endpoint": webhook.current_endpoint(now),
        "active": webhook.active,
        "suspended": webhook.suspended,
        "hold": webhook.hold,
    }
