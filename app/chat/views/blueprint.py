"""The one blueprint of the chat, so that the menu knows where the reader is."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("chat", __name__, url_prefix="/chat")
