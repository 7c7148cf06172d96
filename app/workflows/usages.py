"""Tell what workflows use, so that a member who deletes a tag or a message sees what relies on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import false, func, select, text, true, union_all

from app.core import usage
from app.core.db import db
from app.core.i18n import _l
from app.team.permissions import Permission
from app.workflows.models import Workflow, WorkflowDraft, WorkflowStatus, WorkflowVersion
from app.workflows.qr_codes.models import QrCode
from app.workflows.qr_codes.queries import codes_with_workflow
from app.workflows.queries.choices import is_current
from app.workflows.queries.workflows import accounts_of

# Where nodes keep ids: by account, lists of tags and codes, and single messages; for all accounts, a workflow.
_LISTED, _SINGLE = "$.nodes[*].settings.{name}.*[*] ? (@ == $id)", "$.nodes[*].settings.{name}.* ? (@ == $id)"
_FOR_ALL = "$.nodes[*].settings.{name} ? (@ == $id)"


@dataclass(frozen=True)
class UsingWorkflow:
    """A workflow that names a thing; `is_saved`: in a version, and not only in changes that were not saved yet."""

    workflow: Workflow
    is_saved: bool


def workflows_with(name: str, thing_id: int, where: str) -> list[UsingWorkflow]:
    """Return the workflows that name a thing in the setting `name`."""
    return workflows_holding(where.format(name=name), id=thing_id)


def workflows_holding(path: str, **values: object) -> list[UsingWorkflow]:
    """Return the workflows whose latest or active version, or working copy, holds something at a path.

    The path may name these values.
    """
    names_it = text("jsonb_path_exists(graph, CAST(:path AS jsonpath), CAST(:values AS jsonb))")
    versions = select(WorkflowVersion.workflow_id, true().label("is_saved")).join(
        Workflow, Workflow.id == WorkflowVersion.workflow_id
    )
    drafts = select(WorkflowDraft.workflow_id, false()).where(names_it)
    found = union_all(versions.where(is_current(), names_it), drafts).subquery()
    query = select(Workflow, func.bool_or(found.c.is_saved)).join(found, found.c.workflow_id == Workflow.id)
    query = query.where(Workflow.status != WorkflowStatus.ARCHIVED).group_by(Workflow.id).order_by(Workflow.id)
    rows = db.session.execute(query, {"path": path, "values": json.dumps(values)})
    return [UsingWorkflow(workflow, is_saved) for workflow, is_saved in rows]


def _usages(name: str, thing_id: int, where: str, *, holds: bool) -> Iterator[usage.Usage]:
    return as_usages(workflows_with(name, thing_id, where), holds=holds)


def as_usages(found: Sequence[UsingWorkflow], *, holds: bool = False) -> Iterator[usage.Usage]:
    """Return workflows as what uses a thing; with `holds` active ones keep it from being deleted."""
    accounts = accounts_of([one.workflow.id for one in found])
    for one in found:
        workflow, kind = one.workflow, _l("Workflow") if one.is_saved else _l("Workflow, in changes not saved yet")
        is_held = holds and one.is_saved and workflow.status == WorkflowStatus.ACTIVE
        page = ("workflows.show", {"workflow_id": workflow.id}, Permission.WORKFLOWS)
        yield usage.Usage(kind, workflow.name, *page, is_held, accounts[workflow.id])


def _code_usage(code: QrCode) -> usage.Usage:
    place = {"account_id": code.account_id, "code_id": code.id}
    return usage.Usage(
        _l("QR Code"), code.name, "qr_codes.show", place, Permission.WORKFLOWS, account_ids=[code.account_id]
    )


usage.register("tag", "workflows", lambda tag_id: _usages("tags", tag_id, _LISTED, holds=False))
usage.register("auto_message", "workflows", lambda message_id: _usages("messages", message_id, _SINGLE, holds=True))
usage.register("qr_code", "workflows", lambda code_id: _usages("codes", code_id, _LISTED, holds=True))
usage.register("workflow", "qr_codes", lambda workflow_id: map(_code_usage, codes_with_workflow(workflow_id)))
usage.register("workflow", "workflows", lambda workflow_id: _usages("workflow", workflow_id, _FOR_ALL, holds=True))
usage.register("rich_menu", "workflows", lambda menu_id: _usages("menus", menu_id, _SINGLE, holds=True))
usage.register("segment", "workflows", lambda segment_id: _usages("segments", segment_id, _SINGLE, holds=True))
