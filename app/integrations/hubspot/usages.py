"""Tell what relies on a synced property, so that a member who removes the field sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from app.core import usage
from app.core.db import db
from app.core.i18n import _l
from app.integrations.hubspot.conditions import WORDS
from app.integrations.hubspot.steps.property_plans import PROPERTIES
from app.integrations.hubspot.steps.value_trigger import properties_of_mappings
from app.integrations.shared.models import FieldMapping
from app.integrations.shared.queries import accounts_of
from app.line.models import Account
from app.segments.queries.segments import segments_using_property
from app.team.permissions import Permission
from app.workflows.models import WorkflowAccount
from app.workflows.usages import UsingWorkflow, as_usages, workflows_holding

KIND = "hubspot_field"
_CONDITION = "$.** ? (@.property == $name)"
_SETTING = f"$.nodes[*].settings.{PROPERTIES}.* ? (@ == $id)"


def segment_usages(mapping_id: int) -> Iterator[usage.Usage]:
    """Return segments with a condition on the property, account by account."""
    mapping = db.session.get_one(FieldMapping, mapping_id)
    for account in _accounts(mapping):
        for segment in segments_using_property(account.id, _name(mapping)):
            args = {"account_id": account.id, "segment_id": segment.id}
            page = ("segments.edit", args, Permission.SEGMENTS)
            yield usage.Usage(_l("Segment"), segment.name, *page, account_ids=[account.id])


def workflow_usages(mapping_id: int) -> Iterator[usage.Usage]:
    """Return workflows with a condition, a trigger or an action on the property."""
    mapping = db.session.get_one(FieldMapping, mapping_id)
    about = properties_of_mappings([mapping.id]).get(mapping.id)
    found = _by_id(workflows_holding(_SETTING, id=about.id) if about else [])
    asking = _by_id(workflows_holding(_CONDITION, name=_name(mapping)))
    covered = [account.id for account in _accounts(mapping)]
    here = select(WorkflowAccount.workflow_id).where(WorkflowAccount.account_id.in_(covered)).distinct()
    for workflow_id in db.session.scalars(here):
        if workflow_id in asking and not (workflow_id in found and found[workflow_id].is_saved):
            found[workflow_id] = asking[workflow_id]
    return as_usages([found[one] for one in sorted(found)])


def _by_id(found: Sequence[UsingWorkflow]) -> dict[int, UsingWorkflow]:
    return {one.workflow.id: one for one in found}


def _name(mapping: FieldMapping) -> str:
    """Return what the property is called in conditions."""
    return f"{WORDS.service}.{mapping.record_kind}.{mapping.remote_name}"


def _accounts(mapping: FieldMapping) -> list[Account]:
    return [account for _covered, account in accounts_of(mapping.integration_id)]


usage.register(KIND, "segments", segment_usages)
usage.register(KIND, "workflows", workflow_usages)
