"""Challenges for passkeys, which stand in the browser's session until it answers."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, request, session

from app.core.clock import now
from app.core.config import Config
from app.core.errors import Conflict
from app.core.i18n import _
from app.team import queries
from app.team.models import Member
from app.team.operations import passkeys

# How long a browser may take to answer a challenge.
PATIENCE = timedelta(minutes=5)


def site() -> passkeys.Site | None:
    """Return for whom passkeys are made; None where browsers refuse them: not a name, or not https."""
    config: Config = current_app.config["TOMORU"]
    parts = urlsplit(config.public_url)
    host = parts.hostname or ""
    if _is_ip(host) or not (config.is_https or host == "localhost"):
        return None
    return passkeys.Site(host, f"{parts.scheme}://{parts.netloc}", queries.workspace().name)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def required_site() -> passkeys.Site:
    """Return for whom passkeys are made; raises Conflict where there can be none."""
    found = site()
    if found is None:
        raise Conflict(_("Passkeys need an https address with a name. Set PUBLIC_URL to one."))
    return found


def can_use_one(member: Member | None) -> bool:
    """Return whether this member has a passkey that works at this address."""
    return member is not None and site() is not None and bool(queries.passkeys_of(member))


def offer(member: Member | None = None) -> Response:
    """Return what the browser needs to use a passkey, one of this member's if given, as JSON."""
    options, challenge = passkeys.offer(required_site(), member)
    hold(challenge)
    return Response(options, mimetype="application/json")


def who_answered() -> Member | None:
    """Return the active member whose passkey has answered the challenge in the request; raises Conflict without one."""
    challenge, note = held()
    return passkeys.authenticate(
        required_site(),
        credential=request.form.get("credential", ""),
        challenge=challenge,
        offered_at=datetime.fromtimestamp(note["at"], UTC),
    )


def hold(challenge: bytes, **more: str) -> None:
    """Keep a challenge in the session."""
    session["passkey"] = {"challenge": challenge.hex(), "at": now().timestamp(), **more}


def held() -> tuple[bytes, dict[str, Any]]:
    """Return the challenge that this browser was given a moment ago, and forget it; raises Conflict without one."""
    note = session.pop("passkey", None)
    if not note or note["at"] < (now() - PATIENCE).timestamp():
        raise Conflict(_("That took too long. Start again."))
    return bytes.fromhex(note["challenge"]), note
