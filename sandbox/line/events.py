"""Building webhook events as LINE builds them: common properties, reply tokens, message objects."""

from typing import Any

from sandbox.line.channels import Channel, Content, Group, ReplyToken
from sandbox.line.people import Person
from sandbox.world import World

BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
QUOTABLE = ("text", "sticker", "image", "video")
STORED = ("image", "video", "audio", "file")


def ulid(world: World, milliseconds: int) -> str:
    """Return an event id: time first, then chance, in Crockford's base 32."""
    number = milliseconds << 80 | world.random.getrandbits(80)
    return "".join(BASE32[number >> shift & 31] for shift in range(125, -1, -5))


def user_source(person: Person) -> dict[str, str]:
    """Return where an event of a 1:1 chat comes from; without consent the id is withheld."""
    return {"type": "user", "userId": person.user_id} if person.consent else {"type": "user"}


def group_source(group: Group, user_id: str | None = None) -> dict[str, str]:
    """Return where an event of a group or room comes from."""
    source = {"type": group.kind, f"{group.kind}Id": group.group_id}
    return source | {"userId": user_id} if user_id else source


class EventFactory:
    """Makes the events of one channel."""

    def __init__(self, world: World, channel: Channel) -> None:
        self.world = world
        self.channel = channel

    def event(
        self,
        kind: str,
        source: dict[str, str] | None,
        details: dict[str, Any] | None = None,
        *,
        reply_in: str | None = None,
        standby: bool = False,
        timestamp: int | None = None,
    ) -> dict[str, Any]:
        """Return an event of this kind; `reply_in` is the chat it may be answered in, except in standby."""
        moment = timestamp if timestamp is not None else int(self.world.clock.now() * 1000)
        event: dict[str, Any] = {"type": kind}
        event |= details or {}
        event["webhookEventId"] = ulid(self.world, moment)
        event["deliveryContext"] = {"isRedelivery": False}
        event["timestamp"] = moment
        if source is not None:
            event["source"] = source
        if reply_in is not None and not standby:
            event["replyToken"] = self._reply_token(reply_in, moment)
        event["mode"] = "standby" if standby else "active"
        return event

    def _reply_token(self, chat: str, moment: int) -> str:
        token = f"{self.world.random.getrandbits(128):032x}"
        self.channel.reply_tokens[token] = ReplyToken(chat, moment / 1000, self.world.clock.now())
        return token

    def message(self, chat: str, wish: dict[str, Any]) -> dict[str, Any]:
        """Return the message object for something a person sends; content with bytes is registered for download."""
        kind = wish.get("type", "text")
        build = getattr(self, f"_{kind}", None)
        if build is None:
            raise ValueError(f"message.type: {kind!r} is not something a person can send")
        message_id = str(wish.get("id") or self.world.new_message_id())
        message: dict[str, Any] = {"type": kind, "id": message_id} | build(wish)
        if kind in QUOTABLE:
            message["quoteToken"] = quote_token(self.world, chat, message_id)
        if self.channel.chat_mode == "chat":
            message["markAsReadToken"] = read_token(self.world, chat, message_id)
        if kind in STORED and message.get("contentProvider", {}).get("type") != "external":
            self._store_content(chat, message_id, kind, wish)
        return message

    def _store_content(self, chat: str, message_id: str, kind: Any, wish: dict[str, Any]) -> None:
        now, lasts = self.world.clock.now(), wish.get("expires_after_seconds")
        self.channel.contents[message_id] = Content(
            kind=kind,
            chat=chat,
            file_name=wish.get("fileName"),
            ready_at=now + float(wish.get("ready_after_seconds", 0)),
            expires_at=None if lasts is None else now + float(lasts),
            failed=bool(wish.get("failed", False)),
            upload=wish.get("upload"),
            upload_type=wish.get("upload_type"),
        )

    def _text(self, wish: dict[str, Any]) -> dict[str, Any]:
        optional = {key: wish[key] for key in ("emojis", "mention", "quotedMessageId") if key in wish}
        return {"text": str(wish["text"])} | optional

    def _sticker(self, wish: dict[str, Any]) -> dict[str, Any]:
        optional = {key: wish[key] for key in ("keywords", "text", "quotedMessageId") if key in wish}
        return {
            "packageId": str(wish.get("packageId", "446")),
            "stickerId": str(wish.get("stickerId", "1988")),
            "stickerResourceType": wish.get("stickerResourceType", "STATIC"),
        } | optional

    def _image(self, wish: dict[str, Any]) -> dict[str, Any]:
        optional = {"imageSet": wish["imageSet"]} if "imageSet" in wish else {}
        return {"contentProvider": _provider(wish)} | optional

    def _video(self, wish: dict[str, Any]) -> dict[str, Any]:
        return {"contentProvider": _provider(wish), "duration": int(wish.get("duration", 5000))}

    def _audio(self, wish: dict[str, Any]) -> dict[str, Any]:
        return {"contentProvider": _provider(wish), "duration": int(wish.get("duration", 2000))}

    def _file(self, wish: dict[str, Any]) -> dict[str, Any]:
        wish.setdefault("fileName", "note.txt")
        return {"fileName": str(wish["fileName"]), "fileSize": int(wish.get("fileSize", 0))}

    def _location(self, wish: dict[str, Any]) -> dict[str, Any]:
        place = {
            "latitude": float(wish.get("latitude", 35.6586)),
            "longitude": float(wish.get("longitude", 139.7454)),
        }
        return {key: str(wish[key]) for key in ("title", "address") if key in wish} | place


def _provider(wish: dict[str, Any]) -> dict[str, str]:
    provider = wish.get("contentProvider")
    return provider if isinstance(provider, dict) else {"type": "line"}


def quote_token(world: World, chat: str, message_id: str) -> str:
    """Return a token that quotes this message, good only in the chat it was sent in; edited ones are `id-edition`."""
    return f"{message_id}.{world.seal('quote', chat, message_id)}"


def read_token(world: World, chat: str, message_id: str) -> str:
    """Return a token that marks everything up to this message as read."""
    return f"{chat}.{message_id}.{world.seal('read', chat, message_id)}"
