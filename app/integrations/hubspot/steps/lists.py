"""The action that puts the friend's contact on a static list of HubSpot, or takes it off.

Both are calls that may be repeated: a contact that is on the list already stays there once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core import error_messages
from app.core.db import db, released
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import Text, _, _l
from app.integrations.hubspot.access import access_of
from app.integrations.hubspot.changing.run import NO_CONTACT
from app.integrations.hubspot.changing.sending import CONTACT_GONE
from app.integrations.hubspot.gateway import lists as requests
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.steps.connected import check_portals, integrations_by_account, is_connected
from app.integrations.shared.models import Integration, IntegrationAccount, RemoteLink, RemoteList
from app.workflows.definition.decisions import Decision, Do, Effect, Fail
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import ACTIONS, WITH_ERROR, ActionNodeKind, NodeCategory, NodeProblem, always
from app.workflows.definition.notes import NOTES, NoteWords
from app.workflows.definition.state import Arrival
from app.workflows.engine.performing import Done, Failed, Outcome, Performer, Task, again, performer
from app.workflows.named import names_by
from app.workflows.simulation.effects import Told, register_pretence

CHANGE_LIST = "hubspot_list"
# The setting that holds the list of each account.
LISTS = "hubspot_lists"
ADD, REMOVE = "add", "remove"
CHANGES: dict[str, Text] = {ADD: _l("Put the contact on a list"), REMOVE: _l("Take the contact off a list")}
# HubSpot takes so many contacts in one call; the steps of a sitting go in a few.
MOST_CONTACTS = 500
error_messages.register(
    {
        "hubspot.list_gone": _l("The list does not exist in HubSpot any more."),
        "hubspot.list_is_active": _l("HubSpot fills this list by its own conditions, so nothing can be put on it."),
    }
)


@dataclass(frozen=True)
class ChangeList(Effect):
    """Put the friend's contact on a list, or take it off."""

    list_id: int
    is_added: bool


def static_lists(account_id: int) -> Sequence[RemoteList]:
    """Return the lists of the account's HubSpot that may be changed, by name."""
    return [one for one in lists_of(account_id) if not one.is_active]


def lists_of(account_id: int) -> Sequence[RemoteList]:
    """Return all lists of the account's HubSpot, by name."""
    mine = (IntegrationAccount.account_id == account_id, IntegrationAccount.service == HUBSPOT)
    query = (
        select(RemoteList)
        .join(IntegrationAccount, IntegrationAccount.integration_id == RemoteList.integration_id)
        .where(*mine, RemoteList.deleted_at.is_(None))
    )
    return db.session.scalars(query.order_by(RemoteList.name, RemoteList.id)).all()


def _decide(arrival: Arrival) -> Decision:
    list_id = arrival.of_account(LISTS)
    if not isinstance(list_id, int):
        return Fail("hubspot.list_gone")
    return Do(ChangeList(list_id, arrival.setting("change") != REMOVE))


def _change(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    groups: defaultdict[tuple[int, bool], list[Task]] = defaultdict(list)
    for task in tasks:
        groups[task.effect.list_id, task.effect.is_added].append(task)
    outcomes: dict[str, Outcome] = {}
    for (list_id, is_added), some in groups.items():
        for start in range(0, len(some), MOST_CONTACTS):
            outcomes |= _change_alike(list_id, some[start : start + MOST_CONTACTS], is_added=is_added)
    return outcomes


def _change_alike(list_id: int, tasks: Sequence[Task], *, is_added: bool) -> dict[str, Outcome]:
    """Change one list for many friends with one call."""
    planned = {task.key: list_to_change(task) for task in tasks}
    contacts = _contacts([task for task in tasks if isinstance(planned[task.key], Done)])
    if not contacts:
        return planned
    found = db.session.get_one(RemoteList, list_id)
    access = access_of(db.session.get_one(Integration, found.integration_id))
    change = requests.add if is_added else requests.remove
    request = change(found.remote_id, sorted(set(contacts.values())))
    try:
        with released():
            came = HubSpotClient(access).call(request)
    except RetryLater as error:
        late = {task.key: again(task, error.code, after=error.after) for task in tasks if task.key in contacts}
        return planned | late
    except PermanentFailure as error:
        values = {name: str(value) for name, value in error.params.items()}
        return planned | dict.fromkeys(contacts, Failed(error.code, values))
    gone = set(came.missing) if is_added else set()
    return planned | {key: Failed(CONTACT_GONE) for key, contact in contacts.items() if contact in gone}


def list_to_change(task: Task) -> Outcome:
    """Return what becomes of the step as far as it is known here: done, where list and contact are there."""
    found = db.session.get(RemoteList, task.effect.list_id)
    covered = found and db.session.get(IntegrationAccount, (found.integration_id, task.account_id))
    if found is None or covered is None or found.deleted_at is not None:
        return Failed("hubspot.list_gone")
    if found.is_active:
        return Failed("hubspot.list_is_active")
    if not _contacts([task]):
        return Failed(NO_CONTACT)
    return Done({"hubspot_list": found.name, "is_taken_off": not task.effect.is_added})


def _contacts(tasks: Sequence[Task]) -> dict[str, str]:
    """Return the contact of each task's friend, by the task's key."""
    lists = {task.effect.list_id for task in tasks}
    portals = select(RemoteList.integration_id).where(RemoteList.id.in_(lists))
    query = select(RemoteLink.friend_id, RemoteLink.remote_id).where(
        RemoteLink.friend_id.in_([task.friend_id for task in tasks]),
        RemoteLink.integration_id.in_(portals),
        RemoteLink.remote_id.is_not(None),
    )
    known = {row.friend_id: str(row.remote_id) for row in db.session.execute(query)}
    return {task.key: known[task.friend_id] for task in tasks if task.friend_id in known}


def _check(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    yield from check_portals(account_ids, LISTS, "list_changes")
    chosen, portals = node.settings.get(LISTS) or {}, integrations_by_account(account_ids)
    for account_id in portals:
        known = {one.id for one in static_lists(account_id)}
        list_id = chosen.get(str(account_id))
        if not list_id:
            yield NodeProblem(_l("Choose a static list of HubSpot."), LISTS)
        elif list_id not in known:
            yield NodeProblem(
                _l("The list of this step does not exist any more, or is active. Choose another one."), LISTS
            )


def _summary(node: Node) -> Text:
    return CHANGES[REMOVE if node.settings.get("change") == REMOVE else ADD]


def names_of_lists(ids: Collection[int], account_ids: Sequence[int]) -> Mapping[int, str]:
    """Return the names of lists of the HubSpot accounts that cover these LINE accounts, by id."""
    covers = IntegrationAccount.integration_id == RemoteList.integration_id
    query = select(RemoteList.id, RemoteList.name).join(IntegrationAccount, covers)
    mine = (IntegrationAccount.account_id.in_(account_ids), RemoteList.id.in_(ids))
    return {row.id: row.name for row in db.session.execute(query.where(*mine))}


def _pretend(tasks: Sequence[Task], _told: Told) -> dict[str, Outcome]:
    return {task.key: list_to_change(task) for task in tasks}


def _note(name: Any, note: Mapping[str, Any]) -> Text:
    if note.get("is_taken_off"):
        return _("Taken off the HubSpot list “%(name)s”", name=name)
    return _("Put on the HubSpot list “%(name)s”", name=name)


NOTES.add("hubspot_list", NoteWords(_note))
performer(ChangeList, Performer(outside=_change))
register_pretence(ChangeList, _pretend)
ACTIONS.add(
    CHANGE_LIST,
    ActionNodeKind(
        name=CHANGE_LIST,
        label=_l("HubSpot list"),
        about=_l("Puts the friend's contact on a static list of HubSpot, or takes it off"),
        rank=60,
        category=NodeCategory.AUTOMATION,
        icon="affiliate",
        decide=_decide,
        decides_alike=always,
        check=_check,
        summary=_summary,
        names=names_by(LISTS, names_of_lists),
        exits=lambda _node: WITH_ERROR,
        unavailable=is_connected,
    ),
)
