"""The list of canned replies of an account, and their editor."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for

from app.chat.canned.forms import SHARED, CannedReplyForm
from app.chat.canned.kind import CANNED_REPLIES
from app.chat.canned.models import CannedReply
from app.chat.canned.operations import change_reply, create_reply, delete_reply
from app.chat.canned.queries import get_reply
from app.core import htmx
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import Text, _
from app.core.identifiers import posted_number
from app.core.pages import placed
from app.folders.pages.params import parse_list_params
from app.folders.pages.routes import add_folder_routes, list_changed, render_list
from app.folders.queries import filed_page, folders_of
from app.line.access import get_account, visible_accounts
from app.line.models import Account
from app.messages.composer.blanks import KIND_NAMES
from app.messages.composer.context import composer_context
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import SavedElsewhere, open_draft, settle
from app.messages.composer.owners import PAGES
from app.messages.composer.posted import posted_draft, posted_draft_id, shown_after, take_posted
from app.messages.content.message_set import MessageSet
from app.team.permissions import Permission, current_actor, requires

OWN = ("name", "shortcut", "shared")
blueprint = Blueprint("canned_replies", __name__, url_prefix="/accounts/<int:account_id>/canned-replies")
add_folder_routes(blueprint, CANNED_REPLIES)


@blueprint.get("")
@requires(Permission.CHAT)
def index(account_id: int) -> Response:
    account = get_account(account_id)
    asked = parse_list_params(account_id, CANNED_REPLIES)
    columns = [CannedReply.used.expression]
    found = filed_page(CANNED_REPLIES, asked.scope, asked.order, columns=columns, **asked.place.keys)
    return render_list(
        "chat/canned/index.html",
        "chat/canned/_list.html",
        asked,
        account=account,
        found=placed(found, asked.place),
        kind_names=KIND_NAMES,
        shared=SHARED,
    )


@blueprint.get("/new")
@requires(Permission.CHAT)
def new(account_id: int) -> Response:
    account = get_account(account_id)
    own = {"name": "", "shortcut": "", "shared": "team"}
    draft = open_draft(account_id, CANNED_REPLIES.name, None, own=own, actor=current_actor())
    folder = posted_number(request.args.get("folder"))
    return _page(account, draft, _form(account, **draft.own, folder=folder, account_ids=[account_id]))


@blueprint.post("")
@requires(Permission.CHAT)
def create(account_id: int) -> Response:
    """Store a new one; what was stored already, by a second press, is changed instead."""
    account, content = get_account(account_id), take_posted(account_id)
    draft = posted_draft(account_id)
    if draft.owner_id:
        return _store(account, get_reply(account_id, draft.owner_id, current_actor()), content)
    form = _form(account)

    def make() -> None:
        folder_id = form.folder.data or None
        made = create_reply(account_id, form.wishes, content, folder_id=folder_id, actor=current_actor())
        settle(account_id, posted_draft_id(), made.id, before=None, actor=current_actor())

    try:
        if form.submit(make):
            return _saved(account, _("The canned reply was created."))
    except SavedElsewhere:
        db.session.rollback()
    return _page(account, posted_draft(account_id), form, 422)


@blueprint.get("/<int:reply_id>/edit")
@requires(Permission.CHAT)
def edit(account_id: int, reply_id: int) -> Response:
    account, reply = get_account(account_id), get_reply(account_id, reply_id, current_actor())
    own = {name: getattr(reply, name) for name in OWN}
    draft = open_draft(account_id, CANNED_REPLIES.name, reply.id, reply.content, own, actor=current_actor())
    chosen = {"account_ids": reply.account_ids, "version": reply.version}
    return _page(account, draft, _form(account, **draft.own, **chosen), reply=reply)


@blueprint.post("/<int:reply_id>")
@requires(Permission.CHAT)
def update(account_id: int, reply_id: int) -> Response:
    account, reply = get_account(account_id), get_reply(account_id, reply_id, current_actor())
    if posted_draft(account_id).owner_id != reply.id:
        raise NotFound
    return _store(account, reply, take_posted(account_id))


@blueprint.post("/<int:reply_id>/removal")
@requires(Permission.CHAT)
def remove(account_id: int, reply_id: int) -> Response:
    account = get_account(account_id)
    deleted = delete_reply(account_id, reply_id, actor=current_actor())
    htmx.toast(_("The canned reply “%(name)s” was deleted.", name=deleted.name))
    return list_changed(account, CANNED_REPLIES)


def _store(account: Account, reply: CannedReply, content: MessageSet) -> Response:
    form, reply_id = _form(account), reply.id

    def change() -> None:
        seen = form.version.data or 0
        change_reply(account.id, reply_id, form.wishes, content, seen=seen, actor=current_actor())
        settle(account.id, posted_draft_id(), reply_id, before=reply_id, actor=current_actor())

    if form.submit(change):
        return _saved(account, _("Saved."))
    return _page(account, posted_draft(account.id), form, 422, get_reply(account.id, reply_id, current_actor()))


def _form(account: Account, **data: Any) -> CannedReplyForm:
    """Return the form as posted, or with these values when a page is opened."""
    form = CannedReplyForm() if request.method == "POST" else CannedReplyForm(formdata=None, data=data)
    folders = [(line.folder.id, line.folder.name) for line in folders_of(account.id, CANNED_REPLIES)]
    form.offer(visible_accounts(current_actor()), [(0, _("No folder")), *folders])
    return form


def _saved(account: Account, words: Text) -> Response:
    return htmx.go(url_for("canned_replies.index", account_id=account.id), toast=words)


def _page(
    account: Account, draft: MessageDraft, form: CannedReplyForm, status: int = 200, reply: CannedReply | None = None
) -> Response:
    return htmx.render(
        "chat/canned/edit.html",
        "chat/canned/_form.html",
        status,
        account=account,
        form=form,
        reply=reply,
        is_refused=status >= 400,
        left_at=draft.changed_at if draft.is_changed and request.method == "GET" else None,
        **composer_context(draft, **shown_after(draft, form)),
    )


def _page_of(draft: MessageDraft) -> str:
    """Return the address of the editor that shows the draft."""
    if draft.owner_id is None:
        return url_for("canned_replies.new", account_id=draft.account_id)
    return url_for("canned_replies.edit", account_id=draft.account_id, reply_id=draft.owner_id)


PAGES.add(CANNED_REPLIES.name, _page_of)
