"""Conditions on sends."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from app.messages.sending.causes import UNCOUNTED
from app.messages.sending.models import MessageSend, SendState


def counted() -> tuple[ColumnElement[bool], ...]:
    """Return what a send must fulfil to count: LINE took it, and its cause counts."""
    return MessageSend.state == SendState.SENT, MessageSend.cause_kind.not_in(UNCOUNTED)
