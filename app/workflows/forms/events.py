"""Forms of triggers of what a friend writes, taps or watches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import _l
from app.messages.rich_menus.models import RichMenu
from app.workflows.forms.reading import one_of, rows, text
from app.workflows.forms.registry import NodeEditing, NodeForm, Posted, register
from app.workflows.triggers.messages import MATCHES, Match, PostbackMatch

MOST_KEYWORDS = 50
WHICH = {"keywords": _l("Messages with a keyword"), "any": _l("Any message")}
POSTBACK_MATCHES = {
    PostbackMatch.EQUALS.value: _l("The data are exactly"),
    PostbackMatch.STARTS_WITH.value: _l("The data begin with"),
    PostbackMatch.PARAMETER.value: _l("A parameter has a value"),
}
KEYWORD = {"match": Match.EQUALS.value, "text": ""}


def _read_message(form: Posted, _editing: NodeEditing) -> dict[str, Any]:
    if one_of(form, "which", WHICH, "keywords") == "any":
        return {"any": True}
    found = rows(form, "keywords", ("match", "text"), KEYWORD, MOST_KEYWORDS)
    matches = ({**one, "match": one["match"] if one["match"] in MATCHES else Match.EQUALS.value} for one in found)
    return {"any": False, "keywords": list(matches) or [dict(KEYWORD)]}


def _offer_matches(_editing: NodeEditing) -> Mapping[str, Any]:
    return {"matches": MATCHES, "which": WHICH, "most_keywords": MOST_KEYWORDS}


def _read_postback(form: Posted, _editing: NodeEditing) -> dict[str, Any]:
    match = one_of(form, "match", POSTBACK_MATCHES, PostbackMatch.EQUALS.value)
    settings = {"match": match, "value": text(form, "value")}
    return {**settings, "name": text(form, "name")} if match == PostbackMatch.PARAMETER else settings


def _read_video(form: Posted, _editing: NodeEditing) -> dict[str, Any]:
    return {"tracking_id": text(form, "tracking_id")}


def _read_menu(form: Posted, _editing: NodeEditing) -> dict[str, Any]:
    return {"alias": text(form, "alias")}


def _offer_menus(editing: NodeEditing) -> Mapping[str, Any]:
    query = select(RichMenu).where(RichMenu.account_id.in_(editing.account_ids)).order_by(RichMenu.name, RichMenu.id)
    names = {one.id: one.name for one in editing.accounts}
    is_one = len(names) == 1
    menus = db.session.scalars(query)
    return {"menus": [(one.alias, one.name if is_one else f"{one.name} ({names[one.account_id]})") for one in menus]}


for _form in (
    NodeForm(
        kind="message",
        template="workflows/nodes/_message.html",
        read=_read_message,
        context=_offer_matches,
        blank={"any": False, "keywords": [KEYWORD]},
    ),
    NodeForm(
        kind="postback",
        template="workflows/nodes/_postback.html",
        read=_read_postback,
        context=lambda _editing: {"matches": POSTBACK_MATCHES},
        blank={"match": PostbackMatch.EQUALS.value},
    ),
    NodeForm(kind="video_watched", template="workflows/nodes/_video_watched.html", read=_read_video),
    NodeForm(
        kind="rich_menu_switched",
        template="workflows/nodes/_rich_menu_switched.html",
        read=_read_menu,
        context=_offer_menus,
        blank={"alias": ""},
    ),
):
    register(_form)
