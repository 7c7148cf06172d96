"""By when a friend who wrote is to be answered: the account's minutes, counted while it is open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.i18n import zone
from app.line.business_hours.table import next_opening
from app.line.queries import business_hours_of
from app.messages.conversations.models import ChatSettings, Conversation


class Deadlines:
    """By when conversations are to be answered; `minutes` are what each account has promised, if anything."""

    def __init__(self, minutes: Iterable[tuple[int, int | None]]) -> None:
        self._within = {account_id: timedelta(minutes=within) for account_id, within in minutes if within is not None}
        self._tables = {account_id: business_hours_of(account_id) for account_id in self._within}

    @classmethod
    def of_account(cls, account_id: int) -> Deadlines:
        """Return those of one account."""
        minutes = select(ChatSettings.answer_within).where(ChatSettings.account_id == account_id)
        return cls([(account_id, db.session.scalar(minutes))])

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
