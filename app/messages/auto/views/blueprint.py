"""The one blueprint of everything below an account's Auto Send Messages, so that the menu knows where the reader is."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("auto_messages", __name__, url_prefix="/accounts/<int:account_id>/auto-messages")
