"""Who is asking: Flask-Login, bound to members."""

from __future__ import annotations

from flask import Flask, g, request
from flask_login import LoginManager

from app.core import i18n
from app.core.db import db
from app.team import audit
from app.team.models import Member, Workspace

manager = LoginManager()


def init_app(app: Flask) -> None:
    """Bind the sign-in, the reader's language and the audit log's address to requests."""
    manager.init_app(app)
    manager.login_view = "sign_in.new"
    manager.login_message = None
    i18n.use_defaults(workspace_defaults)
    audit.use_address(lambda: request.remote_addr if request else None)


@manager.user_loader
def load(session_id: str) -> Member | None:
    """The member behind a session, as long as they are active and have not been signed out everywhere."""
    member_id, _, key = session_id.partition(":")
    member = db.session.get(Member, int(member_id)) if member_id.isdigit() else None
    if member is None or not member.is_active or member.session_key != key:
        return None
    if member.language:
        g.language = member.language
    return member


def workspace_defaults() -> tuple[str, str]:
    """The workspace's language and time zone; asked once a request."""
    if "workspace_defaults" not in g:
        workspace = db.session.get(Workspace, 1)
        g.workspace_defaults = (workspace.language, workspace.time_zone) if workspace else ("en", "Asia/Tokyo")
    return g.workspace_defaults  # type: ignore[no-any-return]
