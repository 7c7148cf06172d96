"""Headers and cookies that keep a browser from being turned against its user."""

from __future__ import annotations

import secrets
import uuid
from functools import partial
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, request, session
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError, validate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.middleware.proxy_fix import ProxyFix
from wtforms import ValidationError

from app.core.config import Config
from app.core.identifiers import row_number
from app.core.web import headers
from app.core.web.posted_values import Request

csrf = CSRFProtect()


def init_app(app: Flask, config: Config) -> None:
    """Cookies, CSRF, proxy headers, content security policy and request ids."""
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME=config.cookie_name("session"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.is_https,
        PERMANENT_SESSION_LIFETIME=config.session_days * 86_400,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
    )
    app.request_class = Request
    app.before_request(_begin)
    csrf.init_app(app)
    app.wsgi_app = headers.HostGuard(app.wsgi_app, urlsplit(config.public_url).netloc)  # type: ignore[method-assign]
    hops = config.trusted_proxies
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.after_request(partial(_headers, config))


def check_token(token: str | None) -> None:
    """For a view that must not have its whole body read before: the token, from wherever; raises CSRFError."""
    if not current_app.config.get("WTF_CSRF_ENABLED", True):
        return
    try:
        validate_csrf(token or headers.text("X-CSRFToken"))
    except ValidationError as error:
        raise CSRFError(error.args[0]) from error


def own_token(member_id: int) -> None:
    """Begin the session's CSRF token, with the member for whom its pages are printed."""
    session["csrf_token"] = f"{member_id}.{secrets.token_hex(20)}"
    g.pop("csrf_token", None)


def owner_of(token: str) -> int | None:
    """Return for which member a CSRF token of ours was made, in whatever session; None for any other token."""
    try:
        raw = URLSafeTimedSerializer(current_app.secret_key or "", salt="wtf-csrf-token").loads(token)
    except BadData:
        return None
    number, dot, _random = str(raw).partition(".")
    return row_number(number) if dot else None


def csp_nonce() -> str:
    """Return the nonce of this answer's own scripts."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _begin() -> None:
    g.request_id = uuid.uuid4().hex[:16]
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    headers.refuse_bad_host()


def fixed_headers(config: Config) -> dict[str, str]:
    """Return the headers that every answer has, whatever it holds."""
    fixed = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        # By it pages know an answer of Tomoru's from one of a proxy or of the web server, which they do not show.
        "X-Tomoru": "1",
    }
    return fixed | ({"Strict-Transport-Security": "max-age=31536000"} if config.is_https else {})


def _headers(config: Config, response: Response) -> Response:
    for name, value in ({"Content-Security-Policy": _policy(config)} | fixed_headers(config)).items():
        response.headers.setdefault(name, value)
    # With it an administrator finds the line in the log that belongs to a reported page.
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _policy(config: Config) -> str:
    """Own files only, scripts by nonce; pictures and videos also from LINE's hosts, or the sandbox's."""
    return (
        f"default-src 'none'; script-src 'nonce-{csp_nonce()}'; style-src 'self'; font-src 'self'; "
        f"connect-src 'self'; img-src 'self' data: https: {config.sandbox_url}; "
        f"media-src 'self' https: {config.sandbox_url}; manifest-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
