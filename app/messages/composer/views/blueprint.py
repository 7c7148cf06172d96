"""The blueprint of the composer."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("composer", __name__, url_prefix="/accounts/<int:account_id>/composer")
