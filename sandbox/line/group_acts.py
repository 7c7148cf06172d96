"""What happens in groups and rooms: the bot and people come and go, and people write."""

from collections.abc import Callable
from typing import Any

from sandbox.line import chats
from sandbox.line.acts import Manner, NotPossibleError, Outcome, named
from sandbox.line.channels import Channel, Group
from sandbox.line.events import EventFactory, group_source, quote_token
from sandbox.line.webhooks import WebhookSender
from sandbox.world import World

# What an edited message keeps besides its words.
KEPT = ("markAsReadToken", "quotedMessageId")


class GroupActs:
    """The acts of one group or room towards one channel."""

    def __init__(self, world: World, sender: WebhookSender, channel: Channel, group: Group, manner: Manner) -> None:
        self.world = world
        self.sender = sender
        self.channel = channel
        self.group = group
        self.manner = manner
        self.factory = EventFactory(world, channel)

    def perform(self, act: str, wish: dict[str, Any]) -> Outcome:
        """Do the named act; raises `NotPossibleError`, or `ValueError` when it makes no sense."""
        doing = named(act, ACTS)
        if act != "join" and not self.group.bot_is_member:
            raise NotPossibleError("The account is not in this group, so it hears nothing of it.")
        return doing(self, wish)

    def join(self, _wish: dict[str, Any]) -> Outcome:
        """Let a member invite the account; of a room it hears with the first event after that."""
        if self.group.bot_is_member:
            raise NotPossibleError("The account is in this group already.")
        self.group.bot_is_member = True
        self._note("notice", notice="joined")
        if self.group.kind == "room":
            self.group.join_is_told = False
            return Outcome()
        return self._tell("join")

    def leave(self, _wish: dict[str, Any]) -> Outcome:
        """Let a member remove the account."""
        self.group.bot_is_member, self.group.join_is_told = False, True
        self._note("notice", notice="left")
        return self._tell("leave", can_reply=False)

    def member_joined(self, wish: dict[str, Any]) -> Outcome:
        """Let people join: `user_ids`."""
        newcomers = [str(user_id) for user_id in wish["user_ids"] if user_id not in self.group.members]
        if not newcomers:
            raise NotPossibleError("All of them are members already.")
        self.group.members += newcomers
        self._note("notice", notice="member-joined", user_ids=newcomers)
        return self._tell("memberJoined", {"joined": {"members": _members(newcomers)}})

    def member_left(self, wish: dict[str, Any]) -> Outcome:
        """Let people leave or be removed: `user_ids`."""
        gone = [str(user_id) for user_id in wish["user_ids"] if user_id in self.group.members]
        if not gone:
            raise NotPossibleError("None of them is a member.")
        self.group.members = [user_id for user_id in self.group.members if user_id not in gone]
        self._note("notice", notice="member-left", user_ids=gone)
        return self._tell("memberLeft", {"left": {"members": _members(gone)}}, can_reply=False)

    def message(self, wish: dict[str, Any]) -> Outcome:
        """Let a member (`user_id`) write or send something."""
        user_id = self._member(wish)
        message = self.factory.message(self.group.group_id, dict(wish.get("message") or {}))
        self._note("message", message=message, user_id=user_id)
        return self._tell("message", {"message": message}, user_id=user_id)

    def edit(self, wish: dict[str, Any]) -> Outcome:
        """Let a member change the words of a text that they wrote; LINE offers this in groups only."""
        if self.group.kind == "room":
            raise NotPossibleError("Messages can be edited in groups only.")
        entry = chats.find_message(self.channel, self.group.group_id, str(wish.get("messageId", "")))
        if entry is None or entry["unsent"] or entry["message"]["type"] != "text":
            raise NotPossibleError("There is no such text to edit.")
        if wish.get("user_id", entry["user_id"]) != entry["user_id"]:
            raise NotPossibleError("Only the one who wrote a message can change it or take it back.")
        text = str(wish["text"])
        if not text.strip():
            raise ValueError("text: must not be empty")
        message = self.factory.message(self.group.group_id, {"id": entry["message"]["id"], "text": text})
        # The token that marks as read is the first one's, the one that quotes is new.
        message.pop("markAsReadToken", None)
        entry["edited"] = entry.get("edited", 0) + 1
        message["quoteToken"] = quote_token(self.world, self.group.group_id, f"{message['id']}-{entry['edited']}")
        entry["message"] = {name: entry["message"][name] for name in KEPT if name in entry["message"]} | message
        self.world.touch()
        return self._tell("messageEdited", {"message": message}, user_id=entry["user_id"])

    def unsend(self, wish: dict[str, Any]) -> Outcome:
        """Let a member take something back."""
        message_id = str(wish.get("messageId", ""))
        entry = chats.find_message(self.channel, self.group.group_id, message_id)
        if entry is None or entry["unsent"]:
            raise NotPossibleError("There is no such message to take back.")
        if wish.get("user_id", entry["user_id"]) != entry["user_id"]:
            raise NotPossibleError("Only the one who wrote a message can change it or take it back.")
        entry["unsent"] = True
        if content := self.channel.contents.get(message_id):
            content.unsent = True
        self.world.touch()
        details = {"unsend": {"messageId": message_id}}
        return self._tell("unsend", details, can_reply=False, user_id=entry["user_id"])

    def postback(self, wish: dict[str, Any]) -> Outcome:
        """Let a member press a postback button; in groups LINE does not say who."""
        postback: dict[str, Any] = {"data": str(wish.get("data", ""))}
        if wish.get("params"):
            postback["params"] = wish["params"]
        self._note("postback", postback=postback, user_id=self._member(wish), text=wish.get("displayText"))
        return self._tell("postback", {"postback": postback})

    def _member(self, wish: dict[str, Any]) -> str:
        user_id = str(wish["user_id"])
        if user_id not in self.group.members:
            raise NotPossibleError("Only a member can do that.")
        return user_id

    def _note(self, kind: str, **details: Any) -> None:
        chats.note(self.world, self.channel, self.group.group_id, kind, **details)

    def _tell(
        self,
        kind: str,
        details: dict[str, Any] | None = None,
        *,
        can_reply: bool = True,
        user_id: str | None = None,
    ) -> Outcome:
        outcome = Outcome()
        if not self.group.join_is_told:
            self.group.join_is_told = True
            outcome = self._tell("join")
        event = self.factory.event(
            kind,
            group_source(self.group, user_id),
            details,
            reply_in=self.group.group_id if can_reply else None,
            standby=self.manner.standby,
            timestamp=self.manner.timestamp,
        )
        outcome.events.append(event)
        if not self.manner.silent:
            outcome.shipments += self.sender.send(self.channel, [event], self.manner.webhook)
        return outcome


def _members(user_ids: list[str]) -> list[dict[str, str]]:
    return [{"type": "user", "userId": user_id} for user_id in user_ids]


ACTS: dict[str, Callable[[GroupActs, dict[str, Any]], Outcome]] = {
    "join": GroupActs.join,
    "leave": GroupActs.leave,
    "member-joined": GroupActs.member_joined,
    "member-left": GroupActs.member_left,
    "message": GroupActs.message,
    "edit": GroupActs.edit,
    "unsend": GroupActs.unsend,
    "postback": GroupActs.postback,
}
