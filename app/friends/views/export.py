"""The friends of a result as a file."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response

from app.core.i18n import _, today
from app.core.spreadsheets import csv_pieces
from app.friends.operations.exporting import note_export
from app.friends.queries.attributes import attribute_definitions
from app.friends.queries.export import columns, friends_for_export
from app.friends.views.asked import read_asked
from app.line.access import get_account
from app.team.permissions import Permission, me, requires

blueprint = Blueprint("friend_export", __name__, url_prefix="/accounts/<int:account_id>/friends.csv")


@blueprint.get("")
@requires(Permission.FRIENDS)
def show(account_id: int) -> Response:
    account, asked = get_account(account_id), read_asked(account_id)
    shown = columns(attribute_definitions(account.id))
    note_export(account.id, asked.wanted, me())
    rows = friends_for_export(account.id, asked.wanted, asked.order)
    header = [label for label, _value in shown]
    pieces = csv_pieces(header, ([value(row) for _label, value in shown] for row in rows))
    name = f"{_('friends')}-{account.basic_id.lstrip('@')}-{today():%Y-%m-%d}.csv"
    response = Response(pieces, mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename=\"friends.csv\"; filename*=UTF-8''{quote(name)}"
    return response
