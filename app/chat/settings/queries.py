"""Reads of the settings of an account's chat."""

from __future__ import annotations

from app.chat.settings.choices import AlertTo, MarksRead
from app.core.db import db
from app.messages.conversations.models import ChatSettings, ConversationStatus


def settings_of_account(account_id: int) -> ChatSettings:
    """Return the settings; the defaults, which are not stored, where none were chosen."""
    found = db.session.get(ChatSettings, account_id)
    return found or ChatSettings(
        account_id=account_id,
        status_on_message=ConversationStatus.TO_DO,
        assigns_first_answer=False,
        marks_read=MarksRead.HAND,
        alerts=AlertTo.NONE,
        loading_seconds=0,
        largest_file=300,
    )
