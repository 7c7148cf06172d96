"""The blueprint of a library: its list, its editor, and what is done from there."""

from __future__ import annotations

from flask import Blueprint, url_for

from app.folders.pages.routes import add_folder_routes
from app.messages.composer.models import MessageDraft
from app.messages.composer.owners import PAGES
from app.messages.library.kinds import MessageLibrary
from app.messages.library.pages import editor, listing, removal
from app.messages.library.pages.present import LIBRARIES
from app.team.permissions import requires

ROUTES = (
    ("", "GET", listing.index),
    ("/<int:message_id>/copy", "POST", listing.copy),
    ("/<int:message_id>/archival", "POST", listing.archive),
    ("/<int:message_id>/restoration", "POST", listing.restore),
    ("/new", "GET", editor.new),
    ("", "POST", editor.create),
    ("/<int:message_id>/edit", "GET", editor.edit),
    ("/<int:message_id>", "POST", editor.update),
    ("/<int:message_id>/removal", "GET", removal.removal),
    ("/<int:message_id>/removal", "POST", removal.remove),
)


def library_blueprint(library: MessageLibrary) -> Blueprint:
    """Return a blueprint below an account with all pages of the library, for members with its permission."""
    LIBRARIES.add(library.blueprint, library)
    PAGES.add(library.name, lambda draft: _page(library, draft))
    blueprint = Blueprint(library.blueprint, __name__, url_prefix=f"/accounts/<int:account_id>/{library.slug}")
    for rule, method, view in ROUTES:
        blueprint.add_url_rule(rule, view.__name__, requires(library.permission)(view), methods=[method])
    add_folder_routes(blueprint, library)
    return blueprint


def _page(library: MessageLibrary, draft: MessageDraft) -> str:
    """Return the address of the editor that shows the draft."""
    if draft.owner_id is None:
        return url_for(library.endpoint("new"), account_id=draft.account_id)
    return url_for(library.endpoint("edit"), account_id=draft.account_id, message_id=draft.owner_id)
