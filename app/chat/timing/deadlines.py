"""By when a friend who wrote is to be answered: the account's minutes, counted while it is open."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.i18n import zone
from app.line.business_hours.table import next_opening
from app.line.queries import business_hours_of
from app.messages.conversations.models import ChatSettings, Conversation


class Deadlines:
    """By when conversations of these accounts are to be answered; read once for all."""

    @classmethod
    def of_rows(cls, rows: Iterable[Any]) -> Deadlines:
        """Return those of these conversations."""
        return cls({row.account_id for row in rows if row.unanswered_since is not None})

    def __init__(self, account_ids: Collection[int]) -> None:
        promised = ChatSettings.account_id.in_(account_ids), ChatSettings.answer_within.is_not(None)
        found = db.session.scalars(select(ChatSettings).where(*promised)) if account_ids else ()
        self._within = {one.account_id: timedelta(minutes=one.answer_within or 0) for one in found}
        self._tables = {account_id: business_hours_of(account_id) for account_id in self._within}

    def of(self, conversation: Conversation) -> datetime | None:
        """Return by when; None where no one waits, or the account has promised nothing.

        The minutes of who wrote while the account was closed begin when it opens.
        """
        within, since = self._within.get(conversation.account_id), conversation.unanswered_since
        if within is None or since is None or conversation.is_spam:
            return None
        opens = next_opening(self._tables[conversation.account_id], since, zone())
        return opens + within if opens else None

    def is_late(self, conversation: Conversation) -> bool:
        """Return whether the friend waits for longer than promised."""
        by = self.of(conversation)
        return by is not None and by <= now()
