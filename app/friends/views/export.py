"""The friends of a result as a file."""

from __future__ import annotations

from flask import Blueprint, Response

from app.core.i18n import _, today
from app.core.web.downloads import csv_answer
from app.core.web.server.places import downloads
from app.friends.list_params import parse_list_params
from app.friends.operations.exporting import note_export
from app.friends.queries.export import friends_as_csv
from app.friends.queries.filter_sql import filtering
from app.line.access import get_account
from app.team.permissions import Permission, current_actor, requires
from app.team.sign_in import requires_proof

blueprint = Blueprint("friend_export", __name__, url_prefix="/accounts/<int:account_id>/friends.csv")


@blueprint.get("")
@requires(Permission.EXPORT)
@requires_proof
@downloads
def show(account_id: int) -> Response:
    account, params = get_account(account_id), parse_list_params(account_id)
    note_export(account.id, params.filter, actor=current_actor())
    pieces = friends_as_csv(account.id, filtering(account.id, params.filter), params.order)
    word = _("friends")
    name = f"{word}-{account.basic_id.lstrip('@')}-{today():%Y-%m-%d}.csv"
    return csv_answer(pieces, name, "friends.csv")
