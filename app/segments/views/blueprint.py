"""The one blueprint of everything below an account's segments, so that the menu knows where the reader is."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("segments", __name__, url_prefix="/accounts/<int:account_id>/segments")
