"""Results of broadcasts as files, for members who may export and see broadcasts."""

from __future__ import annotations

from flask import Response

from app.core.errors import NotFound
from app.core.i18n import _, today
from app.core.web.downloads import csv_answer
from app.core.web.server.places import downloads
from app.line.access import get_account
from app.messages.broadcasts.comparison import MOST
from app.messages.broadcasts.export import comparison_as_csv, list_as_csv, results_as_csv
from app.messages.broadcasts.list_rows import lines_of
from app.messages.broadcasts.operations.exporting import note_comparison_export, note_export, note_list_export
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.queries.results import figures_of
from app.messages.broadcasts.readers import READERS
from app.messages.broadcasts.views.blueprint import blueprint
from app.messages.broadcasts.views.comparison import asked_broadcasts
from app.messages.broadcasts.views.listing import asked_list
from app.team.permissions import Permission, check_any, current_actor, requires
from app.team.sign_in import requires_proof


@blueprint.get("/list.csv")
@requires(Permission.EXPORT)
@requires_proof
@downloads
def list_file(account_id: int) -> Response:
    """Send the broadcasts that the list shows, one a row."""
    check_any(*READERS)
    account, asked = get_account(account_id), asked_list(account_id)
    note_list_export(account_id, actor=current_actor())
    word = _("broadcasts")
    name = f"{word}-{account.basic_id.lstrip('@')}-{today():%Y-%m-%d}.csv"
    return csv_answer(list_as_csv(asked.scope, asked.order), name, "broadcasts.csv")


@blueprint.get("/comparison.csv")
@requires(Permission.EXPORT)
@requires_proof
@downloads
def comparison_file(account_id: int) -> Response:
    check_any(*READERS)
    get_account(account_id)
    chosen = asked_broadcasts(account_id)[:MOST]
    note_comparison_export(account_id, chosen, actor=current_actor())
    word = _("comparison")
    pieces = comparison_as_csv(lines_of(account_id, chosen))
    return csv_answer(pieces, f"{word}-{today():%Y-%m-%d}.csv", "comparison.csv")


@blueprint.get("/<int:broadcast_id>/results.csv")
@requires(Permission.EXPORT)
@requires_proof
@downloads
def results_file(account_id: int, broadcast_id: int) -> Response:
    """Send the figures as they are now, with each link and each hour."""
    check_any(*READERS)
    get_account(account_id)
    broadcast = get_broadcast(account_id, broadcast_id)
    if not broadcast.is_frozen:
        raise NotFound
    note_export(account_id, broadcast, actor=current_actor())
    return csv_answer(results_as_csv(figures_of(broadcast)), f"{broadcast.name}-{today():%Y-%m-%d}.csv", "results.csv")
