"""Auto Send Messages for tests."""

from __future__ import annotations

from itertools import count
from typing import Any

from app.core.db import db
from app.line.models import Account
from app.messages.auto.models import AutoMessage, AutoMessageFolder
from app.messages.content.kinds.plain import TextMessage
from app.messages.content.message_set import MessageSet, write

_numbers = count(1)


def says(*texts: str) -> MessageSet:
    """A set of these texts."""
    return MessageSet(tuple(TextMessage(text=text) for text in texts))


def auto_message(account: Account, name: str = "", *texts: str, **values: Any) -> AutoMessage:
    """A stored Auto Send Message."""
    content = write(says(*texts or ("Hello",)))
    row = AutoMessage(account_id=account.id, name=name or f"Message {next(_numbers)}", content=content, **values)
    db.session.add(row)
    db.session.commit()
    return row


def folder(account: Account, name: str) -> AutoMessageFolder:
    """A stored folder."""
    row = AutoMessageFolder(account_id=account.id, name=name)
    db.session.add(row)
    db.session.commit()
    return row
