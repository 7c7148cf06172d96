"""The section Test Recipients of an account's settings; a page of its own where the browser runs no script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.i18n import _, _l
from app.friends.filters import FriendFilter
from app.friends.models import FollowStatus, Friend
from app.friends.queries.friends import get_friend
from app.friends.queries.listing import friends_page
from app.friends.queries.orders import ORDERS
from app.line.access import get_account
from app.line.models import Account
from app.line.panels import SettingsPanel, register
from app.messages.sending.models import TesterCode
from app.messages.sending.testers import add_tester, code_for, known_code, remove_tester, testers_of
from app.team.permissions import Permission, current_actor, me, requires

MOST_FOUND = 10
register(SettingsPanel("testers", _l("Test Recipients"), "testers.show", Permission.SETTINGS))
blueprint = Blueprint("testers", __name__, url_prefix="/accounts/<int:account_id>/testers")


@blueprint.get("")
@requires(Permission.SETTINGS)
def show(account_id: int) -> Response:
    account = get_account(account_id)
    return _section(account, known_code(account, me()))


@blueprint.get("/found")
@requires(Permission.SETTINGS)
def found(account_id: int) -> Response:
    """Show friends who fit the search and may become test recipients."""
    account, search = get_account(account_id), request.args.get("search", "").strip()[:100]
    if not htmx.is_fragment():
        return _section(account, known_code(account, me()), search)
    return htmx.render("messages/testers/_found.html", **_found(account, search))


@blueprint.post("/code")
@requires(Permission.SETTINGS)
def create_code(account_id: int) -> Response:
    account = get_account(account_id)
    return _section(account, code_for(account, me(), actor=current_actor()))


@blueprint.post("/<int:friend_id>")
@requires(Permission.SETTINGS)
def create(account_id: int, friend_id: int) -> Response:
    account = get_account(account_id)
    add_tester(account, friend_id, actor=current_actor())
    htmx.toast(_("%(name)s gets test messages now.", name=_name(account, friend_id)))
    return _changed(account)


@blueprint.post("/<int:friend_id>/removal")
@requires(Permission.SETTINGS)
def remove(account_id: int, friend_id: int) -> Response:
    account = get_account(account_id)
    remove_tester(account, friend_id, actor=current_actor())
    htmx.toast(_("%(name)s gets no test messages any more.", name=_name(account, friend_id)))
    return _changed(account)


def _name(account: Account, friend_id: int) -> str:
    friend = get_friend(account.id, friend_id)
    return friend.display_name or friend.line_user_id


def _section(account: Account, code: TesterCode | None, search: str = "") -> Response:
    return htmx.render(
        "messages/testers/show.html",
        "messages/testers/_testers.html",
        testers=testers_of(account.id),
        code=code,
        member_id=me().id,
        **_found(account, search),
    )


def _found(account: Account, search: str) -> dict[str, Any]:
    return {"account": account, "search": search, "people": _people(account.id, search) if search else []}


def _people(account_id: int, search: str) -> Sequence[Friend]:
    wanted = FriendFilter(search=search, statuses=(FollowStatus.FOLLOWING,))
    return friends_page(account_id, wanted, ORDERS["newest"], size=MOST_FOUND).rows


def _changed(account: Account) -> Response:
    if htmx.is_fragment():
        return _section(account, known_code(account, me()))
    return htmx.go(url_for("testers.show", account_id=account.id))


BLUEPRINTS = (blueprint,)
