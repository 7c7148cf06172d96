"""Sending: reply, push and multicast, and the validate endpoints that run the same checks without sending."""

import re
from typing import Any

from aiohttp import web

from sandbox.line import quota, undocumented
from sandbox.line.channels import REPLY_AFTER_EVENT_SECONDS, Group, ReplyToken
from sandbox.line.envelope import Call, LineError, line_route
from sandbox.line.events import quote_token
from sandbox.line.mail import Mail, pack
from sandbox.line.people import USER_ID
from sandbox.line.retry_keys import accept_key, given_key
from sandbox.line.validation import check_messages
from sandbox.line.validation.media import check_silence
from sandbox.line.validation.problems import Problems, invalid_property

CHAT_ID = re.compile(r"[UCR][0-9a-f]{32}\Z")
# Types that can quote, and that can be quoted.
QUOTING = ("text", "textV2", "sticker")
QUOTABLE = ("text", "textV2", "sticker", "image", "video", "template", "flex")
QUOTED = re.compile(r"[0-9]+(?:-[0-9]+)?\Z")
FAILED = "Failed to send messages"
MOST_RECIPIENTS = 500
REPLY_SECONDS = 60


def add_routes(app: web.Application) -> None:
    """Serve sending and validating."""
    line_route(app, "POST", "/v2/bot/message/reply", reply)
    line_route(app, "POST", "/v2/bot/message/push", push, takes_retry_key=True)
    line_route(app, "POST", "/v2/bot/message/multicast", multicast, takes_retry_key=True)
    for kind in ("reply", "push", "multicast", "narrowcast", "broadcast"):
        line_route(app, "POST", f"/v2/bot/message/validate/{kind}", validate)


async def validate(call: Call) -> web.Response:
    _messages(call, call.json())
    return call.answer()


def _messages(call: Call, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the messages of a request, which are right as far as that is the same in all chats."""
    messages = check_messages(body)
    problems = Problems()
    for number, message in enumerate(messages):
        if message["type"] == "coupon" and message["couponId"] not in call.channel.coupons:
            problems.add(f"messages[{number}].couponId", undocumented.NO_COUPON)
    problems.raise_any()
    return messages


async def reply(call: Call) -> web.Response:
    body = call.json()
    messages = _messages(call, body)
    silent = check_silence(body)
    token = _reply_token(call, body.get("replyToken"))
    _check_for_chat(call, messages, token.chat)
    token.used = True
    delivered = bytes([_reaches(call, token.chat) > 0])
    mail = _mail(call, "reply", messages, [token.chat], delivered, silent=silent)
    quota.count_sent(call, "reply", 1)
    return call.answer({"sentMessages": _sent(call, mail, token.chat)})


def _reply_token(call: Call, value: Any) -> ReplyToken:
    if value is None:
        problems = Problems()
        problems.add("replyToken", "May not be empty")
        problems.raise_any()
    token = call.channel.reply_tokens.get(str(value))
    if (
        token is None
        or token.used
        or call.now - token.received_at > REPLY_SECONDS
        or call.now - token.event_at > REPLY_AFTER_EVENT_SECONDS
    ):
        raise LineError(400, "Invalid reply token")
    return token


async def push(call: Call) -> web.Response:
    key = given_key(call)
    body = call.json()
    chat = body.get("to")
    if not isinstance(chat, str) or not CHAT_ID.match(chat):
        raise invalid_property("to")
    if chat == call.channel.bot_user_id:
        raise LineError(400, "You can't send messages to yourself")
    messages = _messages(call, body)
    _check_for_chat(call, messages, chat)
    silent, units = check_silence(body), quota.check_units(body)
    reached = _reaches(call, chat)
    _hold_back_floods(call, chat)
    quota.spend(call, reached)
    mail = _mail(call, "push", messages, [chat], bytes([reached > 0]), silent=silent, units=units, retry_key=key)
    sent = _sent(call, mail, chat)
    accept_key(call, key, sent)
    quota.count_sent(call, "push", reached)
    return call.answer({"sentMessages": sent})


def _reaches(call: Call, chat: str) -> int:
    """Return how many people a message to this chat reaches; an id that LINE never heard of fails the call."""
    if chat.startswith("U"):
        person = call.world.find_person(call.channel, chat)
        if person is None:
            raise LineError(400, FAILED)
        return int(person.gets_push(call.now))
    group = call.channel.groups.get(chat)
    if group is None or not group.bot_is_member:
        raise LineError(400, FAILED)
    return len(group.members)


def _check_for_chat(call: Call, messages: list[dict[str, Any]], chat: str) -> None:
    """Check what only some chats allow: tracked videos in 1:1 chats, mentions of members in groups, its own quotes."""
    problems = Problems()
    group = call.channel.groups.get(chat)
    for number, message in enumerate(messages):
        path = f"messages[{number}]"
        _check_quote(call, problems, message, chat, path)
        values = (message.get("substitution") or {}).items() if message["type"] == "textV2" else ()
        for name, value in values:
            if value.get("type") == "mention":
                _check_mention(problems, value["mentionee"], group, f"{path}.substitution.{name}")
        if group is not None and message["type"] == "video" and "trackingId" in message:
            problems.add(f"{path}.trackingId", "Must not be specified")
    problems.raise_any()


def _check_mention(problems: Problems, mentionee: dict[str, Any], group: Group | None, path: str) -> None:
    if group is None:
        problems.add(path, "Must not be specified")
    elif mentionee["type"] == "user" and mentionee["userId"] not in group.members:
        problems.add(f"{path}.mentionee.userId", undocumented.NO_MEMBER)


def _check_quote(call: Call, problems: Problems, message: dict[str, Any], chat: str, path: str) -> None:
    """A message can be quoted in its own chat only, which its token proves."""
    token = message.get("quoteToken")
    if token is None or message["type"] not in QUOTING:
        return
    if not isinstance(token, str):
        raise invalid_property(f"{path}.quoteToken")
    message_id = token.partition(".")[0]
    if not QUOTED.match(message_id) or token != quote_token(call.world, chat, message_id):
        problems.add(f"{path}.quoteToken", undocumented.BAD_QUOTE_TOKEN)


def _hold_back_floods(call: Call, chat: str) -> None:
    """Refuse, where the channel has such a limit, too many messages to one person within a minute."""
    most = call.channel.limits.pushes_per_user_minute
    if most is None:
        return
    recent = (mail for mail in call.world.mail.for_chat(call.channel.channel_id, chat) if call.now - mail.at < 60)
    if sum(1 for _ in recent) >= most:
        raise LineError(429, undocumented.TOO_MANY_FOR_ONE)


async def multicast(call: Call) -> web.Response:
    key = given_key(call)
    body = call.json()
    recipients = _recipients(call, body.get("to"))
    messages = _messages(call, body)
    _check_for_chat(call, messages, "U")
    silent, units = check_silence(body), quota.check_units(body)
    delivered = bytes(_receives_multicast(call, user_id) for user_id in recipients)
    quota.spend(call, sum(delivered))
    _mail(call, "multicast", messages, recipients, delivered, silent=silent, units=units, retry_key=key)
    accept_key(call, key, [])
    quota.count_sent(call, "multicast", sum(delivered))
    return call.answer()


def _recipients(call: Call, value: Any) -> list[str]:
    """Return up to 500 user ids; one bad id fails the whole call."""
    if not isinstance(value, list):
        raise invalid_property("to")
    if not 1 <= len(value) <= MOST_RECIPIENTS:
        detail = {"message": f"Size must be between 1 and {MOST_RECIPIENTS}", "property": "to"}
        raise LineError(400, "The request body has 1 error(s)", details=[detail])
    for number, user_id in enumerate(value):
        if not isinstance(user_id, str) or not USER_ID.match(user_id):
            text = f"The property, to[{number}], in the request body is invalid (line: -, column: -)"
            raise LineError(400, text)
    return value


def _receives_multicast(call: Call, user_id: str) -> bool:
    person = call.world.find_person(call.channel, user_id)
    if person is None and call.channel.multicast_unknown == "reject":
        raise LineError(400, FAILED)
    return person is not None and person.gets_multicast


def _mail(
    call: Call,
    endpoint: str,
    messages: list[dict[str, Any]],
    recipients: list[str],
    delivered: bytes,
    *,
    silent: bool,
    units: list[str] | None = None,
    retry_key: str | None = None,
) -> Mail:
    """Write the accepted request into the log."""
    world, channel = call.world, call.channel
    mail = Mail(
        sequence=world.next_sequence(),
        at=call.now,
        channel_id=channel.channel_id,
        endpoint=endpoint,
        request_id=call.request_id,
        retry_key=retry_key,
        messages=messages,
        message_ids=[world.new_message_id() for _ in messages],
        recipients=b"".join(pack(chat) for chat in recipients),
        delivered=delivered,
        silent=silent,
        units=units,
    )
    world.mail.add(mail)
    quota.note_units(call, units)
    for chat in recipients if channel.loading_until else ():
        channel.loading_until.pop(chat, None)
    world.touch()
    return mail


def _sent(call: Call, mail: Mail, chat: str) -> list[dict[str, str]]:
    """Return the ids of what was sent, with a quote token where a message can be quoted."""
    sent = []
    for message, message_id in zip(mail.messages, mail.message_ids, strict=True):
        entry = {"id": message_id}
        if message["type"] in QUOTABLE:
            entry["quoteToken"] = quote_token(call.world, chat, message_id)
        sent.append(entry)
    return sent
