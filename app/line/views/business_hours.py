"""The section of an account's settings for business hours; a page of its own without script."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.i18n import _, _l, language, time_zone
from app.line.access import get_account
from app.line.business_hours.public_holidays import choices
from app.line.business_hours.words import standing
from app.line.forms import BusinessHoursForm
from app.line.models import Account
from app.line.operations.business_hours import change_business_hours
from app.line.panels import SettingsPanel, register
from app.line.queries import business_hours_of
from app.team.permissions import Permission, current_actor, requires

blueprint = Blueprint("business_hours", __name__, url_prefix="/accounts/<int:account_id>/business-hours")
register(SettingsPanel("business-hours", _l("Business hours"), "business_hours.show", Permission.SETTINGS))


@blueprint.get("")
@requires(Permission.SETTINGS)
def show(account_id: int) -> Response:
    account = get_account(account_id)
    return _section(account, BusinessHoursForm.of(business_hours_of(account_id)))


@blueprint.get("/public-holidays")
@requires(Permission.SETTINGS)
def public_holidays(account_id: int) -> Response:
    """Return the holidays of a country that was chosen, before it is saved."""
    account = get_account(account_id)
    form = BusinessHoursForm.of(replace(business_hours_of(account_id), country=request.args.get("country", "")))
    page, partial = "line/business_hours/show.html", "line/business_hours/_public_holidays.html"
    return htmx.render(page, partial, **_context(account, form))


@blueprint.post("")
@requires(Permission.SETTINGS)
def change(account_id: int) -> Response:
    account, form = get_account(account_id), BusinessHoursForm()
    if not form.submit(lambda: change_business_hours(account_id, form.table, actor=current_actor())):
        return _section(account, form, 422)
    if not htmx.is_fragment():
        return htmx.go(url_for("business_hours.show", account_id=account_id), toast=_("Saved."))
    htmx.toast(_("Saved."))
    return _section(account, BusinessHoursForm.of(business_hours_of(account_id)))


def _section(account: Account, form: BusinessHoursForm, status: int = 200) -> Response:
    page, partial = "line/business_hours/show.html", "line/business_hours/_section.html"
    return htmx.render(page, partial, status, **_context(account, form))


def _context(account: Account, form: BusinessHoursForm) -> dict[str, Any]:
    return {
        "account": account,
        "form": form,
        "zone_name": time_zone(),
        "standing": standing(business_hours_of(account.id)),
        "country_name": dict(choices(language())).get(form.country.data, ""),
    }
