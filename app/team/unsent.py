"""Keep what was typed when a form cannot go through as it is: its token is of another session, or a proof is missing.

For htmx the answer names the reason, and the page, which holds what was typed, says what to do and sends it once more
(js/controllers/unsent.js). Without script the answer is a page that holds what was typed. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from flask import Flask, current_app, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.wrappers import Response

from app.core import htmx
from app.core.db import db
from app.core.forms import Form
from app.core.i18n import Text, _l
from app.core.web import errors, headers, security
from app.team.models import Member

Answer = TypeVar("Answer", bound=Response)
AnyForm = TypeVar("AnyForm", bound=Form)
Printer = TypeVar("Printer", bound=Callable[..., Response])
# Prints the form of an endpoint for strangers once more, with what was typed.
_printers: dict[str, Callable[..., Response]] = {}
# What is typed into fields with these in their names is not printed again.
SECRET_FIELDS = ("password", "secret", "token", "code")
# What forms send that hold nothing typed, such as the switch between languages.
OWN_FIELDS = {"next", "language", "theme"}
# A larger body is a file, which only its view reads.
MOST_READ = 2 * 1024 * 1024


class Reason(StrEnum):
    """Why a form did not go through; the words that js/controllers/unsent.js knows."""

    STALE = "stale"
    OLD = "old"
    SIGNED_OUT = "signed-out"
    SUSPENDED = "suspended"
    OTHER_MEMBER = "other-member"
    PROOF = "proof"


SENTENCES: dict[Reason, Text] = {
    Reason.STALE: _l("You have signed in again since this page was opened. Nothing is lost: send it once more."),
    Reason.OLD: _l(
        "This page is from before the keys of this installation were changed. "
        "Nothing is lost: look at it, then send it once more."
    ),
    Reason.SIGNED_OUT: _l("You are signed out. What you typed is kept: sign in again in a new tab, then send it here."),
    Reason.SUSPENDED: _l("Your access was suspended or removed, so this cannot be saved. Copy what you still need."),
    Reason.OTHER_MEMBER: _l(
        "Another member has signed in in this browser since this page was opened, so it cannot be saved from here. "
        "Reload the page, or let the first member sign in again in a new tab and send it again here."
    ),
    Reason.PROOF: _l("This is sensitive. Confirm in a new tab that it is you, then send it here."),
}
OVER = _l(
    "The session of this page is over, or this browser takes no cookies. "
    "What you typed is kept, except passwords: send it once more."
)
STATUS = {
    Reason.STALE: 400,
    Reason.OLD: 400,
    Reason.SIGNED_OUT: 401,
    Reason.SUSPENDED: 403,
    Reason.OTHER_MEMBER: 409,
    Reason.PROOF: 401,
}


def init_app(app: Flask) -> None:
    """Answer to forms of another session, and refuse what pages of another member ask for."""
    app.register_error_handler(CSRFError, _on_csrf_error)
    app.before_request(_refuse_page_of_other_member)
    app.jinja_env.globals["unsent_sentences"] = lambda: {reason.value: text for reason, text in SENTENCES.items()}


def keep(response: Answer, reason: Reason) -> Answer:
    """Name the reason on an answer that leads elsewhere, so that a page with something typed on it stays instead."""
    response.headers["X-Unsent"] = reason.value
    return response


def prints_again(endpoint: str) -> Callable[[Printer], Printer]:
    """Register a function of the view's arguments that prints a form for strangers again, with what was typed.

    It is called for a form with a token of an earlier session; the view itself does not run.
    """

    def register(printer: Printer) -> Printer:
        _printers[endpoint] = printer
        return printer

    return register


def of_earlier_session(form: AnyForm) -> AnyForm:
    """Return the form with the reason above it."""
    form.form_errors.append(str(OVER))
    return form


def refuse(reason: Reason, sentence: Text | None = None) -> Response:
    """Answer to a form that did not go through: htmx gets the reason, a browser alone a page with what was typed."""
    status, sentence = STATUS[reason], sentence or SENTENCES[reason]
    if htmx.is_fragment():
        return keep(errors.answer(status, sentence), reason)
    db.session.rollback()
    where = {Reason.SIGNED_OUT: "sign_in.new", Reason.PROOF: "proofs.new"}.get(reason)
    return htmx.render(
        "errors/unsent.html",
        status=status,
        reason=reason.value,
        message=sentence,
        # The next member in this browser does not see what the one before has typed.
        fields=[] if reason is Reason.OTHER_MEMBER else _fields(),
        has_secrets=_has_secrets(),
        has_files=bool(_is_read() and request.files),
        may_send=reason in {Reason.STALE, Reason.OLD, Reason.SIGNED_OUT, Reason.PROOF},
        token=_token() if reason is Reason.SIGNED_OUT else generate_csrf(),
        elsewhere=url_for(where, next=url_for("sign_in.resume")) if where else "",
    )


def holds_typed() -> bool:
    """Return whether this is a form sent without htmx from a page of ours, with something that a person typed."""
    is_own_form = request.method == "POST" and not htmx.is_fragment() and headers.is_same_origin()
    return is_own_form and any(name not in OWN_FIELDS for name, _value in _fields())


def reason_of_stranger() -> Reason:
    """Return why the page's member is no longer known: they signed out, or an administrator has suspended them."""
    owner = security.owner_of(_token())
    member = db.session.get(Member, owner) if owner is not None else None
    return Reason.SIGNED_OUT if member is None or member.is_active else Reason.SUSPENDED


def _on_csrf_error(error: CSRFError) -> Response:
    """Give a fresh token to a page of ours of an earlier session; the stale one is never accepted."""
    del error
    if not headers.is_same_origin():
        return errors.stale_form()
    owner = security.owner_of(_token())
    if owner is None:
        return _of_no_member()
    if not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined,no-any-return]
    if current_user.id != owner:
        return refuse(Reason.OTHER_MEMBER)
    return _renew(Reason.STALE)


def _of_no_member() -> Response:
    """Answer to a page for strangers, or of whichever member, since its token is older than the present SECRET_KEY."""
    endpoint = request.endpoint or ""
    if endpoint in _printers and not htmx.is_fragment():
        return _printers[endpoint](**(request.view_args or {}))
    if getattr(current_app.view_functions.get(endpoint), "access", "") == "public":
        return _renew(Reason.STALE, OVER)
    if not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined,no-any-return]
    # Not sent by the page itself: it may have been printed for another member.
    return _renew(Reason.OLD)


def _renew(reason: Reason, sentence: Text | None = None) -> Response:
    response = refuse(reason, sentence)
    response.headers["X-CSRFToken"] = generate_csrf()
    return response


def _refuse_page_of_other_member() -> Response | None:
    """A page that was printed for one member shows and does nothing for the next one in the same browser."""
    if not htmx.is_fragment():
        return None
    owner = security.owner_of(headers.text("X-CSRFToken"))
    if owner is None or not current_user.is_authenticated or current_user.id == owner:
        return None
    return refuse(Reason.OTHER_MEMBER)


def _token() -> str:
    return headers.text("X-CSRFToken") or (request.form.get("csrf_token", "") if _is_read() else "")


def _fields() -> list[tuple[str, str]]:
    """Return what the form sent, without secrets."""
    pairs = request.form.items(multi=True) if _is_read() else ()
    return [pair for pair in pairs if not _is_secret(pair[0])]


def _has_secrets() -> bool:
    """Return whether something was typed that is not printed again."""
    return _is_read() and any(
        _is_secret(name) and value and name != "csrf_token" for name, value in request.form.items()
    )


def _is_secret(name: str) -> bool:
    return any(part in name for part in SECRET_FIELDS)


def _is_read() -> bool:
    """Return whether the body may be read here; one in chunks does not say how long it is, and forms are never such."""
    return request.content_length is not None and request.content_length <= MOST_READ
