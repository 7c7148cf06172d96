"""Accepted messages: the log, by recipient, and a summary that shows anybody reached twice."""

from typing import Any

from aiohttp import web

from sandbox.control.plumbing import API, Control, control_route

PATH = f"{API}/channels/{{channel_id}}/messages"


def add_routes(app: web.Application) -> None:
    """Serve the message log."""
    control_route(app, "GET", PATH, log)
    control_route(app, "GET", f"{PATH}/summary", summary)
    control_route(app, "DELETE", PATH, forget)


async def log(control: Control) -> dict[str, Any]:
    """Return messages since entry `after`, the newest `limit`; with `user` only those addressed to that chat."""
    channel_id, after = control.channel().channel_id, control.number("after", 0)
    user, limit = control.request.query.get("user"), control.number("limit", 200)
    if user:
        mails = list(control.world.mail.for_chat(channel_id, user, after))
    else:
        mails = list(control.world.mail.of_channel(channel_id, after))
    return {"messages": [mail.describe(user) for mail in mails[-limit:]], "total": len(mails)}


async def summary(control: Control) -> dict[str, Any]:
    return control.world.mail.summary(control.channel().channel_id)


async def forget(control: Control) -> dict[str, Any]:
    """Empty the log; chats lose what the account sent."""
    control.world.mail.forget(control.channel().channel_id)
    control.world.touch()
    return {"forgotten": True}
