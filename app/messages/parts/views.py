"""Pages of Message Items, and the dialog in which one is chosen for a draft."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.core import htmx
from app.core.i18n import _l
from app.core.pages import searched
from app.folders.queries import FolderScope, filed_page, get_filed
from app.line.access import get_account
from app.media.access import UPLOADERS
from app.messages.composer.context import composer_context
from app.messages.composer.operations import insert_message
from app.messages.composer.posted import shown_as_posted
from app.messages.composer.queries import draft_of
from app.messages.composer.sources import SOURCES, MessageSource
from app.messages.library.list_rows import lines_of
from app.messages.library.pages.blueprints import library_blueprint
from app.messages.parts.library import LIBRARIES
from app.messages.parts.models import MessagePart
from app.team.permissions import current_actor, requires_any

MOST_OFFERED = 25
blueprint = Blueprint("message_parts", __name__, url_prefix="/accounts/<int:account_id>/message-items/<int:draft_id>")
BLUEPRINTS = (*map(library_blueprint, LIBRARIES), blueprint)
SOURCES.add(
    "parts",
    MessageSource(_l("From Message Items"), _l("Choose from Message Items"), "copy-plus", "message_parts.choose"),
)


@blueprint.get("")
@requires_any(*UPLOADERS)
def choose(account_id: int, draft_id: int) -> Response:
    """Offer what is kept, those that were changed last; a search narrows them by name."""
    account, draft = get_account(account_id), draft_of(account_id, draft_id, current_actor())
    search = searched(request.args.get("words", ""))
    scope = FolderScope(account.id, search)
    found = [(one, filed_page(one, scope, one.usual_order, size=MOST_OFFERED).rows) for one in LIBRARIES]
    template = "messages/parts/_found.html" if "words" in request.args else "messages/parts/_choice.html"
    groups = [(library, lines_of(library, rows)) for library, rows in found if rows]
    return htmx.render(template, account=account, draft=draft, groups=groups, search=search)


@blueprint.post("/<int:part_id>")
@requires_any(*UPLOADERS)
def insert(account_id: int, draft_id: int, part_id: int) -> Response:
    """Put a copy of one behind the messages of the draft."""
    get_account(account_id)
    part = get_filed(account_id, MessagePart, part_id)
    [message] = part.content["messages"]
    draft = insert_message(account_id, draft_id, request.form, message, actor=current_actor())
    context = composer_context(draft, **shown_as_posted())
    return htmx.render("messages/composer/page.html", "messages/composer/_parts.html", **context)
