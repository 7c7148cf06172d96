"""The one blueprint of an account's QR Codes, so that the menu knows where the reader is."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("qr_codes", __name__, url_prefix="/accounts/<int:account_id>/qr-codes")
