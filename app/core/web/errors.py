"""One handler for every error: a page for the browser, a toast for htmx, a problem document for a program."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask
from flask_babel import force_locale
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from psycopg.errors import NumericValueOutOfRange
from sqlalchemy.exc import DataError, SQLAlchemyError
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.core import disk, error_messages, htmx
from app.core.db import Trouble, db, trouble_of
from app.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, OutOfSpace, TooMany, Unavailable
from app.core.i18n import Text, _, sentences
from app.core.secrets import UnreadableSecret
from app.core.web import problems

log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(NotFound, lambda error: answer(404))
    # Deleted by another request while this one asked an outside service.
    app.register_error_handler(ObjectDeletedError, lambda error: answer(404))
    app.register_error_handler(NotAllowed, lambda error: answer(403, error.message))
    app.register_error_handler(Conflict, lambda error: answer(409, error.message))
    app.register_error_handler(InvalidInput, _on_invalid_input)
    app.register_error_handler(TooMany, lambda error: answer(429, error.message))
    app.register_error_handler(OutOfSpace, lambda error: answer(507, error.message))
    app.register_error_handler(Unavailable, lambda error: answer(503, error.message))
    app.register_error_handler(CSRFError, lambda error: stale_form())
    app.register_error_handler(UnreadableSecret, _on_lost_key)
    app.register_error_handler(DataError, _on_impossible_value)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(Exception, _on_surprise)


def answer(status: int, message: Text | None = None, **more: Any) -> Response:
    """Return the error as a page, as a toast that leaves the page as it is, or as a problem document.

    `more` are members of the problem document.
    """
    db.session.rollback()
    # What was done is undone, and so is not said.
    htmx.forget_toasts()
    if problems.is_api():
        return _problem(status, message, **more)
    title, explanation = _words(status, has_reason=bool(message))
    if htmx.is_fragment():
        htmx.toast(message or explanation, "error")
        return htmx.retarget(htmx.render("errors/_toast_only.html", status=status), "body", "none")
    return _page(status, {"code": status, "title": title, "message": message or explanation})


def _page(status: int, words: dict[str, Any]) -> Response:
    """Return the page, with the menu for a signed-in member unless the fault may be in what the menu needs."""
    if status < 500:
        try:
            if current_user.is_authenticated:
                return htmx.render("errors/in_menu.html", status=status, **words)
        except SQLAlchemyError:
            db.session.rollback()
    return htmx.render("errors/error.html", status=status, **words)


def _problem(status: int, message: Text | None, **more: Any) -> Response:
    with force_locale("en"):
        title, explanation = _words(status, has_reason=bool(message))
        return problems.problem(status, title, message or explanation, **more)


def _on_invalid_input(error: InvalidInput) -> Response:
    """Say all that is wrong; to a program with the place of each fault in what it sent."""
    places = [{"place": name, "message": str(words)} for name, words in error.fields.items()]
    return answer(422, sentences(error.fields.values()), errors=places)


def _on_http_error(error: HTTPException) -> Response:
    """Headers that belong to the error, such as what a program must prove, go with it."""
    if cause := getattr(error, "original_exception", None):
        # The answer was ready, and then its transaction could not be committed: what it was to say is not true.
        htmx.forget_toasts()
        if isinstance(cause, DataError):
            return _on_impossible_value(cause)
        if trouble := trouble_of(cause):
            return _on_trouble(trouble)
    response = answer(error.code or 500)
    if problems.is_api():
        own = ("WWW-Authenticate", "Allow", "Retry-After")
        response.headers.extend({name: value for name, value in error.get_headers() if name in own})
    return response


def _words(status: int, *, has_reason: bool = False) -> tuple[str, str]:
    """Return title and explanation; a conflict that gives its own reason need not come from another member."""
    if status == 409 and has_reason:
        return _("Nothing was changed"), ""
    known = {
        401: (_("Who is asking?"), _("A valid API key is needed: Authorization: Bearer …")),
        403: (
            _("Not allowed"),
            _("You do not have permission for this. An administrator can give it to you."),
        ),
        404: (
            _("Not found"),
            _(
                "There is nothing at this address, or it is not yours to see. It may have been deleted."
                " Look for it in its list, or start from Home."
            ),
        ),
        409: (_("Changed in the meantime"), _("This has changed in the meantime. Reload the page and try again.")),
        405: (_("Not understood"), _("This address does not know this method.")),
        413: (_("Too large"), _("What you sent is too large.")),
        415: (_("Not understood"), _("The body must be a CSV file: Content-Type: text/csv.")),
        422: (_("Not understood"), _("Something in this request cannot be used. Go back, change it and try again.")),
        416: (_("Not understood"), _("This part of the file does not exist.")),
        503: (_("Not available"), _("A service that this page needs does not answer. Try again in a moment.")),
        507: (_("No space left"), _("There is no room for this.")),
        429: (_("Too many tries"), _("Too many tries. Wait a moment and try again.")),
    }
    trouble = (_("Something went wrong"), _("It is our fault and it is in the log. Try again in a moment."))
    other = (_("Not understood"), _("The server could not make sense of this request. Go back and try again."))
    return known.get(status, trouble if status >= 500 else other)


def stale_form() -> Response:
    """Return the answer to a form without a token of this session."""
    return answer(400, _("This form is too old, or cookies are off. Reload the page and try again."))


def _on_impossible_value(error: DataError) -> Response:
    """Answer to a number or character that PostgreSQL cannot hold; a row with so large a number does not exist."""
    log.warning("request.impossible_value", error=type(error.orig).__name__)
    return answer(404 if isinstance(error.orig, NumericValueOutOfRange) else 400)


def _on_lost_key(error: UnreadableSecret) -> Response:
    log.error("request.unreadable_secret")
    return answer(500, error_messages.sentence(error.code))


def _on_trouble(trouble: Trouble) -> Response:
    """Say what is wrong with the database; a line in the log, and no traceback for each request while it lasts."""
    log.warning("request.database_trouble", trouble=trouble.value)
    said = {
        Trouble.AWAY: _("The database does not answer. Tomoru goes on by itself when it is back; try again then."),
        Trouble.READ_ONLY: _("The database takes no changes at the moment, so nothing was stored. You can still read."),
        Trouble.FULL: _("The database's disk is full, so nothing was stored. An administrator has to make room."),
        Trouble.BUSY: _("Too many requests at once. Try again in a moment."),
    }
    response = answer(507 if trouble is Trouble.FULL else 503, said[trouble])
    response.headers["Retry-After"] = "5"
    return response


def _on_surprise(error: Exception) -> Response:
    if trouble := trouble_of(error):
        return _on_trouble(trouble)
    if disk.is_full(error):
        log.warning("request.disk_full")
        return answer(507, disk.FULL)
    log.exception("request.unexpected_error", error=type(error).__name__)
    return answer(500)
