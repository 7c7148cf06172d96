"""By when a friend who wrote is to be answered: the account's minutes, counted while it is open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.i18n import zone
from app.line.business_hours.table import next_opening
from app.line.queries import business_hours_of
from app.messages.conversations.models import ChatSettings, Conversation


class Deadlines:
    """By when conversations of these accounts are to be answered; read once for all."""

    def __init__(self, account_ids: Collection[int]) -> None:
        query = select(ChatSettings).where(
            ChatSettings.account_id.in_(account_ids), ChatSettings.answer_within.is_not(None)
        )
        self._within = {one.account_id: timedelta(minutes=one.answer_within or 0) for one in db.session.scalars(query)}
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
