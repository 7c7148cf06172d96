"""Attributes of one friend: show, edit and save them field by field."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.forms import Form
from app.core.i18n import _
from app.core.values.dates import stored_date
from app.friends.forms import SEEN, attributes_form, show_others_changes, values_seen
from app.friends.models import Friend
from app.friends.operations.attributes import set_attributes
from app.friends.queries.attributes import attribute_definitions
from app.friends.queries.friends import get_friend
from app.friends.values import Field, fields, value_of
from app.line.access import get_account
from app.line.models import Account
from app.team.permissions import Permission, current_actor, requires

blueprint = Blueprint(
    "friend_attributes", __name__, url_prefix="/accounts/<int:account_id>/friends/<int:friend_id>/attributes"
)


@blueprint.get("")
@requires(Permission.FRIENDS)
def show(account_id: int, friend_id: int) -> Response:
    account, friend = get_account(account_id), get_friend(account_id, friend_id)
    known = fields(attribute_definitions(account.id))
    return _card(account, friend, known)


@blueprint.get("/edit")
@requires(Permission.FRIENDS)
def edit(account_id: int, friend_id: int) -> Response:
    account, friend = get_account(account_id), get_friend(account_id, friend_id)
    known = fields(attribute_definitions(account.id))
    return _form(account, friend, attributes_form(known, friend), known, values_seen(known, friend))


@blueprint.post("")
@requires(Permission.FRIENDS)
def update(account_id: int, friend_id: int) -> Response:
    account, friend = get_account(account_id), get_friend(account_id, friend_id)
    known = fields(attribute_definitions(account.id))
    typed = {name: request.form[name] for name in known if name in request.form}
    seen = {name: request.form[SEEN + name] for name in known if SEEN + name in request.form}
    form = attributes_form(known, friend)
    changed: list[str] = []
    save = partial(set_attributes, account.id, friend.id, typed, source="member", actor=current_actor(), seen=seen)
    if not form.submit(lambda: changed.extend(save())):
        now = values_seen(known, get_friend(account_id, friend_id))
        show_others_changes(form, typed, seen, now)
        return _form(account, friend, form, known, now, 422)
    htmx.toast(_("Saved.") if changed else _("Nothing was changed."), "success" if changed else "info")
    if not htmx.is_fragment():
        return htmx.go(url_for("friends.show", account_id=account_id, friend_id=friend_id))
    return htmx.with_trigger(_card(account, friend, known), "activity-changed")


def _card(account: Account, friend: Friend, known: dict[str, Field]) -> Response:
    return htmx.render(
        "friends/_attributes.html",
        account=account,
        friend=friend,
        fields=known,
        value_of=value_of,
        date_of=stored_date,
    )


def _form(
    account: Account, friend: Friend, form: Form, known: dict[str, Field], seen: dict[str, str], status: int = 200
) -> Response:
    context = {"account": account, "friend": friend, "form": form, "fields": known, "seen": seen}
    return htmx.render("friends/edit.html", "friends/_attributes_form.html", status=status, **context)
