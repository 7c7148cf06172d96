"""Browsers in which members have signed in before, proved by a signed cookie.

The proof opens nothing. It gives the browser a count of tries of its own, so that a stranger who uses up the common
ones does not keep the member out.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, after_this_request, current_app, g, request
from itsdangerous import BadData, URLSafeTimedSerializer

from app.core.config import Config
from app.team.models import Member

KEPT_SECONDS = 365 * 86_400
# Members that share a browser; the one who has not used it for the longest time is forgotten first.
MOST_MEMBERS = 5


def note(member: Member) -> None:
    """Let the answer to this request mark the browser as one of the member's."""
    known = _content()
    others = [member_id for member_id in known["members"] if member_id != member.id]
    content = {"id": known["id"], "members": [member.id, *others][:MOST_MEMBERS]}
    after_this_request(lambda response: _keep(response, content))


def known_to(member: Member | None) -> str:
    """Return the name of this browser when the member has signed in in it before, else an empty string."""
    if member is None:
        return ""
    content = _content()
    return str(content["id"]) if member.id in content["members"] else ""


def _content() -> dict[str, Any]:
    """Read the cookie once a request; without a good one the browser gets a new name."""
    if "device" not in g:
        try:
            g.device = _signer().loads(request.cookies.get(_cookie(), ""), max_age=KEPT_SECONDS)
        except BadData:
            g.device = {"id": secrets.token_hex(8), "members": []}
    return g.device  # type: ignore[no-any-return]


def _keep(response: Response, content: dict[str, Any]) -> Response:
    config: Config = current_app.config["TOMORU"]
    signed = _signer().dumps(content)
    response.set_cookie(
        _cookie(), str(signed), max_age=KEPT_SECONDS, httponly=True, samesite="Lax", secure=config.is_https
    )
    return response


def _cookie() -> str:
    config: Config = current_app.config["TOMORU"]
    return config.cookie_name("device")


def _signer() -> URLSafeTimedSerializer:
    config: Config = current_app.config["TOMORU"]
    return URLSafeTimedSerializer(config.secret_key, salt="tomoru device")
