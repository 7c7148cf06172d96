"""What the composer holds before it is sent: words as they are typed, files and other messages, and the quote."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, request, url_for

from app.chat.attaching import messages_of_files
from app.chat.library import kept, offered
from app.chat.models import OWNER
from app.chat.operations import drafts
from app.chat.operations.groups import ask_people
from app.chat.places import read_place
from app.chat.queries.conversations import get_conversation, name_of
from app.chat.queries.drafts import TEXT
from app.chat.views import composer
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.identifiers import row_number
from app.core.pages import searched
from app.messages.auto.models import AutoMessage
from app.messages.composer.context import composer_context
from app.messages.composer.models import MessageDraft
from app.messages.composer.owners import PAGES
from app.messages.conversations.models import Conversation
from app.messages.library.models import LibraryMessage
from app.team.permissions import Permission, current_actor, requires

BASE = "/<int:conversation_id>"
Change = Callable[[Conversation], None]


@blueprint.post(f"{BASE}/draft")
@requires(Permission.CHAT)
def keep(conversation_id: int) -> Response:
    """Keep what is typed; nothing is drawn again."""
    _keep_words(get_conversation(conversation_id, current_actor()))
    return Response(status=204)


@blueprint.post(f"{BASE}/draft/files")
@requires(Permission.CHAT)
def attach(conversation_id: int) -> Response:
    """Put files that were uploaded behind the messages of the draft."""
    ids = [number for one in request.form.getlist("media") if (number := row_number(one))]
    return _changed(conversation_id, lambda found: _attach(found, ids))


@blueprint.post(f"{BASE}/draft/sticker")
@requires(Permission.CHAT)
def sticker(conversation_id: int) -> Response:
    """Put a sticker into the draft."""
    chosen = {name: request.form.get(name, "")[:20] for name in ("package_id", "sticker_id")}
    return _changed(conversation_id, lambda found: _add(found, [{"kind": "sticker", **chosen}]))


@blueprint.post(f"{BASE}/draft/location")
@requires(Permission.CHAT)
def location(conversation_id: int) -> Response:
    """Put a place on the map into the draft."""
    given = {name: request.form.get(name, "") for name in ("title", "address", "place")}
    return _changed(conversation_id, lambda found: _add(found, [read_place(**given)]), said_at="chat-place-problem")


@blueprint.post(f"{BASE}/draft/removal")
@requires(Permission.CHAT)
def take_out(conversation_id: int) -> Response:
    """Take a message out of the draft."""
    number = row_number(request.form.get("number", "")) or 0
    return _changed(conversation_id, lambda found: drafts.take_out(found, number, actor=current_actor()))


@blueprint.post(f"{BASE}/draft/quote")
@requires(Permission.CHAT)
def quote(conversation_id: int) -> Response:
    """Quote a message; without one, nothing."""
    message_id = row_number(request.form.get("message", ""))
    return _changed(conversation_id, lambda found: drafts.quote(found, message_id, actor=current_actor()))


@blueprint.post(f"{BASE}/draft/tracking")
@requires(Permission.CHAT)
def tracking(conversation_id: int) -> Response:
    """Have the links of the answer tracked, or not."""
    is_tracked = request.form.get("tracks") == "1"
    return _changed(
        conversation_id, lambda found: drafts.track_links(found, is_tracked=is_tracked, actor=current_actor())
    )


@blueprint.post(f"{BASE}/draft/key")
@requires(Permission.CHAT)
def key(conversation_id: int) -> Response:
    """Choose the key that sends, for the member and every conversation."""
    enter_sends = request.form.get("enter_sends") == "1"
    drafts.choose_key(None, enter_sends=enter_sends, actor=current_actor())
    return _changed(conversation_id, lambda _found: None)


@blueprint.get(f"{BASE}/cost")
@requires(Permission.CHAT)
def cost(conversation_id: int) -> Response:
    """Show what an answer costs now; LINE is asked how many people a group has."""
    found = get_conversation(conversation_id, current_actor())
    if found.group_id is not None:
        ask_people(found, actor=current_actor())
    return htmx.render("chat/composer/_cost.html", **composer.cost_shown(found))


def _attach(found: Conversation, ids: Sequence[int]) -> None:
    _add(found, messages_of_files(found.account_id, ids, actor=current_actor()))


def _add(found: Conversation, messages: Sequence[Mapping[str, Any]]) -> None:
    drafts.add_messages(found, messages, actor=current_actor())


def _keep_words(found: Conversation) -> None:
    if "text" in request.form:
        words, press = request.form["text"].replace("\r\n", "\n"), request.form.get("press", "")
        drafts.keep_words(found, words, press=press, actor=current_actor())


def _changed(conversation_id: int, change: Change, said_at: str = "") -> Response:
    """Keep the words, change the draft, and draw it; a refusal is said there, or at `said_at` where there is script."""
    found, refused = get_conversation(conversation_id, current_actor()), ""
    _keep_words(found)
    try:
        change(found)
    except (InvalidInput, Conflict) as refusal:
        db.session.rollback()
        refused = composer.sentence_of(refusal)
        # The words are kept, although the answer says that something was refused.
        _keep_words(found)
        db.session.commit()
    if not htmx.is_fragment() and not refused:
        return htmx.go(url_for("chat.show", conversation_id=found.id))
    if refused and said_at and htmx.is_fragment():
        said = htmx.render("chat/composer/_said.html", status=422, said_at=said_at, problem=refused)
        return htmx.retarget(said, f"#{said_at}", "outerHTML")
    shown = composer.shown(found, problem=refused)
    return htmx.render("chat/composer/drawn.html", "chat/composer/_draft.html", 422 if refused else 200, **shown)


@blueprint.get(f"{BASE}/library")
@requires(Permission.CHAT)
def library(conversation_id: int) -> Response:
    """Offer Auto Send Messages and Message Items; a search narrows them by name."""
    found, search = get_conversation(conversation_id, current_actor()), searched(request.args.get("words", ""))
    groups = offered(found.account_id, search)
    return htmx.render("chat/composer/_library_found.html", conversation=found, groups=groups, search=search)


@blueprint.post(f"{BASE}/draft/library")
@requires(Permission.CHAT)
def put(conversation_id: int) -> Response:
    """Put a copy of what is kept under a name into the draft."""
    word, _colon, number = request.form.get("kept", "").partition(":")
    account_id = get_conversation(conversation_id, current_actor()).account_id
    one = kept(account_id, word, row_number(number) or 0)
    return _changed(conversation_id, lambda found: _put(found, one))


def _put(found: Conversation, one: LibraryMessage) -> None:
    if isinstance(one, AutoMessage):
        drafts.add_auto_message(found, one, actor=current_actor())
    else:
        _add(found, one.content["messages"])


@blueprint.post(f"{BASE}/draft/messages")
@requires(Permission.CHAT)
def begin_composing(conversation_id: int) -> Response:
    """Keep what is typed, and open the composer of messages with the draft."""
    _keep_words(get_conversation(conversation_id, current_actor()))
    return htmx.go(url_for("chat.compose", conversation_id=conversation_id))


@blueprint.get(f"{BASE}/draft/messages")
@requires(Permission.CHAT)
def compose(conversation_id: int) -> Response:
    """Show the composer of messages, whose draft is that of the conversation."""
    found = get_conversation(conversation_id, current_actor())
    draft = drafts.compose(found, actor=current_actor())
    about = {"conversation": found, "name": name_of(found), "words": draft.own.get(TEXT, "")}
    # The preview is that of the friend to whom they go.
    return htmx.render("chat/composer/messages.html", **composer_context(draft, found.friend_id), **about)


def _page_of(draft: MessageDraft) -> str:
    return url_for("chat.show", conversation_id=draft.owner_id)


PAGES.add(OWNER, _page_of)
