"""Typed text in the form in which searches compare it, for lists that the browser narrows by itself."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from app.core.text_folding import fold_all
from app.team.permissions import requires_member

blueprint = Blueprint("text_folding", __name__)
LONGEST = 200


@blueprint.get("/folded-text")
@requires_member
def show() -> Response:
    """Return `text` folded, as JSON; only the database has the rules and tables of folding."""
    (folded,) = fold_all([request.args.get("text", "")[:LONGEST]])
    return jsonify(folded=folded)
