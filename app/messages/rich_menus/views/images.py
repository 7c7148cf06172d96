"""A new rich menu, and another image for one: the image is read while it comes, and checked before it is stored."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress

from flask import Response, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from app.core import htmx
from app.core.db import db, released
from app.core.errors import InvalidInput, OutOfSpace, TooMany
from app.core.i18n import _, _l
from app.core.web.security import check_token, csrf
from app.core.web.server.places import uploads
from app.core.web.upload_places import places
from app.core.web.uploads import StreamedForm, limit_body, read_form, read_on_after
from app.line.access import get_account
from app.line.models import Account
from app.media.content import MOST_BYTES, MediaTooLarge
from app.media.models import Kind
from app.media.receiving import Incoming
from app.messages.rich_menus.models import RichMenu
from app.messages.rich_menus.operations import upload_image, upload_menu
from app.messages.rich_menus.queries import get_menu
from app.messages.rich_menus.views.blueprint import blueprint
from app.team.permissions import Permission, current_actor, requires

MOST = MOST_BYTES[Kind.IMAGE]
STATUSES = {MediaTooLarge: 413, OutOfSpace: 507, TooMany: 429}


@blueprint.get("/new")
@requires(Permission.RICH_MENUS)
def new(account_id: int) -> Response:
    return _ask(get_account(account_id), None, {})


@blueprint.post("")
@csrf.exempt  # type: ignore[untyped-decorator]
@requires(Permission.RICH_MENUS)
@uploads
def create(account_id: int) -> Response:
    """Make a menu of a name and an image; the CSRF token is checked before the image is read."""
    return _received(get_account(account_id), None)


@blueprint.get("/<int:menu_id>/image")
@requires(Permission.RICH_MENUS)
def ask_image(account_id: int, menu_id: int) -> Response:
    return _ask(get_account(account_id), get_menu(account_id, menu_id), {})


@blueprint.post("/<int:menu_id>/image")
@csrf.exempt  # type: ignore[untyped-decorator]
@requires(Permission.RICH_MENUS)
@uploads
def change_image(account_id: int, menu_id: int) -> Response:
    """Give a menu another image."""
    return _received(get_account(account_id), get_menu(account_id, menu_id))


def _received(account: Account, menu: RichMenu | None) -> Response:
    form, menu_id = StreamedForm(), menu.id if menu else None
    try:
        if not limit_body(MOST):
            raise MediaTooLarge(Kind.IMAGE)
        with places.taken(current_actor().sender, request.content_length or MOST):
            form = read_form(request)
            check_token(form.fields.get("csrf_token"))
            stored = _receive(account.id, menu_id, form)
    except (InvalidInput, OutOfSpace, TooMany) as refusal:
        db.session.rollback()
        return _refused(account, menu, form, refusal)
    url = url_for("rich_menus.edit", account_id=stored.account_id, menu_id=stored.id)
    return htmx.go(url, toast=_("The image was stored.") if menu_id else _("The rich menu was created."))


def _receive(account_id: int, menu_id: int | None, form: StreamedForm) -> RichMenu:
    if not form.file_name:
        raise InvalidInput(image=_l("Choose an image."))
    with Incoming(frozenset({Kind.IMAGE})) as incoming:
        with released():
            _take(incoming, form)
            received = incoming.finish()
        if menu_id is not None:
            return upload_image(account_id, menu_id, received, form.file_name, actor=current_actor())
        name = form.fields.get("name", "")
        return upload_menu(account_id, name, received, form.file_name, actor=current_actor())


def _take(incoming: Incoming, form: StreamedForm) -> None:
    with suppress(RequestEntityTooLarge):
        for piece in form.pieces:
            incoming.write(piece)
        return
    raise MediaTooLarge(Kind.IMAGE)


def _refused(
    account: Account, menu: RichMenu | None, form: StreamedForm, refusal: InvalidInput | OutOfSpace | TooMany
) -> Response:
    """Show the form again, each sentence at its field; the rest of the body is read after the answer."""
    if isinstance(refusal, InvalidInput):
        wrong = {("name" if name == "name" else "image"): str(text) for name, text in refusal.fields.items()}
    else:
        wrong = {"image": str(refusal.message)}
    status = next((code for kind, code in STATUSES.items() if isinstance(refusal, kind)), 422)
    return read_on_after(_ask(account, menu, wrong, form.fields.get("name", ""), status))


def _ask(account: Account, menu: RichMenu | None, wrong: dict[str, str], name: str = "", status: int = 200) -> Response:
    context = {"account": account, "menu": menu, "wrong": defaultdict(str, wrong), "name": name, "most": MOST}
    return htmx.render("messages/rich_menus/new.html", "messages/rich_menus/_image_form.html", status, **context)
