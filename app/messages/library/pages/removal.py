"""Delete a named message set, after a question that names what uses it."""

from __future__ import annotations

from flask import Response, url_for

from app.core import htmx
from app.core.i18n import _
from app.core.usage import usages_of
from app.folders.queries import get_filed
from app.line.access import get_account
from app.messages.library.operations import delete_message
from app.messages.library.pages.present import present
from app.team.permissions import current_actor


def removal(account_id: int, message_id: int) -> Response:
    """Ask."""
    account, library = get_account(account_id), present()
    message = get_filed(account_id, library.model, message_id)
    return htmx.render(
        "messages/library/removal.html",
        "messages/library/_removal.html",
        account=account,
        kind=library,
        message=message,
        usages=usages_of(library.name, message.id, current_actor()),
        in_dialog=htmx.is_fragment(),
    )


def remove(account_id: int, message_id: int) -> Response:
    """Delete it."""
    account, library = get_account(account_id), present()
    deleted = delete_message(account.id, library, message_id, actor=current_actor())
    htmx.toast(_("The %(thing)s “%(name)s” was deleted.", thing=library.say.thing, name=deleted.name))
    if not htmx.is_fragment():
        return htmx.go(url_for(library.endpoint("index"), account_id=account.id))
    return htmx.with_trigger(htmx.render("messages/library/_removal_none.html"), f"{library.slug}-changed")
