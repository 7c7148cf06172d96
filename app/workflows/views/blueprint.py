"""The one blueprint of workflows, so that the menu knows where the reader is."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("workflows", __name__, url_prefix="/workflows")
