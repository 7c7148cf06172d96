"""Restore an earlier version of a segment."""

from __future__ import annotations

from flask import Response, url_for

from app.core import htmx
from app.core.i18n import _
from app.line.access import get_account
from app.segments.operations.segments import restore_version
from app.segments.views.blueprint import blueprint
from app.team.permissions import Permission, current_actor, requires


@blueprint.post("/<int:segment_id>/versions/<int:number>/restoration")
@requires(Permission.SEGMENTS)
def restore(account_id: int, segment_id: int, number: int) -> Response:
    account = get_account(account_id)
    restore_version(account.id, segment_id, number, actor=current_actor())
    return htmx.go(
        url_for("segments.show", account_id=account.id, segment_id=segment_id),
        toast=_("Version %(number)s is the present one again.", number=number),
    )
