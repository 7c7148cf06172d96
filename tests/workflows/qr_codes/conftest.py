"""What tests of QR Codes share: a code, its account, and what people who scan it do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.friends.operations.conversation import Written, record_messages
from app.line.models import Account
from app.team.actors import SYSTEM
from app.workflows.qr_codes.models import QrCode
from app.workflows.qr_codes.operations.codes import CodeSettings, create_code
from app.workflows.qr_codes.ways import text_of
from tests.factories import line as line_rows

HANA = "U" + "a" * 32
Write = Callable[..., None]


@pytest.fixture
def account(app: Flask) -> Account:
    return line_rows.account(login_channel_id="2009000001", liff_id="2009000001-AbcdEfgh")


def code(account: Account, name: str = "Flyer", **settings: Any) -> QrCode:
    """Return a stored code."""
    made = create_code(account.id, CodeSettings(name, **settings), actor=SYSTEM)
    db.session.commit()
    return made


@pytest.fixture
def write(account: Account) -> Write:
    """Let a person write the text of a code, or another text."""
    numbers = iter(range(1, 1000))

    def written(what: QrCode | str, at: datetime | None = None, event: int | None = None, **fields: Any) -> None:
        text = what if isinstance(what, str) else text_of(what)
        number = event or next(numbers)
        message = {"type": "text", "id": str(number), "text": text}
        record_messages(account.id, [Written(HANA, message, at or now(), number, **fields)])
        db.session.commit()

    return written
