"""One change of the conversations that were chosen in the list, or of all that its filter finds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from flask import Response, request, url_for
from sqlalchemy import select

from app.chat.filters import ConversationFilter, parse_filter
from app.chat.operations.bulk import BulkChange, change_chosen, change_whole
from app.chat.views import context
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _, ngettext
from app.core.identifiers import row_number
from app.messages.conversations.models import Conversation
from app.team.permissions import Permission, current_actor, me, requires


@blueprint.post("/bulk")
@requires(Permission.CHAT)
def bulk() -> Response:
    """Make the change; a page learns of it as of every other one."""
    what, _colon, value = request.form.get("change", "").partition(":")
    change, wanted = BulkChange(what, value), _wanted()
    said = _whole(change, wanted) if request.form.get("whole") == "1" else _chosen(change)
    if not htmx.is_fragment():
        return htmx.go(url_for("chat.index", **wanted.args), toast=said)
    htmx.toast(said)
    return htmx.with_trigger(htmx.with_toasts(Response(status=204)), "chat-changed")


def _wanted() -> ConversationFilter:
    given, may = parse_filter(request.form), me().may
    given = given if may(Permission.FRIENDS) else replace(given, tag_id=None)
    return given if may(Permission.SEGMENTS) else replace(given, segment_id=None)


def _chosen(change: BulkChange) -> str:
    ids = [number for one in request.form.getlist("row") if (number := row_number(one))]
    of_account: defaultdict[int, list[int]] = defaultdict(list)
    accounts = {one.id for one in context.my_accounts()}
    for row in db.session.execute(select(Conversation.id, Conversation.account_id).where(Conversation.id.in_(ids))):
        if row.account_id in accounts:
            of_account[row.account_id].append(row.id)
    if not of_account:
        raise InvalidInput(row=_("Choose at least one conversation."))
    done = [change_chosen(one, chosen, change, actor=current_actor()) for one, chosen in sorted(of_account.items())]
    return _done(sum(done), change)


def _whole(change: BulkChange, wanted: ConversationFilter) -> str:
    accounts, reader = context.my_accounts(), context.reader()
    ids = sorted(one.id for one in accounts if wanted.account_id in (None, one.id))
    done = [change_whole(one, wanted, reader, change, actor=current_actor()) for one in ids]
    if all(isinstance(one, int) for one in done):
        return _done(sum(one for one in done if isinstance(one, int)), change)
    if change.what == "tag":
        return _("The tags are being changed in the background. You can go on working.")
    return _("The conversations are changed in the background. Home shows how far it is.")


def _done(number: int, change: BulkChange) -> str:
    said = ngettext("%(num)s conversation changed.", "%(num)s conversations changed.", number)
    if change.what != "tag" or not number:
        return said
    return _("%(said)s For 30 days it can be undone in the friends list, under “Changes of many friends”.", said=said)
