"""Who sees which rich menu: the default, links of single people, of up to 500 at once, and whole batches."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.line import undocumented
from sandbox.line.envelope import Call, LineError, line_route
from sandbox.line.menu_book import MenuBook, MenuJob, RichMenu
from sandbox.line.people import USER_ID
from sandbox.line.validation.problems import Problems, invalid_property

MENUS = "/v2/bot/richmenu"
DEFAULT = "/v2/bot/user/all/richmenu"
OF_USER = "/v2/bot/user/{userId}/richmenu"
MOST_PEOPLE = 500
MOST_OPERATIONS = 1_000
RESUME_KEY = re.compile(r"[0-9a-zA-Z\-_]{1,100}\Z")
JOBS: web.AppKey[set[asyncio.Task[None]]] = web.AppKey("menu_jobs", set)


def add_routes(app: web.Application) -> None:
    """Serve links; the default's paths come before those with a user's id."""
    app[JOBS] = set()
    line_route(app, "POST", f"{DEFAULT}/{{richMenuId}}", set_default)
    line_route(app, "GET", DEFAULT, default)
    line_route(app, "DELETE", DEFAULT, clear_default)
    line_route(app, "POST", f"{OF_USER}/{{richMenuId}}", link)
    line_route(app, "GET", OF_USER, linked)
    line_route(app, "DELETE", OF_USER, unlink)
    line_route(app, "POST", f"{MENUS}/bulk/link", link_many)
    line_route(app, "POST", f"{MENUS}/bulk/unlink", unlink_many)
    line_route(app, "POST", f"{MENUS}/batch", batch)
    line_route(app, "POST", f"{MENUS}/validate/batch", validate_batch)
    line_route(app, "GET", f"{MENUS}/progress/batch", progress)


def _book(call: Call) -> MenuBook:
    call.channel.rich_menus.settle(call.now)
    return call.channel.rich_menus


def _usable(call: Call, menu_id: str) -> RichMenu:
    """Return a menu that can be shown: one with its image."""
    menu = _book(call).menus.get(menu_id)
    if menu is None:
        raise LineError(404, "richmenu not found")
    if menu.image is None:
        raise LineError(400, undocumented.MENU_WITHOUT_IMAGE)
    return menu


async def set_default(call: Call) -> web.Response:
    _book(call).default = _usable(call, call.parameter("richMenuId")).menu_id
    call.world.touch()
    return call.answer()


async def default(call: Call) -> web.Response:
    if call.channel.default_menu_of_other_channel:
        raise LineError(403, "the richmenu is owned by another channel")
    menu_id = _book(call).default
    if menu_id is None:
        raise LineError(404, "no default richmenu")
    return call.answer({"richMenuId": menu_id})


async def clear_default(call: Call) -> web.Response:
    _book(call).default = None
    call.world.touch()
    return call.answer()


def _user(call: Call) -> str:
    user_id = call.parameter("userId")
    if not USER_ID.match(user_id):
        raise LineError(400, undocumented.BAD_VALUE.format(name="userId", what="parameter"))
    return user_id


def _is_friend(call: Call, user_id: str) -> bool:
    person = call.channel.person(user_id)
    return person is not None and person.state == "friend"


async def link(call: Call) -> web.Response:
    """Link a menu to one person at once; to someone who is no friend it does nothing, and says nothing."""
    user_id, menu = _user(call), _usable(call, call.parameter("richMenuId"))
    if _is_friend(call, user_id):
        _book(call).linked[user_id] = menu.menu_id
        call.world.touch()
    return call.answer()


async def linked(call: Call) -> web.Response:
    menu_id = _book(call).linked.get(_user(call))
    if menu_id is None:
        raise LineError(404, "the user has no richmenu")
    return call.answer({"richMenuId": menu_id})


async def unlink(call: Call) -> web.Response:
    _book(call).linked.pop(_user(call), None)
    call.world.touch()
    return call.answer()


async def link_many(call: Call) -> web.Response:
    body = call.json()
    people = _people(body)
    menu_id = body.get("richMenuId")
    if not isinstance(menu_id, str):
        raise invalid_property("richMenuId")
    _usable(call, menu_id)
    _later(call, {user_id: menu_id for user_id in people if _is_friend(call, user_id)})
    return call.answer(status=202)


async def unlink_many(call: Call) -> web.Response:
    _later(call, dict.fromkeys(_people(call.json())))
    return call.answer(status=202)


def _people(body: dict[str, Any]) -> list[str]:
    """Return up to 500 user ids; one that is none fails the whole call."""
    people = body.get("userIds")
    if not isinstance(people, list):
        raise invalid_property("userIds")
    if not 1 <= len(people) <= MOST_PEOPLE:
        problems = Problems()
        problems.add("userIds", f"Size must be between 1 and {MOST_PEOPLE}")
        problems.raise_any()
    for number, user_id in enumerate(people):
        if not isinstance(user_id, str) or not USER_ID.match(user_id):
            raise invalid_property(f"userIds[{number}]")
    return people


def _later(call: Call, links: dict[str, str | None], *, is_batch: bool = False) -> None:
    """Change links in the background, after as long as the channel says."""
    due_at = call.now + call.channel.rich_menu_seconds
    call.channel.rich_menus.jobs.append(MenuJob(call.request_id, call.now, due_at, links, is_batch))
    call.world.touch()
    jobs = call.request.app[JOBS]
    task = asyncio.create_task(_wait_and_settle(call, due_at))
    jobs.add(task)
    task.add_done_callback(jobs.discard)


async def _wait_and_settle(call: Call, due_at: float) -> None:
    await call.world.clock.sleep_until(due_at)
    if call.channel.rich_menus.settle(call.now):
        call.world.touch()


async def batch(call: Call) -> web.Response:
    _later(call, _batch_links(call), is_batch=True)
    return call.answer(status=202)


async def validate_batch(call: Call) -> web.Response:
    _batch_links(call)
    return call.answer()


def _batch_links(call: Call) -> dict[str, str | None]:
    """Return what a batch changes, reckoned from the links before it: its operations do not see each other."""
    body, book = call.json(), _book(call)
    operations = body.get("operations")
    if not isinstance(operations, list) or not 1 <= len(operations) <= MOST_OPERATIONS:
        raise invalid_property("operations")
    key = body.get("resumeRequestKey")
    if key is not None and (not isinstance(key, str) or not RESUME_KEY.match(key)):
        raise invalid_property("resumeRequestKey")
    if any(_kind(one, number) == "unlinkAll" for number, one in enumerate(operations)):
        if len(operations) > 1:
            raise LineError(400, undocumented.UNLINK_ALL_ALONE)
        return dict.fromkeys(book.linked)
    moves = {_menu_of(call, one, number, "from"): _target(call, one, number) for number, one in enumerate(operations)}
    return {user_id: moves[menu_id] for user_id, menu_id in book.linked.items() if menu_id in moves}


def _kind(operation: Any, number: int) -> str:
    kind = operation.get("type") if isinstance(operation, dict) else None
    if kind not in ("link", "unlink", "unlinkAll"):
        raise invalid_property(f"operations[{number}].type")
    return str(kind)


def _target(call: Call, operation: dict[str, Any], number: int) -> str | None:
    if operation["type"] == "unlink":
        return None
    return _usable(call, _menu_of(call, operation, number, "to")).menu_id


def _menu_of(call: Call, operation: dict[str, Any], number: int, name: str) -> str:
    menu_id = operation.get(name)
    if not isinstance(menu_id, str):
        raise invalid_property(f"operations[{number}].{name}")
    if menu_id not in call.channel.rich_menus.menus:
        raise LineError(404, "richmenu not found")
    return menu_id


async def progress(call: Call) -> web.Response:
    """Tell how far a batch is, for 14 days."""
    request_id = call.request.query.get("requestId")
    found = [job for job in _book(call).jobs if job.is_batch and job.request_id == request_id]
    if not found:
        raise LineError(404, "Not found")
    job = found[0]
    body = {"phase": job.phase, "acceptedTime": _moment(job.accepted_at)}
    if job.phase != "ongoing":
        body["completedTime"] = _moment(job.due_at)
    return call.answer(body)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
