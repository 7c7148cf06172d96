"""The demo's conversations with pictures and files: sent by friends at the sandbox, and answered as a member would."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from typing import Any

from PIL import Image
from sqlalchemy import exists, func, select

from app.chat.attaching import messages_of_files
from app.chat.operations.answering import answer
from app.chat.queries.conversations import conversation_of
from app.chat.recipients import set_of
from app.chat.wishes import AnswerWishes
from app.core.db import db
from app.friends.models import FollowStatus, Friend
from app.line.models import Account
from app.media.models import Kind, Visibility
from app.messages.conversations.contents.models import ContentState, MessageContent
from app.seeds import drawings
from app.seeds.known import COFFEE, Shop
from app.seeds.sandbox import Sandbox
from app.seeds.waiting import wait_until
from app.team.actors import Actor

PATIENCE_SECONDS = 20.0
SIZE, HALVES = (720, 540), ((0, 0, 0.5, 1), (0.5, 0, 0.5, 1))
Message = dict[str, Any]


def make_conversations(sandbox: Sandbox, shop: Shop, account: Account, actor: Actor) -> Iterator[str]:
    """Let friends of the coffee shop send pictures and files, and answer them; yields a sentence. Commits.

    Without a worker that fetches them there is nothing to answer.
    """
    mine = MessageContent.account_id == account.id
    if shop is not COFFEE or db.session.scalar(select(exists().where(mine))):
        return
    talks = [_pictures(), _papers()]
    friends = _friends(account, len(talks))
    for friend, messages in zip(friends, talks, strict=False):
        for message in messages:
            if not sandbox.act(COFFEE.channel_id, friend.line_user_id, {"act": "message", "message": message}):
                return
    contents = sum(one["type"] in ("image", "file", "audio") for messages in talks for one in messages)
    stored = select(func.count()).select_from(MessageContent).where(mine, MessageContent.state == ContentState.STORED)
    if len(friends) < len(talks) or not wait_until(lambda: db.session.scalar(stored) == contents, PATIENCE_SECONDS):
        return
    _answer_pictures(account, friends[0], actor)
    _answer_papers(account, friends[1], actor)
    yield f"Conversations of {account.name} with pictures and files in both directions."


def _friends(account: Account, count: int) -> Sequence[Friend]:
    """Return friends who wrote before, the first ones."""
    mine = (Friend.account_id == account.id, Friend.follow_status == FollowStatus.FOLLOWING)
    talked = Friend.last_message_at.is_not(None)
    found = select(Friend).where(*mine, Friend.display_name.is_not(None), talked).order_by(Friend.id)
    return db.session.scalars(found.limit(count)).all()


def _pictures() -> list[Message]:
    """Two pictures that were sent together, and a question about them."""
    sent = {"id": "demo-cups", "total": 2}
    colours = ((drawings.BROWN, drawings.GOLD), (drawings.GREEN, drawings.CLAY))
    pictures = [_cups(("A", "B"), pair) for pair in colours]
    album = [
        {"type": "image", "upload": _written(one), "imageSet": {**sent, "index": place}}
        for place, one in enumerate(pictures, 1)
    ]
    return [*album, {"type": "text", "text": "どちらのカップがおすすめですか？"}]


def _papers() -> list[Message]:
    """A file, a voice message, and what they are about."""
    order = _paper("注文書.pdf", drawings.CREAM)
    return [
        {"type": "file", "upload": _written(order[1]), "fileName": order[0]},
        {"type": "audio"},
        {"type": "text", "text": "注文書をお送りします。見積もりをいただけますか？"},
    ]


def _answer_pictures(account: Account, friend: Friend, actor: Actor) -> None:
    """Answer the question with words that quote it, and a picture."""
    talk = conversation_of(account.id, friend.line_user_id)
    if talk is None:
        return
    chosen = _cups(("A",), (drawings.BROWN,))
    file = drawings.stored(account, Kind.IMAGE, chosen, "カップA.png", Visibility.PUBLIC, actor)
    messages = messages_of_files(account.id, [file.id], actor=actor)
    quoting = AnswerWishes(quote_id=talk.last_incoming_id)
    answer(talk, set_of("左のAが人気です。こちらです。", messages), wishes=quoting, actor=actor)
    db.session.commit()


def _answer_papers(account: Account, friend: Friend, actor: Actor) -> None:
    """Answer with a file that LINE carries in no message, so that it goes as a card with a link."""
    talk = conversation_of(account.id, friend.line_user_id)
    if talk is None:
        return
    name, content = _paper("見積書.pdf", "#ffffff")
    file = drawings.stored(account, Kind.DOCUMENT, content, name, Visibility.PUBLIC, actor)
    messages = messages_of_files(account.id, [file.id], actor=actor)
    answer(talk, set_of("ありがとうございます。見積書をお送りします。", messages), actor=actor)
    db.session.commit()


def _cups(words: Sequence[str], colours: Sequence[str]) -> bytes:
    return drawings.tiles(SIZE, HALVES if len(words) > 1 else [drawings.WHOLE], words, colours)


def _paper(name: str, colour: str) -> tuple[str, bytes]:
    """Return a page as a PDF, with its name."""
    file = io.BytesIO()
    Image.new("RGB", (595, 842), colour).save(file, "PDF")
    return name, file.getvalue()


def _written(content: bytes) -> str:
    return base64.b64encode(content).decode()
