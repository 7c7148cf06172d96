"""What stands in a chat, as the person with the phone sees it: what they wrote and what arrived, in order."""

from collections.abc import Iterator
from typing import Any

from sandbox.line.channels import Channel
from sandbox.line.mail import Mail, pack
from sandbox.world import World


def note(world: World, channel: Channel, chat: str, kind: str, **details: Any) -> dict[str, Any]:
    """Write down something the person did: a `message`, a `postback` or a `notice` such as having blocked."""
    entry = {
        "sequence": world.next_sequence(),
        "at": world.clock.now(),
        "from": "friend",
        "kind": kind,
        "unsent": False,
        "read": channel.chat_mode == "bot",
        **details,
    }
    channel.chats.setdefault(chat, []).append(entry)
    world.touch()
    return entry


def find_message(channel: Channel, chat: str, message_id: str) -> dict[str, Any] | None:
    """Return the entry of a message the person wrote in this chat."""
    for entry in channel.chats.get(chat, []):
        if entry["kind"] == "message" and entry["message"]["id"] == message_id:
            return entry
    return None


def mark_read(channel: Channel, chat: str, message_id: str | None = None) -> None:
    """Mark what the person wrote as read, up to one message or altogether."""
    for entry in channel.chats.get(chat, []):
        entry["read"] = True
        if message_id is not None and entry.get("message", {}).get("id") == message_id:
            return


def transcript(world: World, channel: Channel, chat: str, after: int = 0) -> list[dict[str, Any]]:
    """Return everything in the chat since entry number `after`, oldest first; what LINE dropped is not there."""
    entries = [entry for entry in channel.chats.get(chat, []) if entry["sequence"] > after]
    for mail in world.mail.for_chat(channel.channel_id, chat, after):
        entries += arrivals(mail, chat)
    return sorted(entries, key=lambda entry: (entry["sequence"], entry.get("part", 0)))


def messages(world: World, channel: Channel, chat: str) -> Iterator[dict[str, Any]]:
    """Return the messages that the account sent and the chat has, newest first."""
    packed = pack(chat)
    for mail in reversed(world.mail.entries):
        if mail.channel_id == channel.channel_id and mail.reached(packed):
            yield from reversed(mail.messages)


def written(channel: Channel, chat: str) -> Iterator[dict[str, Any]]:
    """Return what people wrote in the chat and did not take back."""
    entries = channel.chats.get(chat, [])
    return (entry["message"] for entry in entries if entry["kind"] == "message" and not entry["unsent"])


def arrivals(mail: Mail, chat: str) -> list[dict[str, Any]]:
    """Turn an accepted request into entries of a chat, one for each message; none where it was not delivered."""
    if not mail.reached(pack(chat)):
        return []
    return [
        {
            "sequence": mail.sequence,
            "part": part,
            "at": mail.at,
            "from": "account",
            "kind": "message",
            "message": message,
            "message_id": mail.message_ids[part],
            "endpoint": mail.endpoint,
            "request_id": mail.request_id,
            "notification_disabled": mail.silent,
        }
        for part, message in enumerate(mail.messages)
    ]
