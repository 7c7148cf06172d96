"""The friends of a segment as a file."""

from __future__ import annotations

from flask import Response

from app.core.errors import Conflict
from app.core.i18n import today
from app.core.web.downloads import csv_answer
from app.core.web.server.places import downloads
from app.friends.queries.export import friends_as_csv
from app.line.access import get_account
from app.segments.conditions.compiler import compile_definition
from app.segments.operations.segments import note_export
from app.segments.queries.audience import NotKnownYet, require_known
from app.segments.queries.members import NEWEST, Membership
from app.segments.queries.segments import get_segment, reading_of
from app.segments.views.blueprint import blueprint
from app.team.permissions import Permission, current_actor, requires
from app.team.sign_in import requires_proof


@blueprint.get("/<int:segment_id>/members.csv")
@requires(Permission.EXPORT)
@requires_proof
@downloads
def export(account_id: int, segment_id: int) -> Response:
    account, segment = get_account(account_id), get_segment(account_id, segment_id)
    definition = reading_of(segment).definition
    try:
        require_known(definition)
    except NotKnownYet as reason:
        raise Conflict(str(reason)) from None
    note_export(segment, actor=current_actor())
    membership = Membership(compile_definition(definition))
    pieces = friends_as_csv(account.id, membership, NEWEST)
    return csv_answer(pieces, f"{segment.name}-{today():%Y-%m-%d}.csv", "segment.csv")
