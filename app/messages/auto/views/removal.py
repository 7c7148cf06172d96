"""Delete an Auto Send Message, after a question that names what uses it."""

from __future__ import annotations

from flask import Response, url_for

from app.core import htmx
from app.core.i18n import _
from app.core.usage import usages_of
from app.line.access import get_account
from app.messages.auto.operations.auto_messages import USED, delete_auto_message
from app.messages.auto.queries.auto_messages import get_auto_message
from app.messages.auto.views.blueprint import blueprint
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/<int:auto_message_id>/removal")
@requires(Permission.AUTO_MESSAGES)
def removal(account_id: int, auto_message_id: int) -> Response:
    account, auto_message = get_account(account_id), get_auto_message(account_id, auto_message_id)
    return htmx.render(
        "messages/auto/removal.html",
        "messages/auto/_removal.html",
        account=account,
        auto_message=auto_message,
        usages=usages_of(USED, auto_message.id),
        in_dialog=htmx.is_fragment(),
    )


@blueprint.post("/<int:auto_message_id>/removal")
@requires(Permission.AUTO_MESSAGES)
def remove(account_id: int, auto_message_id: int) -> Response:
    account = get_account(account_id)
    deleted = delete_auto_message(account.id, auto_message_id, actor=current_actor())
    htmx.toast(_("The Auto Send Message “%(name)s” was deleted.", name=deleted.name))
    if not htmx.is_fragment():
        return htmx.go(url_for("auto_messages.index", account_id=account.id))
    return htmx.with_trigger(htmx.render("messages/auto/_removal_none.html"), "auto-messages-changed")
