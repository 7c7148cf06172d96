"""The trigger of a contact that was put on a list of HubSpot, or left it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import Text, _, _l
from app.integrations.hubspot.gateway.scopes import has_feature
from app.integrations.hubspot.steps.connected import check_portals, integrations_by_account, is_connected
from app.integrations.hubspot.steps.lists import lists_of, names_of_lists
from app.integrations.shared.events import ListMembersChanged
from app.integrations.shared.lists import WATCHED
from app.integrations.shared.models import RemoteLink, RemoteList
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import TRIGGERS, NodeCategory, NodeProblem, TriggerNodeKind
from app.workflows.definition.notes import TRIGGER_WORDS
from app.workflows.engine.entering import enter, listening_accounts
from app.workflows.engine.happenings import Happening
from app.workflows.named import names_by

LIST_CHANGED = "hubspot_list_changed"
ADDED, REMOVED = "added", "removed"
WAYS: dict[str, Text] = {ADDED: _l("The contact is added to the list"), REMOVED: _l("The contact leaves the list")}


def tell_members(batch: Sequence[ListMembersChanged]) -> None:
    """Start the workflows that respond to who was put on a list, or left it."""
    for said in batch:
        found = db.session.get(RemoteList, said.list_id)
        mine = (RemoteLink.integration_id == said.integration_id, RemoteLink.remote_id.in_(said.remote_ids))
        query = select(RemoteLink.account_id, RemoteLink.friend_id).where(*mine).order_by(RemoteLink.friend_id)
        people = db.session.execute(query).all()
        listening = listening_accounts({row.account_id for row in people}, LIST_CHANGED)
        if found is not None and listening:
            change = uuid4()
            heard = [row for row in people if row.account_id in listening]
            enter([_happening(found, row.account_id, row.friend_id, change, is_added=said.is_added) for row in heard])


def _happening(found: RemoteList, account_id: int, friend_id: int, change: object, *, is_added: bool) -> Happening:
    data = {"list_id": found.id, "list": found.name, "is_added": is_added, "account_id": account_id}
    return Happening(account_id, friend_id, LIST_CHANGED, f"{LIST_CHANGED}:{found.id}:{change}", data)


def _is_meant(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    wanted = (settings.get(WATCHED) or {}).get(str(data.get("account_id")))
    is_wanted_way = data.get("is_added") is (settings.get("change") != REMOVED)
    return wanted is not None and data.get("list_id") == wanted and is_wanted_way


def _check(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    yield from check_portals(account_ids, WATCHED, "lists")
    chosen, portals = node.settings.get(WATCHED) or {}, integrations_by_account(account_ids)
    for account_id, portal in portals.items():
        list_id = chosen.get(str(account_id))
        if not has_feature(portal.scopes, "lists"):
            continue
        if not list_id:
            yield NodeProblem(_l("Choose a list of HubSpot."), WATCHED)
        elif list_id not in {one.id for one in lists_of(account_id)}:
            yield NodeProblem(_l("The list of this trigger does not exist any more. Choose another one."), WATCHED)


def _example(node: Node, account_id: int) -> Mapping[str, Any]:
    list_id = (node.settings.get(WATCHED) or {}).get(str(account_id))
    name = names_of_lists([list_id], [account_id]).get(list_id, "") if list_id else ""
    return {"list_id": list_id, "list": name, "is_added": node.settings.get("change") != REMOVED}


def _summary(node: Node) -> Text:
    return WAYS[REMOVED if node.settings.get("change") == REMOVED else ADDED]


def _words(data: Mapping[str, Any]) -> Text:
    if data.get("is_added"):
        return _("Added to the HubSpot list “%(name)s”", name=data.get("list"))
    return _("Left the HubSpot list “%(name)s”", name=data.get("list"))


TRIGGER_WORDS.add(LIST_CHANGED, _words)
TRIGGERS.add(
    LIST_CHANGED,
    TriggerNodeKind(
        name=LIST_CHANGED,
        label=_l("Added to HubSpot list"),
        about=_l("When a friend's contact is added to a list of HubSpot, or leaves it"),
        rank=21,
        category=NodeCategory.AUTOMATION,
        icon="affiliate",
        matches=_is_meant,
        check=_check,
        summary=_summary,
        names=names_by(WATCHED, names_of_lists),
        tells=lambda _node: {"list": _l("HubSpot list")},
        example=_example,
        unavailable=is_connected,
    ),
)
