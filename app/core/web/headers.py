"""Read the headers of a request tolerantly: strangers write them, and nothing in them may break a page.

The only file in which headers, host and address of a request are read; a test keeps it so. A header that makes no
sense reads as if it were missing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import request
from werkzeug.datastructures import Accept, Range
from werkzeug.exceptions import BadRequest
from werkzeug.http import parse_accept_header, parse_cookie, parse_range_header
from werkzeug.sansio.utils import host_is_trusted

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    WsgiApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

# Set by a proxy to say for whom it asks; believed from the proxies that TRUSTED_PROXIES counts.
FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded")
LOOPBACK = frozenset({"127.0.0.1", "::1"})
# The part of an IPv6 address that one customer of a provider has for themselves.
IPV6_PREFIX = 64
# Chrome and Safari say so in the first two, Firefox says it in the third.
_PURPOSES = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ")
_AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)
_BAD_HOST = "tomoru.bad_host"


def text(name: str) -> str:
    """Return the header without blanks around it; empty when it is missing."""
    return request.headers.get(name, "").strip()


def signed_parts() -> tuple[str, dict[str, str]]:
    """Return the path with the query as it was asked for, and all headers: what signatures are made of."""
    query = request.query_string.decode("latin-1")
    return f"{request.path}?{query}" if query else request.path, dict(request.headers)


def is_true(name: str) -> bool:
    """Return whether the header says `true`, as htmx writes it."""
    return text(name) == "true"


def is_poll() -> bool:
    """Return whether a page asks by itself, as its `every` says, and not because a person did something."""
    return is_true("X-Poll")


def is_same_origin() -> bool:
    """Return whether the browser says that a page of this site asks; one that says nothing may be anywhere."""
    if said := text("Sec-Fetch-Site"):
        return said == "same-origin"
    try:
        return urlsplit(text("Origin")).netloc == request.host
    except ValueError:
        return False


def has_any(*names: str) -> bool:
    """Return whether one of these headers is there, whatever it says."""
    return any(name in request.headers for name in names)


def path_of(name: str) -> str:
    """Return path and query of the address in a header; empty when it is missing or no address."""
    try:
        parts = urlsplit(text(name))
    except ValueError:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def asked_path() -> str:
    """Return path and query of this request; bytes that are no UTF-8 become U+FFFD."""
    query = request.query_string.decode(errors="replace")
    return f"{request.path}?{query}" if query else request.path


def bearer_token() -> str:
    """Return the token of `Authorization: Bearer …`; empty for anything else."""
    kind, _blank, token = text("Authorization").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def only_taken_encodings(environ: WSGIEnvironment) -> None:
    """Leave in `Accept-Encoding` what the client takes: WhiteNoise overlooks that `br;q=0` refuses one."""
    given = environ.get("HTTP_ACCEPT_ENCODING", "")
    if "=" in given:
        environ["HTTP_ACCEPT_ENCODING"] = ", ".join(
            name for name, quality in parse_accept_header(given, Accept) if quality
        )


def byte_range() -> Range | None:
    """Return what `Range` asks for; None for the whole."""
    return parse_range_header(text("Range") or None)


def client_address() -> str | None:
    """Return the client's IP address, an IPv4 address in IPv6 form as IPv4; None when it is not known."""
    found = _address(request.remote_addr or "")
    return str(found) if found else None


def forwarded_hops() -> int:
    """Return how many addresses `X-Forwarded-For` names: the client's and those of proxies between."""
    return len([address for address in text("X-Forwarded-For").split(",") if address.strip()])


def client_network() -> str:
    """Return what counts as one client: an IPv4 address, or the /64 of an IPv6 address."""
    return _network(request.remote_addr or "")


@dataclass(frozen=True)
class Visitor:
    """Who asks, as far as headers tell: browser, network, and whether there is a cookie of this name.

    `is_ahead`: the browser fetches what its reader may open next.
    """

    browser: str
    network: str
    has_cookie: bool
    is_ahead: bool


def visitor(environ: WSGIEnvironment, cookie: str) -> Visitor:
    """Read who asks from a request that Flask has not seen."""
    cookies = environ.get("HTTP_COOKIE", "")
    has_cookie = f"{cookie}=" in cookies and cookie in parse_cookie(cookies)
    is_ahead = any(_AHEAD.search(environ.get(name, "")) for name in _PURPOSES)
    browser, network = environ.get("HTTP_USER_AGENT", "").strip(), _network(environ.get("REMOTE_ADDR", ""))
    return Visitor(browser, network, has_cookie, is_ahead)


def asks_with(environ: WSGIEnvironment, *names: str) -> bool:
    """Return whether one of these headers is in a request that Flask has not seen."""
    return any(f"HTTP_{name.upper().replace('-', '_')}" in environ for name in names)


def has_bad_host(environ: WSGIEnvironment) -> bool:
    """Return whether the request's host cannot be one."""
    return _BAD_HOST in environ


@lru_cache(maxsize=4_096)
def _network(raw: str) -> str:
    found = _address(raw)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((int(found), IPV6_PREFIX), strict=False))
    return str(found or "unknown")


def is_nearby() -> bool:
    """Return whether the client is this machine or in a private network, as a proxy in front usually is."""
    found = _address(request.remote_addr or "")
    return found is None or found.is_private


def _address(raw: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address, also with the port that some proxies add: `203.0.113.9:4711`, `[2001:db8::1]:4711`."""
    plain = raw.strip()
    if plain.startswith("["):
        plain = plain[1:].partition("]")[0]
    elif plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        found = ipaddress.ip_address(plain.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


class HostGuard:
    """Put a host that can be used in the place of one that cannot, so that the error page can be written.

    Lies behind the reading of forwarded headers, which also name a host.
    """

    def __init__(self, app: WsgiApp, host: str) -> None:
        self.app, self.host = app, host

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "HTTP_HOST" in environ and not is_host(environ["HTTP_HOST"]):
            environ["HTTP_HOST"], environ[_BAD_HOST] = self.host, True
        return self.app(environ, start_response)


def is_host(value: str) -> bool:
    """Return whether this can be a host and a port."""
    try:
        return host_is_trusted(value) and bool(value.encode("idna"))
    except UnicodeError:
        return False


def refuse_bad_host() -> None:
    """Raise BadRequest for a request whose host cannot be one."""
    if has_bad_host(request.environ):
        raise BadRequest
