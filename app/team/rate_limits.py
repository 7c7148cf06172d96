"""How often a stranger may try: counted for all web processes, and by each for itself while Redis takes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, after_this_request, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from app.core import redis_client
from app.core.clock import now
from app.core.forms import Form
from app.core.i18n import ngettext
from app.core.limit_storage import SteadyStorage
from app.core.secrets import digest

View = TypeVar("View", bound=Callable[..., Any])
limiter = Limiter(get_remote_address, key_prefix="tomoru")


def init_app(app: Flask, url: str) -> None:
    """Bind the limiter to a Redis client of its own, which gives up sooner than others."""
    client = redis_client.connect(url, seconds=1)
    # A Redis that takes nothing must neither lock people out nor let them try for ever.
    app.config["RATELIMIT_STORAGE_URI"] = f"{SteadyStorage.STORAGE_SCHEME[0]}://"
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"connection_pool": client.connection_pool}
    limiter.init_app(app)


def typed_email() -> str:
    """Return the address in the form that was sent, unreadable, whatever its case."""
    # PostgreSQL, which looks the member up, takes the Turkish İ for an i; casefold does not.
    return digest(request.form.get("email", "").strip().replace("İ", "i").casefold())


def refused(response: Response) -> bool:
    """Only tries that failed are counted against their limit."""
    return response.status_code == 422


def failures(limits: str, of: Callable[[], str] = get_remote_address) -> Callable[[View], View]:
    """Decorator: no more failed POSTs than this for one `of` (an address, an e-mail, a member)."""
    return limiter.limit(limits, key_func=of, methods=["POST"], deduct_when=refused)  # type: ignore[return-value]


def explain(form: Form) -> None:
    """Put on a form, and into the answer's header, when the next try is allowed."""
    limit = limiter.current_limit
    seconds = max(1, int(limit.reset_at - now().timestamp())) if limit else 60
    minutes = max(1, round(seconds / 60))
    form.form_errors.append(
        ngettext(
            "Too many tries. Wait a minute and try again.",
            "Too many tries. Wait %(num)s minutes and try again.",
            minutes,
        )
    )
    after_this_request(lambda response: _with_retry_after(response, seconds))


def _with_retry_after(response: Response, seconds: int) -> Response:
    response.headers["Retry-After"] = str(seconds)
    return response
