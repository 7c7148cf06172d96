"""The inbox: threads of connected channels, read and answered as one of the portal's people."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.control.hubspot.finding import hubspot, portal
from sandbox.control.hubspot.inbox import keep_file, messages_of, newest_first, say, thread_of
from sandbox.control.plumbing import Control, ControlError
from sandbox.hubspot.inbox_state import InboxThread
from sandbox.hubspot.state import CONTACTS
from sandbox.numbers import whole_number
from sandbox.pages.hubspot.common import INBOX, back, record_path, screen
from sandbox.pages.rendering import page_route

THREAD = f"{INBOX}/{{thread_id}}"


def add_routes(app: web.Application) -> None:
    """Serve the list and each thread."""
    page_route(app, "GET", INBOX, show)
    page_route(app, "GET", THREAD, show)
    page_route(app, "POST", THREAD, answer)


async def show(control: Control) -> web.Response:
    return _page(control)


def _page(control: Control, problem: str = "", status: int = 200) -> web.Response:
    rows, found = newest_first(control), portal(control)
    has_place = "thread_id" in control.request.match_info
    thread = thread_of(control) if has_place else (rows[0] if rows else None)
    if thread is not None and thread.is_unread:
        thread.is_unread = False
        hubspot(control).touch()
    return screen(
        control,
        "inbox",
        "inbox",
        status,
        rows=[_row(control, one) for one in rows],
        thread=_row(control, thread) if thread else None,
        has_place=has_place,
        messages=messages_of(control, thread) if thread else [],
        can_answer=thread is not None and found.inbox.accounts[thread.account_id].authorized,
        agents=list(enumerate(found.inbox.agents)),
        agent=whole_number(control.request.query.get("as", "0")) or 0,
        problem=problem,
    )


def _row(control: Control, thread: InboxThread) -> dict[str, Any]:
    found = portal(control)
    last = found.inbox.messages[thread.message_ids[-1]] if thread.message_ids else None
    return {
        "path": THREAD.format(portal_id=found.portal_id, thread_id=thread.id),
        "id": thread.id,
        "name": thread.visitor.get("name") or "?",
        "channel": found.inbox.accounts[thread.account_id].name,
        "last": (last["text"] or "…") if last else "",
        "is_unread": thread.is_unread,
        "contact": record_path(found, CONTACTS, thread.contact_id) if thread.contact_id else "",
    }


async def answer(control: Control) -> web.Response:
    """Write as the chosen person, with files."""
    thread, form = thread_of(control), await control.request.post()
    agent = whole_number(control.body.get("agent", "0")) or 0
    files = [
        keep_file(control, one.filename, one.file.read(), one.content_type)
        for one in form.getall("files", [])
        if isinstance(one, web.FileField) and one.filename
    ]
    try:
        say(control, thread, agent, control.body.get("text", "").replace("\r\n", "\n"), files)
    except ControlError as error:
        return _page(control, str(error), error.status)
    return back(control.request.path, **{"as": agent})
