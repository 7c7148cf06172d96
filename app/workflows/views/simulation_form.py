"""The form before a test run: friend and trigger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.i18n import Text, _, _l
from app.core.identifiers import posted_number
from app.core.values.errors import WrongValue
from app.friends.filters import FriendFilter
from app.friends.models import Friend
from app.friends.queries.attributes import attribute_definitions
from app.friends.queries.listing import friends_page
from app.friends.queries.orders import ORDERS
from app.friends.queries.tags import tags_by_id, tags_named_like
from app.friends.values import Field, fields
from app.line.models import Account
from app.workflows.definition.kinds import triggers_of
from app.workflows.definition.summaries import summaries
from app.workflows.forms.registry import Posted
from app.workflows.history.steps import node_name
from app.workflows.simulation.setups import LONGEST_TOLD, PlayedSetup, asked_of, usual
from app.workflows.views.editing import WorkflowEditing

FRIEND, INVENTED = "friend", "invented"
MOST_FRIENDS, MOST_TAGS, LONGEST_NAME = 10, 100, 100
NO_FRIEND = _l("Choose a friend.")
NO_TRIGGER = _l("Choose what happens.")


def account_of(editing: WorkflowEditing, account_id: int) -> Account | None:
    """Return the account that was asked for, or the first one; None for a workflow without accounts."""
    first = editing.accounts[0] if editing.accounts else None
    return next((one for one in editing.accounts if one.id == account_id), first)


def friend_named(setup: PlayedSetup) -> str | None:
    """Return the name of the friend of a test; None for one who is not there."""
    query = select(Friend.display_name).where(Friend.id == setup.friend_id, Friend.account_id == setup.account_id)
    row = db.session.execute(query).one_or_none()
    return (row.display_name or _("Name not known")) if row else None


def friends_found(editing: WorkflowEditing, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the friends whom the search finds, and which one is chosen."""
    account = account_of(editing, posted_number(given.get("account")))
    if account is None:
        return {"friends": [], "chosen_friend": 0}
    wanted = FriendFilter(search=str(given.get("search", "")).strip()[:LONGEST_NAME])
    rows = friends_page(account.id, wanted, ORDERS["newest"], size=MOST_FRIENDS).rows
    return {"friends": rows, "chosen_friend": posted_number(given.get("friend"))}


def setup_context(editing: WorkflowEditing, account_id: int, given: Posted, may_see_friends: bool) -> dict[str, Any]:
    """Return what the form shows: what was typed, else what is usual."""
    account = account_of(editing, account_id)
    triggers = triggers_of(editing.graph)
    said = summaries(triggers, [account.id]) if account else {}
    found = friends_found(editing, given) if may_see_friends else {"friends": [], "chosen_friend": 0}
    return {
        "accounts": editing.accounts,
        "account": account,
        "triggers": [
            {
                "id": one.id,
                "name": node_name(one.kind, one, said),
                "asked": [
                    (name, label, given.get(f"told-{one.id}-{name}", usual(one, name, account.id if account else 0)))
                    for name, label in asked_of(one).items()
                ],
            }
            for one in triggers
        ],
        "chosen_trigger": given.get("trigger") or (triggers[0].id if len(triggers) == 1 else ""),
        "may_see_friends": may_see_friends,
        "who": given.get("who") or (FRIEND if found["friends"] else INVENTED),
        "search": given.get("search", ""),
        "name": given.get("name", ""),
        "tags": tags_named_like(account.id, "", limit=MOST_TAGS) if account else [],
        "chosen_tags": {posted_number(one) for one in given.getlist("tags")},
        "fields": [(one, given.get(f"value-{one.name}", "")) for one in _fields(account)],
        **found,
    }


def _fields(account: Account | None) -> list[Field]:
    return list(fields(attribute_definitions(account.id)).values()) if account else []


class PostedSetup:
    """What was posted: a setup, or what is wrong with it by field."""

    def __init__(self, editing: WorkflowEditing, form: Posted, *, may_see_friends: bool) -> None:
        self._editing, self._form = editing, form
        self._may_see_friends = may_see_friends
        self.errors: dict[str, Text] = {}
        account = account_of(editing, posted_number(form.get("account")))
        self.account_id = account.id if account else 0
        self.setup = self._read(account) if account else None

    def _read(self, account: Account) -> PlayedSetup | None:
        trigger = next((one for one in triggers_of(self._editing.graph) if one.id == self._form.get("trigger")), None)
        if trigger is None:
            self.errors["trigger"] = NO_TRIGGER
        told = (
            {name: self._form.get(f"told-{trigger.id}-{name}", "")[:LONGEST_TOLD] for name in asked_of(trigger)}
            if trigger
            else {}
        )
        about = self._invented(account) if self._form.get("who") == INVENTED else self._friend(account)
        if self.errors or trigger is None:
            return None
        return PlayedSetup(account.id, trigger.id, clock.now().isoformat(), told=told, **about)

    def _friend(self, account: Account) -> dict[str, Any]:
        friend_id = posted_number(self._form.get("friend"))
        mine = select(Friend.id).where(Friend.id == friend_id, Friend.account_id == account.id)
        if not self._may_see_friends or db.session.scalar(mine) is None:
            self.errors["friend"] = NO_FRIEND
        return {"friend_id": friend_id}

    def _invented(self, account: Account) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for field in _fields(account):
            try:
                value = field.clean(self._form.get(f"value-{field.name}", ""))
            except WrongValue as error:
                self.errors[f"value-{field.name}"] = error.message
            else:
                values |= {field.name: value} if value is not None else {}
        tag_ids = [posted_number(one) for one in self._form.getlist("tags")[:MOST_TAGS]]
        tags = tuple(tag.id for tag in tags_by_id(account.id, tag_ids))
        return {"name": self._form.get("name", "").strip()[:LONGEST_NAME], "tag_ids": tags, "values": values}
