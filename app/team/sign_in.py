"""Who is asking: Flask-Login, bound to rows of sessions; and the first half of a two-factor sign-in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app, g, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from sqlalchemy.exc import SQLAlchemyError

from app.core import htmx, i18n
from app.core.clock import now
from app.core.config import Config
from app.core.db import db, optional_write
from app.core.i18n import Defaults
from app.core.identifiers import row_number
from app.core.secrets import digest, same
from app.core.web import headers, security
from app.team import audit, devices, queries, rate_limits, time_zones, unsent
from app.team.models import Member, MemberSession, Workspace
from app.team.operations import proofs
from app.team.operations import sign_in as operations
from app.team.safe_redirect import own_path

View = TypeVar("View", bound=Callable[..., Any])
manager = LoginManager()
# How long the second half of a sign-in may take.
PATIENCE = timedelta(minutes=10)
MOST_OF_BROWSER = 300
# What a browser saves instead of showing it; the member is told to ask for it once more after the proof.
FILES = (".csv", ".zip")
FILE_WAITS = "file_waits"
# Asked by machines, or needed before the database is there.
WITHOUT_READER = {
    "static",
    "healthz",
    "readyz",
    "statusz",
    "metrics",
    "public_media.show",
    "public_media.resized",
    "tracked.follow",
    "tracked.image",
    "tracked.resized",
    "webhooks.receive",
}


class Cookies(SecureCookieSessionInterface):
    """The session's cookie; only whole pages send it again, and so prolong it.

    A part of a page may be answered late, after another tab has ended the session and begun one, and would undo that.
    """

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        return super().should_set_cookie(app, session) and (session.modified or not htmx.is_fragment())


def init_app(app: Flask) -> None:
    """Bind the sign-in, the limits on it, the reader's language and theme and the audit log's address to requests."""
    config: Config = app.config["TOMORU"]
    app.session_interface = Cookies()
    manager.session_protection = None
    manager.init_app(app)
    rate_limits.init_app(app, config.redis_url)
    i18n.use_defaults(workspace_defaults)
    audit.use_address(lambda: headers.client_address() if request else None)
    app.before_request(know_reader)
    unsent.init_app(app)
    app.jinja_env.globals["theme"] = theme


@manager.user_loader  # type: ignore[untyped-decorator]
def load(cookie: str) -> Member | None:
    """Return the member behind a session that has neither ended nor grown too old, as long as they are active."""
    number, _, token = cookie.partition(":")
    session_id = row_number(number)
    found = queries.session_and_member(session_id) if session_id is not None else None
    if found is None or not same(found[0].token_digest, digest(token)) or not _is_young(found[0]):
        return None
    row, member = found
    if not member.is_active:
        return None
    g.member_session, g.theme = row, member.theme or ""
    if member.language:
        g.language = member.language
    return member


def _is_young(row: MemberSession) -> bool:
    """Return whether the session is within its idle limit and its maximum age."""
    config: Config = current_app.config["TOMORU"]
    used, started = timedelta(days=config.session_days), timedelta(days=config.session_max_days)
    return row.used_at > now() - used and row.created_at > now() - started


def present() -> MemberSession:
    """Return the session of this request; only for routes that require a member."""
    return g.member_session  # type: ignore[no-any-return]


@manager.unauthorized_handler  # type: ignore[untyped-decorator]
def send_to_sign_in() -> ResponseReturnValue:
    """Ask to sign in and come back; a fragment makes the whole page go, or it would show the form inside itself.

    A page on which something was typed stays.
    """
    reason = unsent.reason_of_stranger()
    if unsent.holds_typed():
        return unsent.refuse(reason)
    if reason is unsent.Reason.SUSPENDED:
        htmx.toast(unsent.SENTENCES[reason], "error")
    asked = headers.asked_path() if request.method == "GET" else ""
    after = own_path(htmx.current_path() if htmx.is_fragment() else asked)
    return unsent.keep(htmx.go(url_for("sign_in.new", next=after if after != "/" else None)), reason)


def requires_proof(view: View) -> View:
    """Ask for the password again before what is sensitive, unless the session gave it within a quarter of an hour.

    Stands below the decorator that says who may use the route. Afterwards the member is back on the page from which
    they came, and does it once more.
    """

    @wraps(view)
    def proved(*args: Any, **kwargs: Any) -> Any:
        if proofs.is_fresh(present()):
            return view(*args, **kwargs)
        if unsent.holds_typed():
            return unsent.refuse(unsent.Reason.PROOF)
        session[FILE_WAITS] = _is_file()
        asks = htmx.go(url_for("proofs.new", next=own_path(_page_before_proof())))
        return unsent.keep(asks, unsent.Reason.PROOF)

    proved.asks_for_proof = True  # type: ignore[attr-defined]
    return proved  # type: ignore[return-value]


def _page_before_proof() -> str:
    """Return the page that was asked for; for anything else, such as a file or a form, the page that it belongs to."""
    if htmx.is_fragment():
        return htmx.current_path()
    is_page = request.method == "GET" and not _is_file()
    return headers.asked_path() if is_page else headers.path_of("Referer")


def _is_file() -> bool:
    return request.method == "GET" and request.path.endswith(FILES)


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
    if is_known and not headers.is_poll():
        _note_presence(current_user._get_current_object())


def _note_presence(member: Member) -> None:
    """Note that the member is here, and where; a database that takes no changes goes without."""
    is_noted = False
    with optional_write():
        is_noted = operations.note_presence(member, present(), request_origin())
    if is_noted:
        db.session.commit()


def request_origin() -> operations.RequestOrigin:
    """Return from where this request comes."""
    return operations.RequestOrigin(headers.client_address(), headers.text("User-Agent")[:MOST_OF_BROWSER])


def theme() -> str:
    """Return the reader's choice of light or dark; empty follows the system."""
    chosen = g.get("theme", request.cookies.get("theme", ""))
    return chosen if chosen in {"light", "dark"} else ""


def workspace_defaults() -> Defaults:
    """Return the workspace's language, time zone and country; asked once a request."""
    known: Defaults | None = g.get("workspace_defaults")
    if known is not None:
        return known
    try:
        # What the request is about to write is not this question's business, nor are its errors.
        with db.session.no_autoflush:
            workspace = db.session.get(Workspace, 1)
    except SQLAlchemyError:
        # Even while the database is away a page must say so in some language.
        return Defaults()
    # One that no longer is a zone must not take every page with it; the set-up check says so.
    zone = (time_zones.find(workspace.time_zone) or "UTC") if workspace else ""
    found = Defaults(workspace.language, zone, workspace.country) if workspace else Defaults()
    g.workspace_defaults = found
    return found


def start(member: Member, remember: bool, proof: operations.SignInMethod = operations.SignInMethod.PASSWORD) -> None:
    """Sign in with a session that owes nothing to the one before, so that it cannot have been planted."""
    session.clear()
    row, token = operations.start(member, request_origin(), proof)
    session["_user_id"], session.permanent = cookie_of(row, token), remember
    security.own_token(member.id)
    g.member_session = row
    manager._update_request_context_with_user(member)
    devices.note(member)


def cookie_of(row: MemberSession, token: str) -> str:
    """Return what the cookie holds of a session."""
    return f"{row.id}:{token}"


def end() -> None:
    """Forget what the cookie held."""
    session.clear()
    manager._update_request_context_with_user()


def hold(member: Member, remember: bool, after: str) -> None:
    """The password was right; remember that while the code is asked for."""
    session.clear()
    session["held"] = {
        "member": member.id,
        "stamp": _stamp(member),
        "until": (now() + PATIENCE).timestamp(),
        "remember": remember,
        "next": after,
    }


def held_member() -> Member | None:
    """Return who has given the right password in this browser a moment ago."""
    found = held()
    return found[0] if found else None


def held() -> tuple[Member, dict[str, Any]] | None:
    """Return who has given the right password in this browser a moment ago, with the page they asked for."""
    note = session.get("held")
    if not note or note["until"] < now().timestamp():
        return None
    member = db.session.get(Member, note["member"])
    if member is None or not member.is_active or not member.has_two_factor or not same(note["stamp"], _stamp(member)):
        return None
    return member, note


def _stamp(member: Member) -> str:
    """Return what changes with the password and the second factor, so that a half sign-in ends with them."""
    return digest(f"{member.password_hash} {member.totp_enabled_at}")
