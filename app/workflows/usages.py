"""Tell what workflows use, so that a member who deletes a tag or a message sees what relies on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import select, text

from app.core import usage
from app.core.db import db
from app.core.i18n import _l
from app.team.permissions import Permission
from app.workflows.models import Workflow, WorkflowStatus, WorkflowVersion
from app.workflows.qr_codes.models import QrCode
from app.workflows.qr_codes.queries import codes_with_workflow
from app.workflows.queries.choices import is_current
from app.workflows.queries.workflows import accounts_of

# Where nodes keep ids: by account, lists of tags and codes, and single messages; for all accounts, a workflow.
_LISTED, _SINGLE = "$.nodes[*].settings.{name}.*[*] ? (@ == $id)", "$.nodes[*].settings.{name}.* ? (@ == $id)"
_FOR_ALL = "$.nodes[*].settings.{name} ? (@ == $id)"


def workflows_with(name: str, thing_id: int, where: str) -> list[Workflow]:
    """Return the workflows whose latest or active version names a thing in the setting `name`."""
    return workflows_holding(where.format(name=name), id=thing_id)


def workflows_holding(path: str, **values: object) -> list[Workflow]:
    """Return the workflows whose latest or active version holds something at a path, which may name these values."""
    names_it = text("jsonb_path_exists(graph, CAST(:path AS jsonpath), CAST(:values AS jsonb))")
    query = (
        select(Workflow)
        .join(WorkflowVersion, WorkflowVersion.workflow_id == Workflow.id)
        .where(is_current(), names_it, Workflow.status != WorkflowStatus.ARCHIVED)
        .distinct()
        .order_by(Workflow.id)
    )
    return list(db.session.scalars(query, {"path": path, "values": json.dumps(values)}))


def _usages(name: str, thing_id: int, where: str, *, holds: bool) -> Iterator[usage.Usage]:
    return as_usages(workflows_with(name, thing_id, where), holds=holds)


def as_usages(found: Sequence[Workflow], *, holds: bool = False) -> Iterator[usage.Usage]:
    """Return workflows as what uses a thing; with `holds` active ones keep it from being deleted."""
    accounts = accounts_of([one.id for one in found])
    for one in found:
        is_held, place = holds and one.status == WorkflowStatus.ACTIVE, {"workflow_id": one.id}
        page = ("workflows.show", place, Permission.WORKFLOWS)
        yield usage.Usage(_l("Workflow"), one.name, *page, is_held, accounts[one.id])


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
