"""The gallery of Flex messages to start from, for one JSON field of a draft."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from app.core import htmx
from app.core.errors import NotFound
from app.line.access import get_account
from app.media.access import UPLOADERS
from app.messages.composer.editing import PATH, at
from app.messages.composer.gallery.examples import Example, offered
from app.messages.composer.gallery.fields import is_card, is_typed
from app.messages.composer.operations import CHOICE, change_draft
from app.messages.composer.views.blueprint import blueprint
from app.messages.content.kinds.raw import FlexMessage
from app.messages.content.message_set import MessageSet
from app.messages.content.proof import built_for
from app.messages.preview.phone import Phone, phone
from app.team.permissions import current_actor, requires_any


@blueprint.post("/<int:draft_id>/gallery")
@requires_any(*UPLOADERS)
def gallery(account_id: int, draft_id: int) -> Response:
    """Show what the field may start from; once one is chosen, ask whether it replaces what the member has written."""
    get_account(account_id)
    typed = {name: value for name, value in request.form.items() if not name.startswith(CHOICE)}
    draft = change_draft(account_id, draft_id, typed, actor=current_actor())
    path = request.form.get("place", "")
    around, name = _field(draft.content, path)
    examples = offered(is_card(around))
    chosen = request.form.get("example", "")
    if chosen and chosen not in examples:
        raise NotFound
    shown = {chosen: examples[chosen]} if chosen else examples
    return htmx.render(
        "messages/composer/gallery.html",
        "messages/composer/_gallery.html",
        draft=draft,
        place=path,
        chosen=chosen,
        is_typed=is_typed(around, name),
        examples=[(key, one.name, _drawn(account_id, one)) for key, one in shown.items()],
    )


def _field(content: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """Return what holds the JSON field of this path, and its name; raises NotFound."""
    around, _dot, name = path.rpartition(".")
    place = at(content, around) if PATH.fullmatch(path) else None
    if not isinstance(place, dict) or name not in ("contents", "message") or name not in place:
        raise NotFound
    return place, name


def _drawn(account_id: int, example: Example) -> Phone:
    """Return the example as a friend sees it of whom nothing is known."""
    content = MessageSet((FlexMessage(str(example.name), example.build()),))
    return phone(built_for(account_id, content).ready.messages({}))
