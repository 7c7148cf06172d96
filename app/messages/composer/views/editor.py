"""The composer's answers: the list after a button, and what is said of a draft while a member types."""

from __future__ import annotations

from flask import Response, request

from app.core import htmx
from app.core.errors import Conflict, NotFound
from app.core.i18n import Text, _l
from app.line.access import get_account
from app.media.access import UPLOADERS
from app.messages.composer.context import composer_context, friend_choices
from app.messages.composer.editing import DraftTooLong
from app.messages.composer.left import ALL
from app.messages.composer.operations import CHOICE, change_draft
from app.messages.composer.owners import own_values_of, page_of
from app.messages.composer.posted import posted_friend, posted_search, shown_as_posted
from app.messages.composer.queries import draft_of
from app.messages.composer.said import kept
from app.messages.composer.views.blueprint import blueprint
from app.messages.content.message_set import read
from app.messages.content.proof import Proof, prove
from app.team.permissions import Permission, current_actor, requires, requires_any

# Leaves the page that the composer has without script.
BACK = "back"


@blueprint.post("/<int:draft_id>")
@requires_any(*UPLOADERS)
def change(account_id: int, draft_id: int) -> Response:
    """Keep what was typed, do what the pressed button says, and draw the composer again.

    What was discarded stands in the owner's fields, too, so its page is loaded again. Without script this is a page of
    its own, from which keeping the draft leads back.
    """
    get_account(account_id)
    pressed = request.form.get("do", "")
    command = "" if pressed == BACK else pressed
    draft = change_draft(account_id, draft_id, request.form, command, actor=current_actor())
    if command == "discard" and (page := htmx.current_path()):
        return htmx.go(page, toast=_l("Discarded. Undo brings the messages back."))
    if pressed == BACK and (home := page_of(draft)):
        return htmx.go(home, toast=_l("The draft is kept."))
    return htmx.render(
        "messages/composer/page.html",
        "messages/composer/_parts.html",
        **composer_context(draft, **shown_as_posted(command)),
    )


@blueprint.post("/<int:draft_id>/check")
@requires_any(*UPLOADERS)
def check(account_id: int, draft_id: int) -> Response:
    """Keep what was typed, and say what is wrong with it; the fields themselves stay as they are."""
    get_account(account_id)
    try:
        typed = {name: value for name, value in request.form.items() if not name.startswith(CHOICE)}
        draft = change_draft(account_id, draft_id, typed, actor=current_actor())
    except DraftTooLong:
        raise
    except (Conflict, NotFound):
        # A button was pressed since, whose answer says the same of the newer draft, or the draft was saved and closed.
        return Response(status=204)
    return htmx.render("messages/composer/checked.oob.html", **composer_context(draft, **shown_as_posted()))


@blueprint.post("/<int:draft_id>/ask")
@requires_any(*UPLOADERS)
def ask(account_id: int, draft_id: int) -> Response:
    """Keep what was typed, and show what LINE says of it at the parts it speaks of; nothing is sent."""
    get_account(account_id)
    typed = {name: value for name, value in request.form.items() if not name.startswith(CHOICE)}
    draft = change_draft(account_id, draft_id, typed, actor=current_actor())
    proof = prove(account_id, read(draft.content), own_values_of(draft))
    shown = shown_as_posted() | {"left": ALL, "said": kept(draft.content, proof.problems)}
    context = composer_context(draft, **shown) | {"asked": _verdict(proof)}
    return htmx.render("messages/composer/page.html", "messages/composer/asked.oob.html", **context)


def _verdict(proof: Proof) -> Text:
    if proof.is_good:
        return _l("LINE takes these messages.")
    return proof.unasked or _l("These messages cannot be used yet. What is wrong stands at each place.")


@blueprint.get("/<int:draft_id>/friends")
@requires(Permission.FRIENDS)
def friends(account_id: int, draft_id: int) -> Response:
    """Show whom the preview can be drawn for: friends who fit what was typed, and the one chosen before."""
    get_account(account_id)
    draft = draft_of(account_id, draft_id, current_actor())
    choices = friend_choices(account_id, posted_friend(), posted_search())
    return htmx.render("messages/composer/friends.html", "messages/composer/_friends.html", draft=draft, **choices)
