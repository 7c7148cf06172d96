"""Who is asking: Flask-Login, bound to members; and the first half of a two-factor sign-in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, g, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy.exc import SQLAlchemyError

from app.core import htmx, i18n
from app.core.clock import now
from app.core.config import Config
from app.core.db import db
from app.core.secrets import same
from app.team import audit, rate_limits, time_zones
from app.team.models import Member, Workspace
from app.team.operations import sign_in as operations
from app.team.safe_redirect import own_path

manager = LoginManager()
# How long the second half of a sign-in may take.
PATIENCE = timedelta(minutes=10)
# Asked by machines, or needed before the database is there.
WITHOUT_READER = {
    "static",
    "healthz",
    "readyz",
    "metrics",
    "public_media.show",
    "public_media.resized",
    "webhooks.receive",
}


def init_app(app: Flask) -> None:
    """Bind the sign-in, the limits on it, the reader's language and theme and the audit log's address to requests."""
    config: Config = app.config["TOMORU"]
    manager.init_app(app)
    rate_limits.init_app(app, config.redis_url)
    i18n.use_defaults(workspace_defaults)
    audit.use_address(lambda: request.remote_addr if request else None)
    app.before_request(know_reader)
    app.jinja_env.globals["theme"] = theme


@manager.user_loader  # type: ignore[untyped-decorator]
def load(session_id: str) -> Member | None:
    """Return the member behind a session, as long as they are active and have not been signed out everywhere."""
    member_id, _, key = session_id.partition(":")
    member = db.session.get(Member, int(member_id)) if member_id.isdecimal() else None
    if member is None or not member.is_active or not same(member.session_key, key):
        return None
    g.theme = member.theme or ""
    if member.language:
        g.language = member.language
    return member


@manager.unauthorized_handler  # type: ignore[untyped-decorator]
def send_to_sign_in() -> ResponseReturnValue:
    """Ask to sign in and come back; a fragment makes the whole page go, or it would show the form inside itself."""
    if htmx.is_fragment():
        wanted = htmx.current_path()
    else:
        wanted = request.full_path.removesuffix("?") if request.method == "GET" else ""
    after = own_path(wanted)
    return htmx.go(url_for("sign_in.new", next=after if after != "/" else None))


def know_reader() -> None:
    """Load the member first, so that even an error page is in their language; note that they are here."""
    if request.endpoint in WITHOUT_READER or "_user_id" not in session:
        return
    try:
        is_known = current_user.is_authenticated
    except SQLAlchemyError:
        # The page that says so is written for a stranger; it must not ask the database again.
        manager._update_request_context_with_user()
        raise
    if is_known and operations.note_presence(current_user._get_current_object()):
        db.session.commit()


def theme() -> str:
    """Return the reader's choice of light or dark; empty follows the system."""
    chosen = g.get("theme", request.cookies.get("theme", ""))
    return chosen if chosen in {"light", "dark"} else ""


def workspace_defaults() -> tuple[str, str]:
    """Return the workspace's language and time zone; asked once a request."""
    if "workspace_defaults" not in g:
        try:
            workspace = db.session.get(Workspace, 1)
        except SQLAlchemyError:
            # Even while the database is away a page must say so in some language.
            return "en", "Asia/Tokyo"
        # One that no longer is a zone must not take every page with it; the set-up check says so.
        zone = (time_zones.find(workspace.time_zone) or "UTC") if workspace else "Asia/Tokyo"
        g.workspace_defaults = (workspace.language if workspace else "en", zone)
    return g.workspace_defaults  # type: ignore[no-any-return]


def start(member: Member, remember: bool, with_recovery_code: bool = False) -> None:
    """Sign in with a session that owes nothing to the one before, so that it cannot have been planted."""
    session.clear()
    operations.note_start(member, with_recovery_code)
    session.permanent = remember
    login_user(member)


def go_on(member: Member) -> None:
    """Keep the present browser signed in after all sessions of this member were ended."""
    login_user(member)


def end() -> None:
    """Sign out; what the session held is gone."""
    logout_user()
    session.clear()


def hold(member: Member, remember: bool, after: str) -> None:
    """The password was right; remember that while the code is asked for."""
    session.clear()
    session["held"] = {
        "member": member.get_id(),
        "until": (now() + PATIENCE).timestamp(),
        "remember": remember,
        "next": after,
    }


def held() -> tuple[Member, dict[str, Any]] | None:
    """Return who has given the right password in this browser a moment ago, with what they wanted."""
    note = session.get("held")
    if not note or note["until"] < now().timestamp():
        return None
    member = load(note["member"])
    return (member, note) if member and member.has_two_factor else None
