"""Small things around a chat: the loading animation, marking as read, link tokens."""

import secrets
from typing import Any

from aiohttp import web

from sandbox.line import chats
from sandbox.line.channels import LinkToken
from sandbox.line.envelope import Call, LineError, bad_parameter, line_route
from sandbox.line.events import read_token
from sandbox.line.people import USER_ID
from sandbox.line.validation.problems import EMPTY, Problems, invalid_property

BAD_READ_TOKEN = "Invalid markAsReadToken. Tokens must be used by the bot that received them via Webhook."
NO_USER = "Only user id is acceptable, please confirm if there are any group/room ids or illegal ids."


def add_routes(app: web.Application) -> None:
    """Serve loading, reading and linking."""
    line_route(app, "POST", "/v2/bot/chat/loading/start", start_loading)
    line_route(app, "POST", "/v2/bot/chat/markAsRead", mark_as_read)
    line_route(app, "POST", "/v2/bot/message/markAsRead", mark_all_as_read)
    line_route(app, "POST", "/v2/bot/user/{userId}/linkToken", issue_link_token)


async def start_loading(call: Call) -> web.Response:
    body = call.json()
    chat = _person_of(body.get("chatId"))
    call.channel.loading_until[chat] = call.now + _seconds(body.get("loadingSeconds", 20))
    call.world.touch()
    return call.answer(status=202)


def _person_of(chat: Any) -> str:
    """Return the id of a person and refuse all others: the animation is shown in 1:1 chats only."""
    if not isinstance(chat, str | None):
        raise invalid_property("chatId")
    problems = Problems()
    if chat is None:
        problems.add("chatId", EMPTY)
    elif not USER_ID.match(chat):
        problems.add("chatId", NO_USER)
    problems.raise_any()
    return str(chat)


def _seconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid_property("loadingSeconds")
    problems = Problems()
    if not 5 <= value <= 60:
        problems.add("loadingSeconds", "Must be between 5 and 60")
    if value % 5:
        problems.add("loadingSeconds", "must be a multiple of five")
    problems.raise_any()
    return value


async def mark_as_read(call: Call) -> web.Response:
    token = call.json().get("markAsReadToken")
    if token is None:
        problems = Problems()
        problems.add("markAsReadToken", EMPTY)
        problems.raise_any()
    chat, _, rest = str(token).partition(".")
    message_id = rest.partition(".")[0]
    if token != read_token(call.world, chat, message_id):
        raise LineError(400, BAD_READ_TOKEN)
    chats.mark_read(call.channel, chat, message_id)
    call.world.touch()
    return call.answer()


async def mark_all_as_read(call: Call) -> web.Response:
    """Answer the older call for partners, by user id."""
    chat = call.json().get("chat")
    user_id = chat.get("userId") if isinstance(chat, dict) else None
    if not isinstance(user_id, str) or not USER_ID.match(user_id):
        raise invalid_property("chat.chatId")
    chats.mark_read(call.channel, user_id)
    call.world.touch()
    return call.answer()


async def issue_link_token(call: Call) -> web.Response:
    user_id = call.parameter("userId")
    if not USER_ID.match(user_id):
        raise bad_parameter("userId")
    person = call.world.find_person(call.channel, user_id)
    if person is None or person.state != "friend":
        raise LineError(404, "Not found")
    token = secrets.token_urlsafe(24)
    call.channel.link_tokens[token] = LinkToken(user_id, call.now)
    call.world.touch()
    return call.answer({"linkToken": token})
