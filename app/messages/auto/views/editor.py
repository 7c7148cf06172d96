"""The editor of an Auto Send Message: its name and folder, and the composer with its messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.db import released
from app.core.errors import InvalidInput
from app.core.i18n import Text, _
from app.core.usage import usages_of
from app.line.access import get_account
from app.line.models import Account
from app.messages.auto.forms import AutoMessageForm
from app.messages.auto.models import AutoMessage
from app.messages.auto.operations.auto_messages import (
    USED,
    AutoMessageChanged,
    change_auto_message,
    create_auto_message,
)
from app.messages.auto.queries.auto_messages import folders, get_auto_message
from app.messages.auto.views.blueprint import blueprint
from app.messages.composer.context import composer_context
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import close, open_draft, take
from app.messages.composer.queries import draft_of
from app.messages.composer.refusals import said_at_fields
from app.messages.composer.views.posted import shown_as_posted
from app.messages.content.message_set import MessageSet, read
from app.team.permissions import Permission, current_actor, requires
from app.team.queries import names_of


@blueprint.get("/new")
@requires(Permission.AUTO_MESSAGES)
def new(account_id: int) -> Response:
    account = get_account(account_id)
    draft = open_draft(account_id, USED, None, actor=current_actor())
    return _page(account, draft, _form(account, folder=request.args.get("folder", 0, type=int)))


@blueprint.post("")
@requires(Permission.AUTO_MESSAGES)
def create(account_id: int) -> Response:
    account = get_account(account_id)
    form, content, made, said = _form(account), _posted(account_id), list[AutoMessage](), dict[str, Text]()

    def make() -> None:
        folder = form.folder.data or None
        name = form.name.data or ""
        try:
            made.append(create_auto_message(account_id, name, content, folder_id=folder, actor=current_actor()))
        except InvalidInput as refusal:
            raise said_at_fields(refusal, said) from refusal

    if not form.submit(make):
        return _page(account, _draft(account_id), form, 422, said)
    return _saved(made[0], _("The Auto Send Message was created."))


@blueprint.get("/<int:auto_message_id>/edit")
@requires(Permission.AUTO_MESSAGES)
def edit(account_id: int, auto_message_id: int) -> Response:
    account, auto_message = get_account(account_id), get_auto_message(account_id, auto_message_id)
    draft = open_draft(account_id, USED, auto_message.id, auto_message.content, actor=current_actor())
    form = _form(account, name=auto_message.name, version=auto_message.version)
    return _page(account, draft, form, auto_message=auto_message)


@blueprint.post("/<int:auto_message_id>")
@requires(Permission.AUTO_MESSAGES)
def update(account_id: int, auto_message_id: int) -> Response:
    account, auto_message = get_account(account_id), get_auto_message(account_id, auto_message_id)
    form, content, said = _form(account), _posted(account_id), dict[str, Text]()

    def change() -> None:
        # Who was shown another member's version says by "over" that it is to be replaced.
        seen = request.form.get("over", type=int) or form.version.data or 0
        name = form.name.data or ""
        try:
            change_auto_message(account_id, auto_message_id, name, content, seen=seen, actor=current_actor())
        except InvalidInput as refusal:
            raise said_at_fields(refusal, said) from refusal

    try:
        if not form.submit(change):
            return _page(account, _draft(account_id), form, 422, said, auto_message=auto_message)
    except AutoMessageChanged as other:
        return _page(account, _draft(account_id), form, 409, auto_message=other.auto_message, theirs=True)
    return _saved(auto_message, _("Saved. What is sent from now on is this."))


def _posted(account_id: int) -> MessageSet:
    """Keep what was typed in the draft, whatever becomes of the form, and return it."""
    taken = take(account_id, _draft_id(), request.form, actor=current_actor())
    with released():
        return read(taken)


def _draft(account_id: int) -> MessageDraft:
    return draft_of(account_id, _draft_id(), current_actor())


def _draft_id() -> int:
    return request.form.get("draft", 0, type=int)


def _form(account: Account, **data: Any) -> AutoMessageForm:
    """Return the form as posted, or with these values when a page is opened."""
    form = AutoMessageForm() if request.method == "POST" else AutoMessageForm(formdata=None, data=data)
    form.folder.choices = [(0, _("No folder")), *((line.folder.id, line.folder.name) for line in folders(account.id))]
    return form


def _saved(auto_message: AutoMessage, words: str) -> Response:
    account_id = auto_message.account_id
    url = url_for("auto_messages.edit", account_id=account_id, auto_message_id=auto_message.id)
    close(account_id, _draft_id(), actor=current_actor())
    return htmx.go(url, toast=words)


def _page(
    account: Account,
    draft: MessageDraft,
    form: AutoMessageForm,
    status: int = 200,
    refused: Mapping[str, Text] | None = None,
    *,
    auto_message: AutoMessage | None = None,
    theirs: bool = False,
) -> Response:
    changed_by = names_of([auto_message.updated_by]) if auto_message and theirs else {}
    return htmx.render(
        "messages/auto/edit.html" if auto_message else "messages/auto/new.html",
        "messages/auto/_form.html",
        status,
        account=account,
        form=form,
        auto_message=auto_message,
        theirs=theirs,
        changed_by=next(iter(changed_by.values()), None),
        usages=usages_of(USED, auto_message.id) if auto_message else [],
        is_refused=status >= 400,
        **composer_context(draft, **shown_as_posted(), refused=refused),
    )
