"""The list of a library, and what can be done with its rows."""

from __future__ import annotations

from flask import Response

from app.core import htmx
from app.core.i18n import _
from app.core.pages import placed
from app.folders.pages.params import parse_list_params
from app.folders.pages.routes import list_changed, render_list
from app.folders.queries import filed_page
from app.line.access import get_account
from app.messages.library.list_rows import lines_of
from app.messages.library.operations import archive_message, copy_message, restore_message
from app.messages.library.pages.present import present
from app.team.permissions import current_actor


def index(account_id: int) -> Response:
    """Show the list."""
    account, library = get_account(account_id), present()
    asked = parse_list_params(account_id, library)
    found = filed_page(library, asked.scope, asked.order, columns=library.numbers(), **asked.place.keys)
    return render_list(
        "messages/library/index.html",
        "messages/library/_list.html",
        asked,
        account=account,
        found=placed(found, asked.place),
        lines=lines_of(library, found.rows),
    )


def copy(account_id: int, message_id: int) -> Response:
    """Make a second one."""
    account, library = get_account(account_id), present()
    made = copy_message(account.id, library, message_id, actor=current_actor())
    htmx.toast(_("The %(thing)s was copied to “%(name)s”.", thing=library.say.thing, name=made.name))
    return list_changed(account, library)


def archive(account_id: int, message_id: int) -> Response:
    """Put one into the archive."""
    account, library = get_account(account_id), present()
    archived = archive_message(account.id, library, message_id, actor=current_actor())
    htmx.toast(_("“%(name)s” is in the archive now. %(note)s", name=archived.name, note=library.say.archived))
    return list_changed(account, library)


def restore(account_id: int, message_id: int) -> Response:
    """Take one out of the archive."""
    account, library = get_account(account_id), present()
    restored = restore_message(account.id, library, message_id, actor=current_actor())
    htmx.toast(_("“%(name)s” is back in the list.", name=restored.name))
    return list_changed(account, library)
