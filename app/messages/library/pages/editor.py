"""The editor of a named message set: its name and folder, and the composer with its messages."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import Text, _
from app.core.identifiers import posted_number
from app.core.usage import usages_of
from app.folders.queries import folders_of, get_filed
from app.line.access import get_account
from app.line.models import Account
from app.messages.composer.context import composer_context
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import SavedElsewhere, open_draft, settle
from app.messages.composer.posted import posted_draft, posted_draft_id, shown_after, take_posted
from app.messages.content.message_set import MessageSet
from app.messages.library.models import LibraryMessage
from app.messages.library.operations import MessageChanged, change_message, create_message
from app.messages.library.pages.forms import LibraryForm
from app.messages.library.pages.present import present
from app.team.permissions import current_actor
from app.team.queries import names_of


def new(account_id: int) -> Response:
    """Show the editor of a new one."""
    account = get_account(account_id)
    own = {"name": "", "folder": str(posted_number(request.args.get("folder")))}
    draft = open_draft(account_id, present().name, None, own=own, actor=current_actor())
    return _page(account, draft, _form(account, **draft.own))


def create(account_id: int) -> Response:
    """Store a new one; what was stored already, by a second press or in another window, is changed instead."""
    account, library, content = get_account(account_id), present(), take_posted(account_id)
    if stored := _stored(account_id):
        return _store(account, stored, content)
    form, before, made = _form(account), posted_draft(account_id).owner_id, list[LibraryMessage]()

    def make() -> None:
        name, folder = form.name.data or "", form.folder.data or None
        made[:] = [create_message(account_id, library, name, content, folder_id=folder, actor=current_actor())]
        _settle(made[0], before)

    try:
        if form.submit(make):
            return _saved(made[0], _("The %(thing)s was created.", thing=library.say.thing))
    except SavedElsewhere:
        db.session.rollback()
    # Another request may have stored it while LINE was asked.
    if stored := _stored(account_id):
        return _store(account, stored, content)
    return _page(account, posted_draft(account_id), form, 422)


def edit(account_id: int, message_id: int) -> Response:
    """Show the editor."""
    account, library = get_account(account_id), present()
    message = get_filed(account_id, library.model, message_id)
    own = {"name": message.name}
    draft = open_draft(account_id, library.name, message.id, message.content, own, actor=current_actor())
    form = _form(account, version=message.version, **draft.own)
    return _page(account, draft, form, message=message)


def update(account_id: int, message_id: int) -> Response:
    """Store a change; a member who was shown another's version says by `over` that it is to be replaced."""
    account, message = get_account(account_id), get_filed(account_id, present().model, message_id)
    if posted_draft(account_id).owner_id != message.id:
        raise NotFound
    return _store(account, message, take_posted(account_id))


def _store(account: Account, message: LibraryMessage, content: MessageSet) -> Response:
    form, library = _form(account), present()

    def change() -> None:
        seen, name = posted_number(request.form.get("over")) or form.version.data or 0, form.name.data or ""
        change_message(account.id, library, message.id, name, content, seen=seen, actor=current_actor())
        _settle(message, message.id)

    try:
        if not form.submit(change):
            return _page(account, posted_draft(account.id), form, 422, message=message)
    except MessageChanged as other:
        return _page(account, posted_draft(account.id), form, 409, message=other.stored, theirs=True)
    return _saved(message, library.say.saved)


def _stored(account_id: int) -> LibraryMessage | None:
    """Return what the draft of a new one belongs to by now."""
    draft, library = posted_draft(account_id), present()
    found = db.session.get(library.model, draft.owner_id) if draft.owner_id else None
    return found if found is not None and found.account_id == account_id else None


def _settle(message: LibraryMessage, before: int | None) -> None:
    settle(message.account_id, posted_draft_id(), message.id, before=before, actor=current_actor())


def _form(account: Account, **data: Any) -> LibraryForm:
    """Return the form as posted, or with these values when a page is opened."""
    form = LibraryForm() if request.method == "POST" else LibraryForm(formdata=None, data=data)
    folders = folders_of(account.id, present())
    form.folder.choices = [(0, _("No folder")), *((line.folder.id, line.folder.name) for line in folders)]
    return form


def _saved(message: LibraryMessage, words: Text) -> Response:
    account_id = message.account_id
    url = url_for(present().endpoint("edit"), account_id=account_id, message_id=message.id)
    return htmx.go(url, toast=words)


def _page(
    account: Account,
    draft: MessageDraft,
    form: LibraryForm,
    status: int = 200,
    *,
    message: LibraryMessage | None = None,
    theirs: bool = False,
) -> Response:
    changed_by = names_of([message.updated_by]) if message and theirs else {}
    library = present()
    return htmx.render(
        "messages/library/edit.html",
        "messages/library/_form.html",
        status,
        account=account,
        kind=library,
        form=form,
        message=message,
        theirs=theirs,
        changed_by=next(iter(changed_by.values()), None),
        usages=usages_of(library.name, message.id, current_actor()) if message else [],
        is_refused=status >= 400,
        left_at=draft.changed_at if draft.is_changed and request.method == "GET" else None,
        **composer_context(draft, **shown_after(draft, form)),
    )
