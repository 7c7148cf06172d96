"""What a request has read stays in its session until it ends: `get` of the same row asks the database once.

SQLAlchemy's identity map forgets rows that are held by no one, and a page is put together of parts that each read the
account, the workspace and the member.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from flask import has_request_context
from sqlalchemy import event
from sqlalchemy.orm import Session, scoped_session

# The newest of a request; a page shows fewer, and an export that reads more needs no memory for them.
MOST = 1_000
_KEY = "kept"


def keep_rows(session: scoped_session[Any]) -> None:
    """Keep the rows that requests read in sessions of this kind."""
    event.listen(session, "loaded_as_persistent", _keep)


def _keep(session: Session, row: object) -> None:
    if has_request_context():
        if _KEY not in session.info:
            session.info[_KEY] = deque(maxlen=MOST)
        session.info[_KEY].append(row)
