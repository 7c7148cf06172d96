"""What tests of the chat's settings share: settings, business hours, and time that passes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.chat.timing.keeping import keep_time
from app.core.clock import now
from app.core.db import db
from app.core.i18n import zone
from app.line.business_hours.table import Hours, of_week
from app.line.operations.business_hours import change_business_hours
from app.messages.conversations.models import ChatSettings, Conversation
from app.messages.sending.delivery import deliver_due
from app.team.actors import SYSTEM


def choose(account_id: int, **values: Any) -> None:
    """Store settings of the account's chat."""
    db.session.merge(ChatSettings(account_id=account_id, **values))
    db.session.commit()


def close(account_id: int) -> datetime:
    """Let the account be closed until the day after tomorrow at ten; returns when it opens."""
    day = (now() + timedelta(days=2)).astimezone(zone())
    change_business_hours(account_id, of_week({day.weekday(): [Hours(600, 660)]}), actor=SYSTEM)
    db.session.commit()
    return day.replace(hour=10, minute=0, second=0, microsecond=0)


def open_always(account_id: int) -> None:
    """Let the account be open all week."""
    change_business_hours(account_id, of_week({day: [Hours(0, 1440)] for day in range(7)}), actor=SYSTEM)
    db.session.commit()


def pass_time(talk: Conversation, time: timedelta) -> None:
    """Let all that happened in the conversation have happened so much earlier, and do what is due by then."""
    columns = ("owned_since", "last_message_at", "unanswered_since", "last_incoming_at")
    earlier = ", ".join(f"{name} = {name} - :time" for name in columns)
    values = {"id": talk.id, "time": time}
    db.session.execute(db.text(f"UPDATE conversations SET {earlier} WHERE id = :id"), values)
    moved = "due_at = due_at - :time, done_for = done_for - :time"
    timers = f"UPDATE conversation_timers SET {moved} WHERE conversation_id = :id"
    db.session.execute(db.text(timers), values)
    db.session.commit()
    keep_time_and_deliver()


def keep_time_and_deliver() -> None:
    """Do what is due for conversations, and bring to LINE what comes of it."""
    keep_time()
    deliver_due()
    db.session.commit()
    db.session.expire_all()
