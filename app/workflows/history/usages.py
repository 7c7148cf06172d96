"""Tell which segments look at a workflow: it cannot be deleted while one does."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select, text

from app.core import usage
from app.core.db import db
from app.core.i18n import _l
from app.segments.models import Segment
from app.team.permissions import Permission
from app.workflows.history.conditions import ANSWER, FINISHED, IN_WORKFLOW

_NAMES_IT = text("""
    jsonb_path_exists(
        segments.definition,
        '$.groups[*].conditions[*] ? ((@.property == $is_in || @.property == $finished) && @.values[*] == $id)',
        jsonb_build_object('is_in', CAST(:is_in AS text), 'finished', CAST(:finished AS text),
                           'id', CAST(:id AS bigint)))
    OR EXISTS (
        SELECT FROM jsonb_path_query(segments.definition, '$.groups[*].conditions[*].property') AS named
        WHERE starts_with(named #>> '{}', :answer))
""")


def segment_usages(workflow_id: int) -> Iterator[usage.Usage]:
    """Return segments with a condition on the workflow or an answer of it."""
    values = {"is_in": IN_WORKFLOW, "finished": FINISHED, "id": workflow_id, "answer": f"{ANSWER}{workflow_id}."}
    query = select(Segment).where(_NAMES_IT.bindparams(**values)).order_by(func.search_fold(Segment.name), Segment.id)
    for segment in db.session.scalars(query):
        args = {"account_id": segment.account_id, "segment_id": segment.id}
        page = ("segments.edit", args, Permission.SEGMENTS)
        yield usage.Usage(_l("Segment"), segment.name, *page, holds=True, account_ids=[segment.account_id])


usage.register("workflow", "segments", segment_usages)
