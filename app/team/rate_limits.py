"""How often a stranger may try: counted for all web processes, and by each for itself while Redis takes nothing.

A try is counted before it is looked at, in one step, so that tries side by side cannot pass together; one that was no
failure is taken out of the count again. Tries are counted by network and account; a browser that the member has used
before has a count of its own. Over all networks an account has a bound for unknown browsers only, so that a stranger
who uses it up does not keep the member out: known browsers, passkeys and the e-mailed link stay open.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, Response, after_this_request, g, request
from flask_limiter import Limiter

from app.core import redis_client
from app.core.clock import now
from app.core.forms import Form
from app.core.i18n import _, ngettext
from app.core.limit_storage import SteadyStorage
from app.core.secrets import digest
from app.core.web import headers
from app.team import devices, queries

View = TypeVar("View", bound=Callable[..., Any])
_EVERYWHERE = "everywhere"
# Wrong passwords of one account from all networks together; one network alone has fewer.
OVER_ALL_NETWORKS = "100 per hour"
limiter = Limiter(headers.client_network, key_prefix="tomoru")
# Asked for often, and limited by nothing: what looks for limits is passed over.
UNLIMITED = {"tracked.follow", "webhooks.receive"}


def init_app(app: Flask, url: str) -> None:
    """Bind the limiter to a Redis client of its own, which gives up sooner than others."""
    client = redis_client.connect(url, seconds=1)
    # A Redis that takes nothing must neither lock people out nor let them try for ever.
    app.config["RATELIMIT_STORAGE_URI"] = f"{SteadyStorage.STORAGE_SCHEME[0]}://"
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"connection_pool": client.connection_pool}
    limiter.init_app(app)
    app.after_request(_take_back)


@limiter.request_filter
def _is_unlimited() -> bool:
    return request.endpoint in UNLIMITED


def typed_email() -> str:
    """Return the address in the form that was sent, unreadable, whatever its case."""
    # PostgreSQL, which looks the member up, takes the Turkish İ for an i; casefold does not.
    return digest(request.form.get("email", "").strip().replace("İ", "i").casefold())


def device_of_typed() -> str:
    """Return the name of this browser when the member with the typed address has used it before, else ""."""
    if "device_of_typed" not in g:
        g.device_of_typed = devices.known_to(queries.member_by_email(request.form.get("email", "")))
    return str(g.device_of_typed)


def who_types() -> str:
    """Return the known browser, or else the network, together with the typed account."""
    return f"{device_of_typed() or headers.client_network()} {typed_email()}"


def account_everywhere() -> str:
    """Return the typed account alone; only for browsers that are not known, which have other ways in."""
    return f"{_EVERYWHERE} {typed_email()}"


def failures(
    limits: str, of: Callable[[], str] = headers.client_network, unless: Callable[[], object] | None = None
) -> Callable[[View], View]:
    """Decorator: no more failed POSTs than this for one `of` (a network, an account, a member).

    `unless` says when this limit does not hold. The answer 422 is a failure; any other is taken out of the count.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(*args: Any, **kwargs: Any) -> Any:
            g.counts_failures_only = True
            return view(*args, **kwargs)

        return tries(limits, of, unless)(counted)  # type: ignore[return-value]

    return decorate


def tries(
    limits: str, of: Callable[[], str] = headers.client_network, unless: Callable[[], object] | None = None
) -> Callable[[View], View]:
    """Decorator: no more POSTs than this for one `of`, failed or not."""
    return limiter.limit(  # type: ignore[return-value]
        limits, key_func=of, methods=["POST"], exempt_when=lambda: unless is not None and bool(unless())
    )


def _take_back(response: Response) -> Response:
    """Take a try that was no failure out of the counts."""
    if g.get("counts_failures_only") and response.status_code != 422:
        for limit in limiter.current_limits:
            limit.limiter.storage.incr(limit.key, limit.limit.get_expiry(), -1)
    return response


def explain(form: Form) -> None:
    """Put on a form, and into the answer's header, when the next try is allowed."""
    limit = limiter.current_limit
    seconds = max(1, int(limit.reset_at - now().timestamp())) if limit else 60
    form.form_errors.append(_everywhere() if limit and _EVERYWHERE in limit.key else _wait(max(1, round(seconds / 60))))
    after_this_request(lambda response: _with_retry_after(response, seconds))


def _wait(minutes: int) -> str:
    return ngettext(
        "Too many tries. Wait a minute and try again.", "Too many tries. Wait %(num)s minutes and try again.", minutes
    )


def _everywhere() -> str:
    return _(
        "Too many wrong passwords came from many places for this account. In a browser that is new to it use a passkey,"
        " choose a new password by “Forgot your password?”, or wait for up to an hour."
    )


def _with_retry_after(response: Response, seconds: int) -> Response:
    response.headers["Retry-After"] = str(seconds)
    return response
