"""The people behind a number of a broadcast: a list with what is known of each, how many they are, and a file."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.core import htmx
from app.core.db import replica
from app.core.error_messages import sentence
from app.core.i18n import today
from app.core.pages import Page, placed
from app.core.web.downloads import csv_answer
from app.core.web.server.places import downloads
from app.friends.models import Friend
from app.friends.queries.bulk import recent_bulk_changes
from app.friends.queries.export import friends_as_csv
from app.friends.queries.filter_sql import filtering
from app.friends.queries.listing import Total, count_friends, friends_page
from app.friends.queries.orders import ORDERS
from app.line.access import get_account
from app.messages.broadcasts.conditions.choice import conditions_for
from app.messages.broadcasts.friend_set import label_of
from app.messages.broadcasts.operations.people import note_people_export
from app.messages.broadcasts.people_file import beside_friends
from app.messages.broadcasts.people_words import COLOURS, STATES
from app.messages.broadcasts.queries.choice import known_of
from app.messages.broadcasts.readers import READERS
from app.messages.broadcasts.views.blueprint import blueprint
from app.messages.broadcasts.views.people_params import PeopleListParams, asked_people, heading_of
from app.team.permissions import Permission, check_any, current_actor, me, requires, requires_any
from app.team.sign_in import requires_proof


@blueprint.get("/<int:broadcast_id>/people/<kind>")
@requires_any(*READERS)
def people(account_id: int, broadcast_id: int, kind: str) -> Response:
    """Show who they are to members who may see friends, and how many they are to all others."""
    account, params = get_account(account_id), asked_people(account_id, broadcast_id, kind)
    context = heading_of(params) | {"account": account, "total": _total_at_once(params)}
    context["is_savable"] = bool(conditions_for(params.choice))
    if not me().may(Permission.FRIENDS):
        return htmx.render("messages/broadcasts/people.html", "messages/broadcasts/_people_list.html", **context)
    if not htmx.is_fragment():
        context["changes"] = recent_bulk_changes(account_id, me().id) if me().may(Permission.TAGS) else []
    found, known = replica.read(lambda: _page(params))
    return htmx.render(
        "messages/broadcasts/people.html",
        "messages/broadcasts/_people_list.html",
        **context,
        friends=found,
        known=known,
        orders=ORDERS,
        states=STATES,
        state_colours=COLOURS,
        reason=sentence,
    )


@blueprint.get("/<int:broadcast_id>/people/<kind>/count")
@requires_any(*READERS)
def count_people(account_id: int, broadcast_id: int, kind: str) -> Response:
    """Return the total, in a request of its own because counting may take longer than a page."""
    get_account(account_id)
    params = asked_people(account_id, broadcast_id, kind)
    return htmx.render("friends/_total.html", total=replica.read(lambda: _counted(params)))


@blueprint.get("/<int:broadcast_id>/people/<kind>/people.csv")
@requires(Permission.EXPORT)
@requires_proof
@downloads
def export_people(account_id: int, broadcast_id: int, kind: str) -> Response:
    """Send the people as a file, to members who may export and see broadcasts."""
    check_any(*READERS)
    account, params = get_account(account_id), asked_people(account_id, broadcast_id, kind)
    choice = params.choice
    note_people_export(account.id, choice.broadcast.id, choice.key, actor=current_actor())
    wanted = filtering(account.id, params.filter)
    pieces = friends_as_csv(account.id, wanted, params.order, beside_friends(choice))
    return csv_answer(pieces, f"{label_of(choice)}-{today():%Y-%m-%d}.csv", "broadcast.csv")


def _page(params: PeopleListParams) -> tuple[Page[Friend], dict[int, Any]]:
    account_id = params.choice.broadcast.account_id
    found = friends_page(account_id, params.filter, params.order, **params.place.keys)
    return placed(found, params.place), known_of(params.choice, [friend.id for friend in found.rows])


def _total_at_once(params: PeopleListParams) -> Total | None:
    """Return the number where it is known without counting, and while the list changes; None: it is fetched later."""
    is_kept = params.choice.is_kept and not params.filter.words
    return _counted(params) if is_kept or params.is_moving or not me().may(Permission.FRIENDS) else None


def _counted(params: PeopleListParams) -> Total:
    """Count the people as the results do, or those who fit the search."""
    if not params.filter.words:
        return Total(params.choice.count())
    return count_friends(params.choice.broadcast.account_id, params.filter)
