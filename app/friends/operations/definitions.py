"""Create, rename, move and delete custom attributes of an account."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.events import announce
from app.core.i18n import _, _l
from app.core.names import clean_name, unique
from app.friends.events import AttributeDeleted
from app.friends.models import AttributeDefinition, AttributeKind
from app.friends.operations.deletion_runs import start_deletion
from app.friends.queries.attributes import attribute_definitions, free_key, get_definition
from app.line.models import Account
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

MOST_DEFINITIONS = 100
audit.describe(
    {
        "attribute.created": _l("created the attribute %(target)s"),
        "attribute.renamed": _l("renamed the attribute %(before)s to %(target)s"),
        "attribute.deleted": _l("deleted the attribute %(target)s"),
    },
    {"attribute": _l("Attributes of friends")},
)


@operation(Permission.FRIENDS)
def create_definition(
    account_id: int, label: str, kind: str, *, key: str | None = None, actor: Actor
) -> AttributeDefinition:
    """Add a custom attribute at the end; raises InvalidInput(label, kind).

    `key` comes from `free_key` where the same attribute is made in several accounts.
    """
    _one_at_a_time(account_id)
    known = attribute_definitions(account_id)
    if len(known) >= MOST_DEFINITIONS:
        raise InvalidInput(label=_("An account has at most %(count)s attributes.", count=MOST_DEFINITIONS))
    if kind not in set(AttributeKind):
        raise InvalidInput(kind=_("Choose a kind."))
    definition = AttributeDefinition(
        account_id=account_id,
        label=clean_name(label, "label"),
        kind=kind,
        key=key or free_key([account_id], label),
        position=max((one.position for one in known), default=0) + 1,
    )
    with _unique_label():
        db.session.add(definition)
    audit.record(actor, "attribute.created", target=definition, target_name=definition.label, account_id=account_id)
    return definition


@operation(Permission.FRIENDS)
def rename_definition(account_id: int, definition_id: int, label: str, *, actor: Actor) -> AttributeDefinition:
    """Give it another label; its key and all values stay. Raises InvalidInput(label), NotFound."""
    definition = get_definition(account_id, definition_id)
    before, after = definition.label, clean_name(label, "label")
    with _unique_label():
        definition.label = after
    about: dict[str, Any] = {"target": definition, "target_name": after, "account_id": account_id}
    audit.record(actor, "attribute.renamed", **about, before=before)
    return definition


@operation(Permission.FRIENDS)
def move_definition(account_id: int, definition_id: int, *, up: bool, actor: Actor) -> None:
    """Swap places with the neighbour above or below; does nothing at the end of the list. Raises NotFound."""
    _one_at_a_time(account_id)
    moving = get_definition(account_id, definition_id)
    ordered = list(attribute_definitions(account_id))
    at = ordered.index(moving)
    to = at - 1 if up else at + 1
    if 0 <= to < len(ordered):
        ordered.insert(to, ordered.pop(at))
    for position, definition in enumerate(ordered, start=1):
        definition.position = position


@operation(Permission.FRIENDS)
def delete_definition(account_id: int, definition_id: int, *, actor: Actor) -> None:
    """Delete it with all its values: gone from every page at once, and from the friends by a worker soon after."""
    definition = get_definition(account_id, definition_id)
    start_deletion(definition, actor=actor)
    audit.record(actor, "attribute.deleted", target=definition, target_name=definition.label, account_id=account_id)
    db.session.flush()
    announce(AttributeDeleted(account_id=account_id, key=definition.key))


def _one_at_a_time(account_id: int) -> None:
    """Lock the account: keys and positions depend on the other attributes, so changes come one after another."""
    db.session.execute(select(Account.id).where(Account.id == account_id).with_for_update(key_share=True))


def _unique_label() -> AbstractContextManager[None]:
    taken = _("There is an attribute of this name already, or one that looks the same.")
    return unique("uq_attribute_definitions_label", "label", taken)
