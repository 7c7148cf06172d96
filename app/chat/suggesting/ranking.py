"""Suggest the kept message that fits what the friend wrote last: canned replies and Auto Send Messages, by their words.

Texts are compared by pairs of neighbouring characters, which works in languages that write no blanks between words;
pairs that stand in few of the messages count for more. Knows no outside service.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from sqlalchemy import select

from app.chat.canned.filling import texts_of, words_for
from app.chat.canned.queries import usable_replies
from app.chat.suggesting.registry import SUGGESTERS, Ability, Suggester, Suggestion, SuggestionSource, SuggestionWish
from app.core.db import db
from app.core.i18n import Text, _l
from app.core.text_folding import fold_all
from app.messages.auto.models import AutoMessage
from app.messages.content.personal_text import in_short
from app.messages.conversations.models import Conversation, ConversationMessage, Direction, MessageState
from app.team.permissions import Permission

NAME = "kept_messages"
# So many of the friend's last texts are looked at; the newest counts most.
MOST_TEXTS = 4
MOST_AUTO_MESSAGES = 500
# Less alike than this is no suggestion.
LEAST = 0.2
Pairs = Counter[str]


@dataclass(frozen=True)
class KeptMessage:
    """A message that could be suggested; `words` are its name and texts, `weight` grows with its use."""

    key: str
    kind: Text
    name: str
    content: Mapping[str, Any]
    words: str
    url: str = ""
    weight: float = 1.0
    pairs: Pairs = field(default_factory=Counter, compare=False)


def suggest_kept(wish: SuggestionWish) -> Suggestion | None:
    """Return the best one that was not suggested before; None where nothing is like what the friend wrote."""
    asked = _asked(wish.conversation)
    candidates = [*_canned(wish), *_auto(wish)]
    if not asked or not candidates:
        return None
    for best in _ranked(asked, candidates):
        words = words_for(wish.conversation, best.content) if best.key not in wish.seen else ""
        if words.strip():
            return Suggestion(words, [SuggestionSource(best.kind, best.name, best.url)], best.key)
    return None


def _asked(conversation: Conversation) -> list[str]:
    """Return what the other side wrote last, the newest first."""
    query = select(ConversationMessage).where(
        ConversationMessage.account_id == conversation.account_id,
        ConversationMessage.chat_id == conversation.chat_id,
        ConversationMessage.direction == Direction.IN,
        ConversationMessage.type == "text",
        ConversationMessage.state != MessageState.UNSENT,
    )
    newest = query.order_by(ConversationMessage.occurred_at.desc(), ConversationMessage.id.desc()).limit(MOST_TEXTS)
    return [str(one.content.get("text", "")) for one in db.session.scalars(newest)]


def _canned(wish: SuggestionWish) -> Iterable[KeptMessage]:
    for one in usable_replies(wish.conversation, wish.actor):
        texts = texts_of(one.content)
        may_open = wish.actor.may_see_account(one.account_id)
        url = url_for("canned_replies.edit", account_id=one.account_id, reply_id=one.id) if may_open else ""
        words = " ".join([one.name, one.name, one.shortcut, *map(in_short, texts)])
        weight = 1 + math.log1p(one.used) / 20
        if texts:
            yield KeptMessage(f"canned:{one.id}", _l("Canned reply"), one.name, one.content, words, url, weight)


def _auto(wish: SuggestionWish) -> Iterable[KeptMessage]:
    account_id = wish.conversation.account_id
    mine = AutoMessage.account_id == account_id, AutoMessage.archived_at.is_(None)
    query = select(AutoMessage).where(*mine).order_by(AutoMessage.updated_at.desc()).limit(MOST_AUTO_MESSAGES)
    may_open = wish.actor.may(Permission.AUTO_MESSAGES)
    for one in db.session.scalars(query):
        texts = texts_of(one.content)
        url = url_for("auto_messages.edit", account_id=account_id, message_id=one.id) if may_open else ""
        words = " ".join([one.name, one.name, *map(in_short, texts)])
        if texts:
            yield KeptMessage(f"auto:{one.id}", _l("Auto Send Message"), one.name, one.content, words, url)


def _ranked(asked: Sequence[str], candidates: Sequence[KeptMessage]) -> list[KeptMessage]:
    folded = fold_all([*asked, *(one.words for one in candidates)])
    question: Pairs = Counter()
    for age, text in enumerate(folded[: len(asked)]):
        for pair, number in _pairs(text).items():
            question[pair] += number / 2**age
    documents = [_pairs(text) for text in folded[len(asked) :]]
    rarity = _rarity(documents)
    scored = [
        (_likeness(question, own, rarity) * one.weight, one) for own, one in zip(documents, candidates, strict=True)
    ]
    fitting = [pair for pair in scored if pair[0] >= LEAST]
    return [one for _score, one in sorted(fitting, key=lambda pair: (-pair[0], pair[1].key))]


def _pairs(text: str) -> Pairs:
    found: Pairs = Counter()
    for word in text.split():
        found.update(word[at : at + 2] for at in range(max(len(word) - 1, 1)))
    return found


def _rarity(documents: Sequence[Pairs]) -> Mapping[str, float]:
    """Return how much each pair counts: the more, the fewer messages have it."""
    seen: Counter[str] = Counter()
    for one in documents:
        seen.update(one.keys())
    return {pair: math.log(1 + len(documents) / number) for pair, number in seen.items()}


def _likeness(question: Pairs, document: Pairs, rarity: Mapping[str, float]) -> float:
    """Return the cosine of the two, from 0 to 1."""
    shared = sum(question[pair] * number * rarity[pair] ** 2 for pair, number in document.items() if pair in question)
    lengths = [
        math.sqrt(sum((number * rarity.get(pair, 1.0)) ** 2 for pair, number in one.items()))
        for one in (question, document)
    ]
    return shared / (lengths[0] * lengths[1]) if all(lengths) else 0.0


SUGGESTERS.add(NAME, Suggester(NAME, frozenset({Ability.ANOTHER}), suggest_kept))
