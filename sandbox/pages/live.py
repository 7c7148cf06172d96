"""What keeps an open page true: the stream of one chat, and the stream of the control page."""

from aiohttp import web

from sandbox.control.plumbing import Control, ControlError
from sandbox.pages.chat_feed import ChatFeed
from sandbox.pages.overview import Overview
from sandbox.pages.stream import prepare, stream

PATH = "/_sandbox/live"
CHAT_PAUSE = 0.1
CONTROL_PAUSE = 1.0


def add_routes(app: web.Application) -> None:
    """Serve the streams."""
    prepare(app)
    app.router.add_get(f"{PATH}/chats/{{channel_id}}/{{user_id}}", chat)
    app.router.add_get(f"{PATH}/chats/{{channel_id}}/{{user_id}}/{{group_id}}", chat)
    app.router.add_get(f"{PATH}/control", control_page)


async def chat(request: web.Request) -> web.StreamResponse:
    """Return one chat of one person: with the account, or a group."""
    control = Control(request, {})
    try:
        feed = ChatFeed(control, control.channel(), control.person(), request.match_info.get("group_id"))
    except ControlError as error:
        raise web.HTTPNotFound(text=str(error)) from error
    return await stream(request, feed.news, pause=CHAT_PAUSE)


async def control_page(request: web.Request) -> web.StreamResponse:
    """Return everything on the control page; the logs of one channel with `channel_id`."""
    overview = Overview(Control(request, {}), request.query.get("channel_id") or None)
    return await stream(request, overview.news, pause=CONTROL_PAUSE, patience=CONTROL_PAUSE)
