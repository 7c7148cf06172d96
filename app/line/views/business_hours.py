"""The section of an account's settings for business hours; a page of its own without script."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from app.core import htmx
from app.core.i18n import _, _l, time_zone
from app.line.access import get_account
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
    return htmx.render(page, partial, status, account=account, form=form, zone_name=time_zone())
