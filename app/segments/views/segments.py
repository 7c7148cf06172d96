"""Segments of an account: the list, the page of one, and its actions."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from app.core import htmx
from app.core.db import replica
from app.core.error_messages import sentence
from app.core.i18n import _
from app.core.pages import TALL_SIZE, TIME_ORDERS, PagePosition, placed, time_order
from app.core.usage import usages_of
from app.folders.pages.params import FolderListParams, parse_list_params
from app.folders.pages.routes import list_changed, render_list
from app.friends.filters import FriendFilter
from app.friends.list_params import FriendListParams
from app.friends.queries.bulk import recent_bulk_changes
from app.friends.queries.orders import ORDERS as FRIEND_ORDERS
from app.line.access import get_account
from app.line.models import Account
from app.segments.chart import chart_of
from app.segments.conditions.compiler import compile_definition
from app.segments.conditions.definition import ParsedDefinition
from app.segments.conditions.sentences import ConditionSentences
from app.segments.friends_list.sets import key_of_segment
from app.segments.history import history_of
from app.segments.kind import ORDERS, SEGMENTS
from app.segments.list_rows import lines_of, problems_of
from app.segments.models import Segment
from app.segments.operations.counting import count_stale_later
from app.segments.operations.segments import copy_segment
from app.segments.queries.daily_counts import daily_counts
from app.segments.queries.members import members_page
from app.segments.queries.segments import folders, get_segment, reading_of, segments_page
from app.segments.views.blueprint import blueprint
from app.team.permissions import Permission, current_actor, me, requires


@blueprint.get("")
@requires(Permission.SEGMENTS)
def index(account_id: int) -> Response:
    account, asked = get_account(account_id), parse_list_params(account_id, SEGMENTS)
    return render_list("segments/index.html", "segments/_list.html", asked, **_listing(account, asked))


@blueprint.get("/<int:segment_id>")
@requires(Permission.SEGMENTS)
def show(account_id: int, segment_id: int) -> Response:
    account, segment = get_account(account_id), get_segment(account_id, segment_id)
    reading = reading_of(segment)
    around = {} if htmx.is_fragment() else _around(account, segment, reading)
    return htmx.render(
        "segments/show.html",
        "segments/_tabs.html",
        account=account,
        segment=segment,
        problems=problems_of(reading),
        **_tab(segment, reading),
        **around,
    )


@blueprint.post("/<int:segment_id>/copy")
@requires(Permission.SEGMENTS)
def copy(account_id: int, segment_id: int) -> Response:
    account = get_account(account_id)
    made = copy_segment(account.id, segment_id, actor=current_actor())
    htmx.toast(_("The segment was copied to “%(name)s”.", name=made.name))
    return list_changed(account, SEGMENTS)


def _listing(account: Account, asked: FolderListParams) -> dict[str, Any]:
    found = segments_page(asked.scope, asked.order, **asked.place.keys)
    page = placed(found, asked.place)
    count_stale_later(page.rows)
    return {
        "account": account,
        "segments": page,
        "lines": lines_of(account.id, page.rows),
        "orders": ORDERS,
    }


def _tab(segment: Segment, reading: ParsedDefinition) -> dict[str, Any]:
    """Return the context of the open tab: a page of the friends who fit, if they may be seen, or the history."""
    given = request.args
    if given.get("tab") == "history":
        place, by_time = PagePosition.asked_by(given, TALL_SIZE), time_order(given)
        found = history_of(segment, place, oldest=by_time.is_oldest_first)
        return {"tab": "history", "history": found, "order": by_time, "orders": TIME_ORDERS}
    if not me().may(Permission.FRIENDS):
        return {"tab": "friends", "members": None}
    compiled = compile_definition(reading.definition)
    place, order = PagePosition.asked_by(given), FRIEND_ORDERS.get(given.get("sort", ""), FRIEND_ORDERS["newest"])
    page = placed(replica.read(lambda: members_page(compiled, order, **place.keys)), place)
    wanted = FriendFilter(among=(key_of_segment(segment.id),))
    params = FriendListParams(segment.account_id, wanted, order, ())
    return {"tab": "friends", "members": page, "order": order, "orders": FRIEND_ORDERS, "params": params}


def _around(account: Account, segment: Segment, reading: ParsedDefinition) -> dict[str, Any]:
    """Return the context of a segment's page besides its friends."""
    count_stale_later([segment])
    may_tag = me().may(Permission.TAGS) and me().may(Permission.FRIENDS)
    return {
        "changes": recent_bulk_changes(account.id, me().id) if may_tag else None,
        "reason": sentence,
        "definition": reading.definition,
        "words": ConditionSentences([reading.definition]),
        "chart": chart_of(daily_counts(segment.id)),
        "line": lines_of(account.id, [segment])[0],
        "folders": folders(account.id),
        "usages": usages_of("segment", segment.id, current_actor()),
    }
