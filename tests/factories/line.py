"""LINE Official Accounts and events for tests."""

from __future__ import annotations

from itertools import count
from typing import Any

from app.core.db import db
from app.core.secrets import new_token
from app.line.models import Account, TokenKind

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
_numbers = count(1)


def account(**values: Any) -> Account:
    """A stored, connected, verified account."""
    number = next(_numbers)
    row = Account(
        **{
            "webhook_key": new_token(),
            "bot_user_id": f"U{number:032x}",
            "basic_id": f"@account{number}",
            "name": f"Account {number}",
            "channel_id": f"20{number:08d}",
            "channel_secret": SECRET,
            "token_kind": TokenKind.PASTED,
            "access_token": f"token-{number}",
            "has_followers_api": True,
            **values,
        }
    )
    db.session.add(row)
    db.session.commit()
    return row
