"""The QR Codes of an account: list, create, change, copy, archive, delete."""

from __future__ import annotations

from flask import Response, request, url_for

from app.core import htmx
from app.core.i18n import _
from app.core.pages import PagePosition
from app.core.usage import usages_of
from app.line.access import get_account
from app.line.models import Account
from app.media.content import MOST_BYTES
from app.media.models import Kind
from app.team.permissions import Permission, current_actor, requires
from app.workflows.qr_codes.drawing import SIZES
from app.workflows.qr_codes.forms import QrCodeForm
from app.workflows.qr_codes.models import QrCode
from app.workflows.qr_codes.operations.codes import (
    archive_code,
    change_code,
    copy_code,
    create_code,
    delete_code,
    restore_code,
)
from app.workflows.qr_codes.queries import ORDERS, codes_page, count_codes, get_code, numbers_of, why_silent
from app.workflows.qr_codes.views.blueprint import blueprint
from app.workflows.qr_codes.ways import address_of, text_of


@blueprint.get("")
@requires(Permission.WORKFLOWS)
def index(account_id: int) -> Response:
    account, given = get_account(account_id), request.args
    search, order = given.get("search", ""), ORDERS.get(given.get("sort", ""), ORDERS["name"])
    is_archived, place = given.get("state") == "archived", PagePosition.asked_by(given)
    page = codes_page(account_id, search, order, place, is_archived=is_archived)
    args = {"account_id": account.id, "search": search, "sort": order.name, **place.chosen}
    return htmx.render(
        "workflows/qr_codes/index.html",
        "workflows/qr_codes/_list.html",
        account=account,
        codes=page,
        numbers=numbers_of([code.id for code in page.rows]),
        usages={code.id: usages_of("qr_code", code.id, current_actor()) for code in page.rows},
        orders=ORDERS,
        order=order,
        is_archived=is_archived,
        total=count_codes(account_id, is_archived=is_archived),
        args=args | ({"state": "archived"} if is_archived else {}),
    )


@blueprint.get("/new")
@requires(Permission.WORKFLOWS)
def new(account_id: int) -> Response:
    account = get_account(account_id)
    return _ask(account, QrCodeForm.for_account(account_id, current_actor()))


@blueprint.post("")
@requires(Permission.WORKFLOWS)
def create(account_id: int) -> Response:
    account, form, made = get_account(account_id), QrCodeForm.for_account(account_id, current_actor()), []
    if not form.submit(lambda: made.append(create_code(account_id, form.settings, actor=current_actor()))):
        return _ask(account, form, 422)
    return _to_code(made[0], _("The QR Code was created."))


@blueprint.get("/<int:code_id>")
@requires(Permission.WORKFLOWS)
def show(account_id: int, code_id: int) -> Response:
    account, code = get_account(account_id), get_code(account_id, code_id)
    return _show(account, code, QrCodeForm.for_account(account_id, current_actor(), code))


@blueprint.get("/<int:code_id>/numbers")
@requires(Permission.WORKFLOWS)
def numbers(account_id: int, code_id: int) -> Response:
    """Show the numbers as they are now; part of the code's page."""
    account, code = get_account(account_id), get_code(account_id, code_id)
    if not htmx.is_fragment():
        return _to_code(code)
    return htmx.render(
        "workflows/qr_codes/_numbers.html",
        account=account,
        code=code,
        numbers=numbers_of([code.id])[code.id],
        usages=usages_of("qr_code", code.id, current_actor()),
    )


@blueprint.post("/<int:code_id>")
@requires(Permission.WORKFLOWS)
def update(account_id: int, code_id: int) -> Response:
    account, code = get_account(account_id), get_code(account_id, code_id)
    form = QrCodeForm.for_account(account_id, current_actor(), code)
    if not form.submit(lambda: change_code(account_id, code_id, form.settings, actor=current_actor())):
        return _show(account, get_code(account_id, code_id), form, 422)
    return _to_code(get_code(account_id, code_id), _("Saved."))


@blueprint.post("/<int:code_id>/copy")
@requires(Permission.WORKFLOWS)
def copy(account_id: int, code_id: int) -> Response:
    get_account(account_id)
    return _to_code(copy_code(account_id, code_id, actor=current_actor()), _("The QR Code was duplicated."))


@blueprint.post("/<int:code_id>/archive")
@requires(Permission.WORKFLOWS)
def archive(account_id: int, code_id: int) -> Response:
    get_account(account_id)
    return _to_code(archive_code(account_id, code_id, actor=current_actor()), _("The QR Code was archived."))


@blueprint.post("/<int:code_id>/restoration")
@requires(Permission.WORKFLOWS)
def restore(account_id: int, code_id: int) -> Response:
    get_account(account_id)
    return _to_code(restore_code(account_id, code_id, actor=current_actor()), _("The QR Code is in use again."))


@blueprint.post("/<int:code_id>/removal")
@requires(Permission.WORKFLOWS)
def remove(account_id: int, code_id: int) -> Response:
    get_account(account_id)
    name = delete_code(account_id, code_id, actor=current_actor()).name
    url = url_for("qr_codes.index", account_id=account_id)
    return htmx.go(url, toast=_("The QR Code “%(name)s” was deleted.", name=name))


def _to_code(code: QrCode, toast: str = "") -> Response:
    return htmx.go(url_for("qr_codes.show", account_id=code.account_id, code_id=code.id), toast=toast)


def _ask(account: Account, form: QrCodeForm, status: int = 200) -> Response:
    context = {"account": account, "code": None, "form": form, "silent": None}
    return htmx.render("workflows/qr_codes/new.html", "workflows/qr_codes/_form.html", status, **context)


def _show(account: Account, code: QrCode, form: QrCodeForm, status: int = 200) -> Response:
    return htmx.render(
        "workflows/qr_codes/show.html",
        "workflows/qr_codes/_form.html",
        status,
        account=account,
        code=code,
        form=form,
        address=address_of(code),
        text=text_of(code),
        numbers=numbers_of([code.id])[code.id],
        usages=usages_of("qr_code", code.id, current_actor()),
        silent=why_silent(code, current_actor()),
        sizes=SIZES,
        most=MOST_BYTES[Kind.IMAGE],
        wrong="",
    )
