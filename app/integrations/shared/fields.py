"""Fields of friends that the accounts of an integration have in common, and those that one of them lacks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.core.errors import Conflict, InvalidInput
from app.core.i18n import _
from app.friends.operations.definitions import create_definition
from app.friends.queries.attributes import attribute_definitions, free_key
from app.friends.values import CUSTOM, Field, fields
from app.integrations.shared.queries import accounts_of
from app.line.models import Account
from app.team.actors import Actor


def fields_by_account(integration_id: int) -> dict[int, dict[str, Field]]:
    """Return the fields of friends by account and name."""
    return {
        covered.account_id: fields(attribute_definitions(covered.account_id))
        for covered, _account in accounts_of(integration_id)
    }


def common_fields(integration_id: int) -> dict[str, Field]:
    """Return the fields that all accounts have, of the same kind; a label is that of the first account."""
    first, *others = list(fields_by_account(integration_id).values()) or [fields(())]
    return {name: field for name, field in first.items() if all(_is_alike(field, one) for one in others)}


def all_fields(integration_id: int) -> dict[str, Field]:
    """Return the fields that any account has; of several of one name, that of the first account."""
    found: dict[str, Field] = {}
    for known in fields_by_account(integration_id).values():
        found = {**known, **found}
    return found


def synced_fields(integration_id: int) -> dict[int, dict[str, Field]]:
    """Return by account the fields that can be kept equal: all but those of another kind than the first one's."""
    first = all_fields(integration_id)
    return {
        account_id: {name: field for name, field in known.items() if field.kind == first[name].kind}
        for account_id, known in fields_by_account(integration_id).items()
    }


def accounts_without(integration_id: int, name: str) -> list[Account]:
    """Return the accounts that lack a field, or have another kind of it than the first account that has one."""
    if not name.startswith(CUSTOM):
        return []
    known = synced_fields(integration_id)
    return [account for _covered, account in accounts_of(integration_id) if name not in known[account.id]]


@dataclass(frozen=True)
class LackingField:
    """A field that an account lacks; `can_be_made`: nothing there has its name."""

    field: Field
    can_be_made: bool


def lacking_in(integration_id: int, account_id: int, names: Collection[str]) -> list[LackingField]:
    """Return which of these fields an account, covered or not, lacks or has of another kind."""
    wanted, known = all_fields(integration_id), fields(attribute_definitions(account_id))
    labels = {str(field.label).casefold() for field in known.values()}
    return [
        LackingField(field, name not in known and str(field.label).casefold() not in labels)
        for name, field in wanted.items()
        if name in names and (name not in known or known[name].kind != field.kind)
    ]


def make_everywhere(account_ids: Sequence[int], label: str, kind: str, *, actor: Actor) -> str:
    """Make a custom attribute of the same key in all these accounts and return its field name.

    Raises InvalidInput(label, kind), and NotAllowed for an actor who may not change attributes.
    """
    key = free_key(account_ids, label)
    for account_id in account_ids:
        create_definition(account_id, label, kind, key=key, actor=actor)
    return CUSTOM + key


def make_where_missing(integration_id: int, name: str, *, actor: Actor) -> None:
    """Make a custom attribute, with its label and kind of another account, in those that lack it.

    Raises Conflict where that cannot be done, and NotAllowed for an actor who may not change attributes.
    """
    known = fields_by_account(integration_id)
    model = next((one[name] for one in known.values() if name in one), None)
    missing = [account for account in accounts_without(integration_id, name) if name not in known[account.id]]
    if model is None or not missing:
        raise Conflict(_("An account has another attribute there. Remove this field and add it again."))
    for account in missing:
        try:
            create_definition(account.id, str(model.label), model.kind, key=name.removeprefix(CUSTOM), actor=actor)
        except InvalidInput as refusal:
            raise Conflict("; ".join(map(str, refusal.fields.values()))) from refusal


def label_of(name: str, known: Mapping[str, Field]) -> str:
    """Return what a field is called; its key where it is gone."""
    return str(known[name].label) if name in known else name.removeprefix(CUSTOM)


def _is_alike(field: Field, others: Mapping[str, Field]) -> bool:
    return field.name in others and others[field.name].kind == field.kind
