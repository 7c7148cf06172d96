"""The friends of an account: the list, and the page of one friend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.db import replica
from app.core.error_messages import sentence
from app.core.i18n import _
from app.core.pages import Page, placed
from app.core.values.dates import stored_date
from app.core.values.help import SEARCH_HELP
from app.core.web import headers
from app.friends.columns import Cells, cells_of
from app.friends.facts import facts_of
from app.friends.linked_services import linked_services
from app.friends.list_params import FriendListParams, SetsGone, parse_list_params
from app.friends.list_tools import tools_for
from app.friends.models import Friend, Tag
from app.friends.panels import panels_for
from app.friends.queries.attributes import attribute_definitions
from app.friends.queries.bulk import recent_bulk_changes
from app.friends.queries.friends import get_friend, has_friends
from app.friends.queries.id_links import id_link
from app.friends.queries.listing import Total, count_friends, fingerprint, friends_page, tags_of
from app.friends.queries.orders import ORDERS
from app.friends.queries.tags import tags_on
from app.friends.queries.timeline import names_of_members, timeline_mark, timeline_page
from app.friends.values import fields, value_of
from app.line.access import get_account
from app.line.models import Account
from app.team.permissions import Permission, me, requires

blueprint = Blueprint("friends", __name__, url_prefix="/accounts/<int:account_id>/friends")


@blueprint.errorhandler(SetsGone)
def leave_out(gone: SetsGone) -> Response:
    """Lead to the list without what was deleted, and say so."""
    htmx.toast(_("%(what)s The list is shown without it.", what=gone.message), "error")
    return htmx.go(url_for("friends.index", **gone.rest))


@blueprint.get("")
@requires(Permission.FRIENDS)
def index(account_id: int) -> Response:
    account, params = get_account(account_id), parse_list_params(account_id)
    response = htmx.render("friends/index.html", "friends/_list.html", **_listing(account, params))
    plain = url_for("friends.index", **params.args)
    is_first = not (request.args.get("after") or request.args.get("before"))
    return htmx.push_url(response, plain) if is_first and headers.asked_path() != plain else response


@blueprint.post("/search")
@requires(Permission.FRIENDS)
def search(account_id: int) -> Response:
    """Return the list as the form asks for it, which may tick more tags than an address would hold."""
    account, params = get_account(account_id), parse_list_params(account_id)
    plain = url_for("friends.index", **params.args)
    if not htmx.is_fragment():
        return htmx.go(plain)
    return htmx.push_url(htmx.render("friends/_list.html", **_listing(account, params)), plain)


@blueprint.get("/changes")
@requires(Permission.FRIENDS)
def changes(account_id: int) -> Response:
    """Answer with the list when it differs from the page's, as its `fingerprint` says; else with nothing."""
    account, params = get_account(account_id), parse_list_params(account_id)
    listing = _listing(account, params)
    if listing["is_new"] or listing["fingerprint"] == request.args.get("fingerprint"):
        return Response(status=204)
    if not request.args.get("fingerprint"):
        return htmx.go(url_for("friends.index", **params.args))
    return htmx.render("friends/_list.html", **listing)


@blueprint.get("/count")
@requires(Permission.FRIENDS)
def count(account_id: int) -> Response:
    """Return the total, in a request of its own because counting a million friends takes longer than a page."""
    account = get_account(account_id)
    params = parse_list_params(account_id)
    total = replica.read(lambda: count_friends(account.id, params.filter, params.sets))
    return htmx.render("friends/_total.html", total=total)


@blueprint.get("/<int:friend_id>")
@requires(Permission.FRIENDS)
def show(account_id: int, friend_id: int) -> Response:
    account, friend = get_account(account_id), get_friend(account_id, friend_id)
    timeline = timeline_page(friend.id)
    return htmx.render(
        "friends/show.html",
        account=account,
        friend=friend,
        facts=facts_of(account.id, friend.id),
        tags=tags_on(friend.id),
        link=id_link(account.id, friend.line_user_id),
        fields=fields(attribute_definitions(account.id)),
        timeline=timeline,
        mark=timeline_mark(friend.id, timeline.rows),
        members=names_of_members(timeline.rows),
        panels=panels_for(friend, me().may),
        value_of=value_of,
        date_of=stored_date,
    )


def _listing(account: Account, params: FriendListParams) -> dict[str, Any]:

    columns = params.columns

    def find() -> tuple[Page[Friend], Mapping[int, Sequence[Tag]], Cells]:
        found = friends_page(account.id, params.filter, params.order, **params.place.keys, known=params.sets)
        page = placed(found, params.place)
        return page, tags_of([friend.id for friend in page.rows]), cells_of(account.id, page.rows, columns)

    page, tags, cells = replica.read(find)
    is_whole = page.next is None and page.previous is None
    return {
        "fingerprint": fingerprint(page, tags),
        "account": account,
        "params": params,
        "friends": page,
        "tags": tags,
        "columns": columns,
        "cells": cells,
        "total": Total(len(page.rows)) if is_whole else None,
        "is_new": not page.rows and params.filter.is_empty and not has_friends(account.id),
        "orders": ORDERS,
        "linked_services": linked_services,
        "value_help": SEARCH_HELP,
        "tools": tools_for(me().may),
        **({} if htmx.is_fragment() else _around(account, params)),
    }


def _around(account: Account, params: FriendListParams) -> dict[str, Any]:
    """Return the context that only the whole page needs."""
    return {
        "changes": recent_bulk_changes(account.id, me().id) if me().may(Permission.TAGS) else [],
        "reason": sentence,
        "views": params.kept.views,
    }
