"""Contacts and companies: find, create, edit, merge, delete, restore."""

from __future__ import annotations

from itertools import islice
from typing import Any

from aiohttp import web

from sandbox.control.hubspot.finding import USER, crm, hubspot, portal, record
from sandbox.control.plumbing import Control, ControlError
from sandbox.hubspot.book import Book
from sandbox.hubspot.catalogue import INFORMATION
from sandbox.hubspot.crm import BadProperties, Conflict
from sandbox.hubspot.drawing import history, record_id
from sandbox.hubspot.executions import object_type, offered
from sandbox.hubspot.state import CONTACTS, Record
from sandbox.pages.hubspot.common import RECORDS, WORKFLOWS, back, card, cards, record_path, screen, title
from sandbox.pages.rendering import page_route

LIST = f"{RECORDS}/objects/{{object_type:0-1|0-2}}"
ONE = f"{RECORDS}/record/{{object_type:0-1|0-2}}/{{record_id}}"
ON_A_PAGE = 25
# One search looks at so many records at most; the page goes on from there.
FARTHEST = 20_000
NEW_FIELDS = {CONTACTS: ("lastname", "firstname", "email", "phone"), "companies": ("name", "domain")}
HISTORY = 5
ACTS = ("save", "merge", "delete", "restore", "company", "no-company")


def add_routes(app: web.Application) -> None:
    """Serve the table of a type and the page of a record."""
    for tail in ("", "/views/all/list"):
        page_route(app, "GET", LIST + tail, listed)
    page_route(app, "POST", LIST, create)
    page_route(app, "GET", ONE, show)
    page_route(app, "POST", ONE, act)


async def listed(control: Control) -> web.Response:
    return _table(control)


def _table(control: Control, problem: str = "", status: int = 200) -> web.Response:
    found, kind, book = portal(control), crm(control).object_type, crm(control).book
    text = control.request.query.get("q", "").strip()
    after = control.number("after", 0)
    rows, following = _page(book, text.casefold(), after)
    definitions = found.properties[kind]
    return screen(
        control,
        "records",
        kind,
        status,
        kind=kind,
        rows=[card(found, kind, entry) for entry in rows],
        total=book.size(),
        text=text,
        following=following,
        after=after,
        fields=[definitions[name] for name in NEW_FIELDS[kind]],
        values=control.body,
        problem=problem,
    )


def _page(book: Book, text: str, after: int) -> tuple[list[Record], int | None]:
    """Return the records of a page, newest last, and where the next page starts."""
    rows: list[Record] = []
    seen = None
    for entry in islice(book.live_after(after), FARTHEST):
        if len(rows) == ON_A_PAGE:
            return rows, rows[-1].id
        seen = entry.id
        if not text or text == str(entry.id) or any(text in entry.properties.get(n, "").casefold() for n in SEARCHED):
            rows.append(entry)
    more = seen is not None and any(True for _ in islice(book.live_after(seen), 1))
    return rows, seen if more else None


SEARCHED = ("email", "firstname", "lastname", "phone", "name", "domain")


async def create(control: Control) -> web.Response:
    """Make a record out of the fields that are filled."""
    kind = crm(control).object_type
    values = {name: control.body[name].strip() for name in NEW_FIELDS[kind] if control.body.get(name, "").strip()}
    try:
        made = crm(control).create(values, USER)
    except (BadProperties, Conflict) as error:
        return _table(control, _said(error), 400)
    return back(record_path(portal(control), kind, made.id))


def _said(error: BadProperties | Conflict) -> str:
    if isinstance(error, Conflict):
        return str(error)
    return " ".join(f"{problem.name}: {problem.message}" for problem in error.problems)


async def show(control: Control) -> web.Response:
    return await _record(control)


async def _record(control: Control, problem: str = "", status: int = 200) -> web.Response:
    found, world, kind = portal(control), hubspot(control), crm(control).object_type
    await world.lists.settle_all(found)
    shown = record(control)
    definitions = sorted(found.properties[kind].values(), key=lambda entry: _order(kind, entry))
    survivor = crm(control).book.resolve(shown.id)
    return screen(
        control,
        "record",
        kind,
        status,
        kind=kind,
        record=shown,
        title=title(kind, shown),
        survivor=card(found, kind, survivor) if survivor and survivor.id != shown.id else None,
        fields=[entry for entry in definitions if _is_writable(entry)],
        fixed=[entry for entry in definitions if not _is_writable(entry) and shown.properties.get(entry["name"])],
        values=shown.properties | (control.body if problem else {}),
        histories={entry["name"]: history(shown, entry["name"])[:HISTORY] for entry in definitions},
        associated=_associated(control, shown),
        lists=[
            entry for entry in world.lists.live(found) if entry.object_type == kind and str(shown.id) in entry.members
        ],
        actions=[
            (f"{WORKFLOWS.format(portal_id=found.portal_id)}/actions/{action['id']}?record={shown.id}", action)
            for _, action in offered(world, found)
            if object_type(action) == kind
        ],
        problem=problem,
    )


def _order(kind: str, entry: dict[str, Any]) -> tuple[bool, str]:
    """Return HubSpot's own properties first in their order, then the groups that apps made."""
    return entry["groupName"] != INFORMATION[kind], entry["groupName"]


def _is_writable(entry: dict[str, Any]) -> bool:
    return not entry["archived"] and not entry["modificationMetadata"]["readOnlyValue"]


def _associated(control: Control, shown: Record) -> list[dict[str, Any]]:
    """Return the records on the other side, the primary one marked; of many, the first."""
    found, world, kind = portal(control), hubspot(control), crm(control).object_type
    other = "companies" if kind == CONTACTS else CONTACTS
    pairs = world.associations.of(found, kind, shown.id)[:ON_A_PAGE]
    shown_cards = cards(world, found, other, [number for number, _ in pairs])
    return [
        entry | {"is_primary": bool({1, 2} & set(types))} for entry, (_, types) in zip(shown_cards, pairs, strict=True)
    ]


async def act(control: Control) -> web.Response:
    """Do what one of the page's buttons says."""
    wish, shown = control.body.get("act", ""), record(control)
    if wish not in ACTS:
        raise ControlError(400, "There is no such button.")
    if wish != "restore" and not shown.is_live:
        raise ControlError(409, "The record was deleted or merged.")
    try:
        problem = _done(control, wish, shown)
    except (BadProperties, Conflict) as error:
        problem = _said(error)
    if problem:
        return await _record(control, problem, 400)
    return back(record_path(portal(control), crm(control).object_type, shown.id))


def _done(control: Control, wish: str, shown: Record) -> str:
    """Do it; what stood in the way otherwise."""
    if wish == "save":
        changed = _changed(control, shown)
        if changed:
            crm(control).update(shown, changed, USER)
    elif wish == "delete":
        crm(control).archive(shown, USER)
    elif wish == "restore":
        if shown.archived_at is not None:
            crm(control).restore(shown, USER)
    elif wish == "merge":
        return _merge(control, shown)
    else:
        return _associate(control, shown, remove=wish == "no-company")
    return ""


def _changed(control: Control, shown: Record) -> dict[str, str]:
    """Return the values of the form that differ; several choices of one property are joined."""
    changed = {}
    for name, entry in portal(control).properties[crm(control).object_type].items():
        if not _is_writable(entry) or f"had:{name}" not in control.body:
            continue
        value = control.body.get(name, "")
        if entry["fieldType"] == "checkbox":
            chosen = [option["value"] for option in entry["options"] if f"{name}:{option['value']}" in control.body]
            value = ";".join(chosen)
        if value.replace("\r\n", "\n") != shown.properties.get(name, ""):
            changed[name] = value.replace("\r\n", "\n")
    return changed


def _merge(control: Control, shown: Record) -> str:
    other = crm(control).book.get(record_id(control.body.get("other", "").strip()))
    if other is None or not other.is_live or other.id == shown.id:
        return "There is no such other record."
    crm(control).merge(shown, other, USER)
    return ""


def _associate(control: Control, shown: Record, *, remove: bool) -> str:
    found, world = portal(control), hubspot(control)
    number = record_id(control.body.get("company", "").strip())
    company = world.book(found, "companies").get(number)
    if crm(control).object_type != CONTACTS or company is None or not company.is_live:
        return "There is no such company."
    if remove:
        world.associations.remove(found, shown.id, number, USER)
    else:
        world.associations.add(found, shown.id, number, [1] if control.body.get("primary") else [], USER)
    return ""
