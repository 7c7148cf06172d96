"""Which properties of a service are kept equal to which fields of friends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import error_messages, queue
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound, PermanentFailure
from app.core.i18n import _, _l
from app.integrations.shared.fields import all_fields, common_fields, label_of
from app.integrations.shared.models import FieldMapping, Integration, RemoteLink
from app.integrations.shared.services import SERVICES, sync_soon
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

FIELD_MISSING, PROPERTY_MISSING = "integrations.field_missing", "integrations.property_missing"
error_messages.register(
    {
        FIELD_MISSING: _l("The attribute “%(field)s” is no longer there in any LINE account. Remove this field."),
        PROPERTY_MISSING: _l("The property is no longer there. Restore it, or remove this field."),
    }
)
audit.describe(
    {
        "mapping.added": _l("let %(target)s be kept equal to %(field)s"),
        "mapping.removed": _l("stopped keeping %(target)s equal to %(field)s"),
    },
    {"mapping": _l("Fields kept equal with other services")},
)


@dataclass(frozen=True)
class RemoteField:
    """A property as the service describes it. `kind`: "contact", or "company" for what is read of a company."""

    name: str
    label: str
    type: str
    field_type: str = ""
    options: tuple[tuple[str, str], ...] = ()
    is_read_only: bool = False
    kind: str = "contact"

    def columns(self) -> dict[str, Any]:
        """Return what a mapping keeps of it."""
        return {
            "remote_label": self.label,
            "remote_type": self.type,
            "remote_field_type": self.field_type,
            "options": [list(option) for option in self.options],
            "is_read_only": self.is_read_only,
        }


def mappings_of(integration_id: int) -> Sequence[FieldMapping]:
    """Return all mapped properties, the ones that were there first in front."""
    query = select(FieldMapping).where(FieldMapping.integration_id == integration_id).order_by(FieldMapping.id)
    return db.session.scalars(query).all()


def working_mappings(integration_id: int) -> list[FieldMapping]:
    """Return the mapped properties that stand still for no problem."""
    return [one for one in mappings_of(integration_id) if one.problem is None]


def get_mapping(integration_id: int, mapping_id: int) -> FieldMapping:
    """Return the mapping; raises NotFound."""
    found = db.session.get(FieldMapping, mapping_id)
    if found is None or found.integration_id != integration_id:
        raise NotFound
    return found


def add_defaults(integration: Integration, defaults: Sequence[tuple[RemoteField, str]]) -> None:
    """Store the mappings that every integration begins with, in the caller's transaction.

    One that has some was connected before: what was removed since does not come back.
    """
    if mappings_of(integration.id):
        return
    rows = [
        {
            "integration_id": integration.id,
            "record_kind": remote.kind,
            "remote_name": remote.name,
            "field": field,
            "is_default": True,
            **remote.columns(),
        }
        for remote, field in defaults
    ]
    db.session.execute(insert(FieldMapping).on_conflict_do_nothing(), rows)


@operation(Permission.INTEGRATIONS)
def add_mapping(integration: Integration, remote: RemoteField, field: str, *, actor: Actor) -> FieldMapping:
    """Keep a property equal to a field from now on; its values are read by the next sync, which is due at once.

    Raises InvalidInput(field) for a field that is mapped already or not in all accounts, and Conflict for a property
    that is mapped already.
    """
    _one_at_a_time(integration)
    present = mappings_of(integration.id)
    if any((one.record_kind, one.remote_name) == (remote.kind, remote.name) for one in present):
        raise Conflict(_("“%(property)s” is synced already.", property=remote.label))
    known = common_fields(integration.id)
    if field not in known:
        raise InvalidInput(field=_("Choose a field that all connected accounts have."))
    if taken := next((one for one in present if one.field == field), None):
        raise InvalidInput(
            field=_(
                "This field is synced with “%(property)s” already. Choose another one.", property=taken.remote_label
            )
        )
    made = FieldMapping(
        integration_id=integration.id,
        record_kind=remote.kind,
        remote_name=remote.name,
        field=field,
        **remote.columns(),
    )
    db.session.add(made)
    db.session.flush()
    sync_soon(integration)
    audit.record(actor, "mapping.added", target=made, target_name=remote.label, field=label_of(field, known))
    _tell(integration)
    return made


@operation(Permission.INTEGRATIONS)
def remove_mapping(integration: Integration, mapping_id: int, *, is_sure: bool, actor: Actor) -> None:
    """Stop keeping the two equal; values stay on both sides. Raises NotFound, Conflict for a default unless sure."""
    found = get_mapping(integration.id, mapping_id)
    if found.is_default and not is_sure:
        raise Conflict(_("This is a basic field. Confirm that it shall no longer be synced."))
    known = all_fields(integration.id)
    audit.record(
        actor, "mapping.removed", target=found, target_name=found.remote_label, field=label_of(found.field, known)
    )
    _forget_agreement(found)
    db.session.delete(found)
    _tell(integration)


def refresh(
    integration: Integration,
    described: Mapping[tuple[str, str], RemoteField],
    refused: Mapping[tuple[str, str], PermanentFailure],
) -> None:
    """Take over what the service says of mapped properties now, and find those that cannot be kept equal.

    `described` holds all properties by kind and name, `refused` why the service does not tell of one.
    """
    for mapping in mappings_of(integration.id):
        key = (mapping.record_kind, mapping.remote_name)
        remote, why = described.get(key), refused.get(key)
        if remote is None:
            mapping.problem = why.code if why else PROPERTY_MISSING
            mapping.problem_values = dict(why.params) if why else {}
            continue
        for name, value in remote.columns().items():
            setattr(mapping, name, value)
        _look_at_field(mapping)


def look_at_fields(integration_id: int) -> None:
    """Find mappings whose field no account has any more, after accounts or their attributes have changed."""
    for mapping in mappings_of(integration_id):
        if mapping.problem in (None, FIELD_MISSING):
            _look_at_field(mapping)


def _look_at_field(mapping: FieldMapping) -> None:
    known = all_fields(mapping.integration_id)
    mapping.problem = None if mapping.field in known else FIELD_MISSING
    mapping.problem_values = {"field": label_of(mapping.field, known)} if mapping.problem else {}


def _forget_agreement(mapping: FieldMapping) -> None:
    """Forget on what both sides agreed: a property that is mapped again later starts from the values of that day."""
    holds = (RemoteLink.integration_id == mapping.integration_id, RemoteLink.synced.has_key(mapping.remote_name))
    db.session.execute(
        update(RemoteLink)
        .where(*holds)
        .values(synced=RemoteLink.synced.op("-")(mapping.remote_name))
        .execution_options(synchronize_session=False)
    )


def _tell(integration: Integration) -> None:
    """Let the service hear of the fields that are mapped now, after the caller's transaction."""
    queue.after_commit(db.session, SERVICES[integration.service].on_mappings)


def _one_at_a_time(integration: Integration) -> None:
    db.session.execute(select(Integration.id).where(Integration.id == integration.id).with_for_update(key_share=True))
