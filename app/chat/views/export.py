"""A conversation as a file."""

from __future__ import annotations

from flask import Response, render_template

from app.chat import tables
from app.chat.archive import archive_pieces, archived_files
from app.chat.operations.state import note_export
from app.chat.queries.conversations import get_conversation, name_of
from app.chat.queries.history import told_rows
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.db import db
from app.core.spreadsheets import csv_pieces
from app.core.web.downloads import csv_answer, zip_answer
from app.core.web.server.places import downloads
from app.line.models import Account
from app.team.permissions import Permission, check_any, current_actor, requires
from app.team.sign_in import requires_proof


@blueprint.get("/<int:conversation_id>/export.csv")
@requires(Permission.EXPORT)
@requires_proof
@downloads
def export_csv(conversation_id: int) -> Response:
    check_any(Permission.CHAT)
    found = get_conversation(conversation_id, current_actor())
    note_export(found, actor=current_actor())
    return csv_answer(csv_pieces(tables.header(), list(tables.rows(found))), f"{name_of(found)}.csv")


@blueprint.get("/<int:conversation_id>/export.zip")
@requires(Permission.EXPORT)
@requires_proof
@downloads
def export_zip(conversation_id: int) -> Response:
    """Send the whole conversation as a page with the files that both sides sent."""
    check_any(Permission.CHAT)
    found = get_conversation(conversation_id, current_actor())
    note_export(found, actor=current_actor())
    name, account = name_of(found), db.session.get_one(Account, found.account_id)
    files = archived_files(found)
    page = render_template("chat/_archive.html", name=name, account=account, lines=told_rows(found), files=files)
    db.session.commit()
    return zip_answer(archive_pieces(page, files), f"{name}.zip")


@blueprint.get("/<int:conversation_id>/export")
@requires(Permission.EXPORT)
@requires_proof
def export_page(conversation_id: int) -> Response:
    """Show the whole conversation as a page to keep or to print."""
    check_any(Permission.CHAT)
    found = get_conversation(conversation_id, current_actor())
    note_export(found, actor=current_actor())
    account = db.session.get_one(Account, found.account_id)
    return htmx.render("chat/export.html", name=name_of(found), account=account, rows=told_rows(found))
