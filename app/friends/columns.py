"""Columns of the friends list: those that everyone sees, and what else is known of friends, of which members choose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.db import db
from app.core.i18n import Text, _l, language_name
from app.friends.facts import FACTS, known_of
from app.friends.linked_services import has_services
from app.friends.models import Friend
from app.friends.queries.attributes import attribute_definitions
from app.friends.queries.id_links import user_ids_of
from app.friends.values import fields, in_words, value_of

# What a member sees who has chosen nothing; the templates draw these themselves.
USUAL = ("status", "added", "tags", "services")
USER_ID, LANGUAGE, ACTIVE = "user_id", "language", "last_activity_at"
_FACT = "fact."


@dataclass(frozen=True)
class ListColumn:
    """A column by name; the name's column is always there and none of these."""

    name: str
    label: Text

    @property
    def is_usual(self) -> bool:
        """Return whether the template of the rows has a way of its own to draw it."""
        return self.name in USUAL


@dataclass(frozen=True)
class Cells:
    """What stands in the chosen columns of a page's friends."""

    facts: Mapping[int, Mapping[str, Any]]
    user_ids: Mapping[str, str]

    def value(self, friend: Friend, name: str) -> str | datetime:
        """Return the text or the moment in a column that the template does not draw itself; "" for nothing."""
        if name.startswith(_FACT):
            known = self.facts.get(friend.id, {}).get(name.removeprefix(_FACT))
            return known if isinstance(known, datetime) else in_words(known)
        if name == USER_ID:
            return self.user_ids.get(friend.line_user_id, "")
        if name == LANGUAGE:
            return language_name(friend.language) if friend.language else ""
        if name == ACTIVE:
            return friend.last_activity_at or ""
        return in_words(value_of(friend, name))


def offered_columns(account_id: int) -> list[ListColumn]:
    """Return the columns that an account's list can have, in their order."""
    return list(_offered(account_id))


def _offered(account_id: int) -> Iterator[ListColumn]:
    yield ListColumn("status", _l("Follow status"))
    yield ListColumn("added", _l("Friend added"))
    yield ListColumn("tags", _l("Tags"))
    if has_services():
        yield ListColumn("services", _l("Linked services"))
    yield ListColumn(ACTIVE, _l("Last activity"))
    yield ListColumn(LANGUAGE, _l("Language"))
    yield ListColumn("line_user_id", _l("LINE user ID"))
    yield ListColumn(USER_ID, _l("External user ID"))
    for field in fields(attribute_definitions(account_id)).values():
        yield ListColumn(field.name, field.label)
    for facts in FACTS.values():
        for name, label in facts.columns:
            yield ListColumn(_FACT + name, label)


def columns_named(account_id: int, names: Sequence[str]) -> list[ListColumn]:
    """Return those of these columns that there are, in the order of the names."""
    if not set(names).difference(USUAL):
        # Spares the question for attributes.
        known = [ListColumn(name, "") for name in USUAL if name != "services" or has_services()]
        return _in_order(known, names)
    return _in_order(_offered(account_id), names)


def columns_to_choose(account_id: int, shown: Sequence[ListColumn]) -> list[ListColumn]:
    """Return the columns that a member may choose from: those that are shown first, as they stand, then the others."""
    names = [one.name for one in shown]
    offered = offered_columns(account_id)
    return [*_in_order(offered, names), *(one for one in offered if one.name not in names)]


def _in_order(columns: Iterable[ListColumn], names: Sequence[str]) -> list[ListColumn]:
    known = {one.name: one for one in columns}
    return [known[name] for name in dict.fromkeys(names) if name in known]


def cells_of(account_id: int, friends: Sequence[Friend], columns: Sequence[ListColumn]) -> Cells:
    """Read what the columns need beside the friends themselves."""
    names = {one.name for one in columns}
    ids = [friend.id for friend in friends]
    has_facts = any(name.startswith(_FACT) for name in names)
    facts = known_of(db.session.connection(), account_id, ids) if has_facts and ids else {}
    asked = [friend.line_user_id for friend in friends] if USER_ID in names else []
    return Cells(facts, user_ids_of(account_id, asked))
