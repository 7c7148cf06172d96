"""The page of an account's ID links, and everything that is done from it but receiving files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.db import released
from app.core.errors import NotFound
from app.core.i18n import _, _l, today
from app.core.pages import TALL_SIZE, TIME_ORDERS, PagePosition, time_order
from app.core.spreadsheets import csv_pieces
from app.core.web.downloads import csv_answer
from app.core.web.server.places import downloads
from app.friends.operations.id_links import note_id_link_export, remove_id_link
from app.friends.queries.id_links import ID_LINK_ORDERS, count_id_links, has_id_links, id_links_page
from app.imports.id_links import operations, queries
from app.imports.id_links.csv_writer import lines, links_file
from app.imports.id_links.pipeline.check_file import HEADER
from app.imports.id_links.pipeline.diff import allows_shared
from app.line.access import get_account, visible_accounts
from app.line.gateway.urls import urls
from app.line.models import Account
from app.line.panels import SettingsPanel, register
from app.team.permissions import Permission, current_actor, requires
from app.team.sign_in import requires_proof

register(SettingsPanel("id-links", _l("Import LINE Delivery User Information"), "id_links.panel", Permission.IMPORTS))
blueprint = Blueprint("id_links", __name__, url_prefix="/accounts/<int:account_id>/id-links")
# Whose addresses say which page of the imports is shown.
OF_IMPORTS = {"id_links.imports", "id_links.cancel"}
OF_LINKS = {"id_links.links", "id_links.remove"}
TEMPLATE = [HEADER, ("U0123456789abcdef0123456789abcdef", "customer-0001")]


@blueprint.get("")
@requires(Permission.IMPORTS)
def show(account_id: int) -> Response:
    return htmx.render("imports/id_links/show.html", **page_context(get_account(account_id)))


@blueprint.get("/panel")
@requires(Permission.IMPORTS)
def panel(account_id: int) -> Response:
    """Return the settings page's panel: the link to this page, and how the last import went."""
    account = get_account(account_id)
    if not htmx.is_fragment():
        return htmx.go(url_for("id_links.show", account_id=account.id))
    latest = queries.latest_import(account.id)
    return htmx.render("imports/id_links/show.html", "imports/id_links/_panel.html", account=account, latest=latest)


@blueprint.get("/imports")
@requires(Permission.IMPORTS)
def imports(account_id: int) -> Response:
    """Show the list of imports, which polls: every second while something goes on."""
    return _list(get_account(account_id))


@blueprint.post("/imports/<int:run_id>/cancel")
@requires(Permission.IMPORTS)
def cancel(account_id: int, run_id: int) -> Response:
    account = get_account(account_id)
    operations.cancel_import(account, run_id, actor=current_actor())
    return _listed(account)


@blueprint.post("/uploads/<int:upload_id>/cancel")
@requires(Permission.IMPORTS)
def cancel_upload(account_id: int, upload_id: int) -> Response:
    account = get_account(account_id)
    if not operations.cancel_upload(account, upload_id, actor=current_actor()):
        htmx.toast(_("That file has arrived or gone already."), "info")
    return _listed(account)


@blueprint.get("/imports/<int:run_id>/errors.csv")
@requires(Permission.IMPORTS)
@downloads
def errors(account_id: int, run_id: int) -> Response:
    """Send every line that could not be used, with its number and the reason, for a spreadsheet."""
    account = get_account(account_id)
    if queries.import_by_id(account.id, run_id) is None:
        raise NotFound
    rows = ((one.line, one.value, one.reason) for one in queries.problems_for_export(run_id))
    header = (_("Line"), _("Value"), _("Reason"))
    name = _("errors")
    return csv_answer(csv_pieces(header, rows), f"{name}-{run_id}.csv", f"errors-{run_id}.csv")


@blueprint.get("/imports/<int:run_id>/shared.csv")
@requires(Permission.IMPORTS)
@downloads
def shared(account_id: int, run_id: int) -> Response:
    """Send the user IDs that several LINE users share, with how many they are."""
    account = get_account(account_id)
    if queries.import_by_id(account.id, run_id) is None:
        raise NotFound
    rows = [(one.user_id, one.line_users) for one in queries.shared_ids(run_id)]
    pieces = csv_pieces((_("External user ID"), _("LINE users")), rows)
    name = _("shared-ids")
    return csv_answer(pieces, f"{name}-{run_id}.csv", f"shared-ids-{run_id}.csv")


@blueprint.get("/template.csv")
@requires(Permission.IMPORTS)
def template(account_id: int) -> Response:
    get_account(account_id)
    return csv_answer(lines(TEMPLATE), "id-links-template.csv")


@blueprint.get("/links.csv")
@requires(Permission.EXPORT)
@requires_proof
@downloads
def export(account_id: int) -> Response:
    """Send all links as a file in the form that is imported."""
    account = get_account(account_id)
    note_id_link_export(account, actor=current_actor())
    name = f"id-links-{account.basic_id.lstrip('@')}-{today():%Y-%m-%d}.csv"
    with released():
        file = links_file(account.id)
    return csv_answer(file.pieces, name, size=file.size)


@blueprint.get("/links")
@requires(Permission.IMPORTS)
def links(account_id: int) -> Response:
    """Show stored links, found by either ID."""
    return _links(get_account(account_id))


@blueprint.post("/links/<line_user_id>/removal")
@requires(Permission.IMPORTS)
def remove(account_id: int, line_user_id: str) -> Response:
    account = get_account(account_id)
    if remove_id_link(account.id, line_user_id, actor=current_actor()):
        htmx.toast(_("The ID link is removed."))
    else:
        htmx.toast(_("This ID link was removed already."), "info")
    if htmx.is_fragment():
        return _links(account)
    return htmx.go(url_for("id_links.show", account_id=account.id))


@blueprint.post("/removal")
@requires(Permission.IMPORTS)
def remove_all(account_id: int) -> Response:
    account = get_account(account_id)
    operations.remove_all(account, actor=current_actor())
    return htmx.go(url_for("id_links.show", account_id=account.id), toast=_("All ID links are being removed."))


@blueprint.post("/settings")
@requires(Permission.IMPORTS)
def change_settings(account_id: int) -> Response:
    account = get_account(account_id)
    operations.allow_shared(account, request.form.get("allows_shared") == "1", actor=current_actor())
    return htmx.go(url_for("id_links.show", account_id=account.id), toast=_("Saved."))


def page_context(account: Account) -> dict[str, Any]:
    """Return everything that the page shows; also for a refused upload, which shows it again."""
    return {
        "accounts": visible_accounts(current_actor()),
        "allows_shared": allows_shared(account.id),
        "api_address": urls.ours + url_for("id_links_api.create", account_id=account.id),
        "error": "",
        "chosen": {},
        **_list_context(account),
        **_links_context(account),
    }


def _list_context(account: Account) -> dict[str, Any]:
    place, order = _place(OF_IMPORTS, TALL_SIZE), time_order(request.args)
    page = queries.imports(account.id, place, oldest=order.is_oldest_first)
    uploads, removal = queries.uploads(account.id), queries.removal(account.id)
    return {
        "account": account,
        "imports": page,
        "count_of_imports": queries.count_imports(account.id),
        "order": order,
        "orders": TIME_ORDERS,
        "imports_args": {"account_id": account.id, "sort": order.name, **place.chosen},
        "is_first": not page.previous,
        "uploads": uploads,
        "removal": removal,
        "is_busy": bool(uploads or removal) or queries.is_importing(account.id),
    }


def _links_context(account: Account) -> dict[str, Any]:
    word = request.args.get("search", "").strip()
    of_links = request.args if request.endpoint in OF_LINKS else {}
    order = ID_LINK_ORDERS.get(of_links.get("sort", ""), ID_LINK_ORDERS["user_id"])
    place = _place(OF_LINKS)
    page = id_links_page(account.id, word, place, descending=order.is_descending)
    return {
        "account": account,
        "search": word,
        "links": page,
        "links_order": order,
        "links_orders": ID_LINK_ORDERS,
        "links_args": {"account_id": account.id, "search": word or None, "sort": order.name, **place.chosen},
        "count_of_links": count_id_links(account.id, word),
        "has_links": bool(page.rows) or has_id_links(account.id),
    }


def _place(endpoints: set[str], usual: int | None = None) -> PagePosition:
    """Return the page of a list that the address asks for; addresses of the other list ask for none."""
    return PagePosition.asked_by(request.args if request.endpoint in endpoints else {}, usual)


def _links(account: Account) -> Response:
    context = page_context(account)
    return htmx.render("imports/id_links/show.html", "imports/id_links/_links.html", **context)


def _list(account: Account) -> Response:
    context = _list_context(account) if htmx.is_fragment() else page_context(account)
    response = htmx.render("imports/id_links/show.html", "imports/id_links/_imports.html", **context)
    # The list that asks says whether anything went on when it was printed; what is over may have changed the links.
    is_over = bool(request.args.get("busy")) and not context["is_busy"]
    return htmx.with_trigger(response, "id-links-changed") if is_over else response


def _listed(account: Account) -> Response:
    """Answer a change with the list, or with the page for a browser without script."""
    if htmx.is_fragment():
        return _list(account)
    return htmx.go(url_for("id_links.show", account_id=account.id))
