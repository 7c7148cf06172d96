"""Codes that lead a phone to the chat of an account, for a list without conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import segno
from flask import current_app
from markupsafe import Markup

from app.line.models import Account
from app.workflows.qr_codes.ways import chat_of

MOST = 3


@dataclass(frozen=True)
class Invitation:
    """The way to the chat of an account."""

    name: str
    url: str
    # An inline picture of the code.
    drawing: Markup
    # The phone of the demo; empty in an installation in earnest.
    phone_url: str


def invitations(accounts: Sequence[Account]) -> list[Invitation]:
    """Return the ways to the first accounts."""
    return [_invitation(one) for one in accounts[:MOST]]


def _invitation(account: Account) -> Invitation:
    sandbox, url = current_app.config["TOMORU"].sandbox_url, chat_of(account)
    drawing = segno.make_qr(url, error="m").svg_inline(scale=3, border=4, light="#fff", lineclass=None, svgclass=None)
    phone = f"{sandbox}/phone/{account.channel_id}" if sandbox and account.channel_id else ""
    # The drawing is made here of nothing but squares.
    return Invitation(account.name, url, Markup(drawing), phone)  # noqa: S704
