"""The first page after sign-in."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.core import htmx
from app.home.queries import DEFAULT_PERIOD, PERIODS, Home
from app.home.summary import summary as summary_of
from app.line.access import get_account
from app.team.permissions import Permission, me, requires, requires_any, requires_member

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@requires_member
def show() -> Response:
    return htmx.render("home/show.html", "home/_accounts.html", home=Home(me(), _days()))


@blueprint.get("/home/accounts/<int:account_id>")
@requires(Permission.FRIENDS)
def summary(account_id: int) -> Response:
    account = get_account(account_id)
    return htmx.render("home/_summary.html", summary=summary_of(account, _days()), home=Home(me()))


@blueprint.get("/home/now")
@requires_member
def now() -> Response:
    return htmx.render("home/_now.html", home=Home(me()))


@blueprint.get("/home/attention")
@requires_any(Permission.SETTINGS, Permission.INTEGRATIONS)
def attention() -> Response:
    return htmx.render("home/_attention.html", home=Home(me()))


def _days() -> int:
    wanted = request.args.get("days", DEFAULT_PERIOD, type=int)
    return wanted if wanted in PERIODS else DEFAULT_PERIOD
