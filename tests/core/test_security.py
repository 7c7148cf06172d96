"""Headers, cookies and proxies: what keeps a browser from being turned against its user."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask, request, session

from app.core.config import Config
from app.core.db import db
from app.factory import create_app
from tests.support.client import CheckingClient


@pytest.fixture
def app_with(config: Config) -> Iterator[Callable[..., Flask]]:
    """Makes an application with changed settings, and an address that tells what it believes of the request."""
    made: list[Flask] = []

    def make(**changes: object) -> Flask:
        app = create_app(replace(config, **changes))
        app.test_client_class = CheckingClient
        app.add_url_rule("/seen", view_func=seen)
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


def seen() -> dict[str, str | None]:
    session["touched"] = True
    return {"address": request.remote_addr, "scheme": request.scheme, "host": request.host}


def policy_of(response: object) -> dict[str, str]:
    header = response.headers["Content-Security-Policy"]  # type: ignore[attr-defined]
    return dict(part.strip().split(" ", 1) for part in header.split(";"))


def test_the_content_policy_lets_nothing_in_but_our_own(browser: CheckingClient) -> None:
    policy = policy_of(browser.get("/healthz"))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "unsafe" not in " ".join(policy.values())


def test_scripts_carry_a_nonce_that_is_new_each_time(browser: CheckingClient) -> None:
    first, second = browser.get("/no/such/page"), browser.get("/no/such/page")
    nonces = [re.search(r"'nonce-([^']+)'", policy_of(page)["script-src"]).group(1) for page in (first, second)]  # type: ignore[union-attr]
    assert nonces[0] != nonces[1]
    scripts = re.findall(r"<script[^>]*>", first.get_data(as_text=True))
    assert scripts
    assert all(f'nonce="{nonces[0]}"' in script for script in scripts)


def test_every_answer_carries_the_protective_headers(browser: CheckingClient) -> None:
    for path in ("/healthz", "/no/such/page"):
        headers = browser.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Tomoru"] == "1", "Pages show no part that does not say so."


def test_static_files_may_be_kept_and_are_not_sniffed(browser: CheckingClient) -> None:
    headers = browser.get("/static/css/app.css").headers
    assert "immutable" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_behind_https_the_browser_is_told_to_insist(app: Flask, app_with: Callable[..., Flask]) -> None:
    answer = app_with(public_url="https://tomoru.example.com").test_client().get("/seen")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Secure" in answer.headers["Set-Cookie"]


def test_without_https_nothing_insists_on_it(app: Flask, app_with: Callable[..., Flask]) -> None:
    answer = app_with(public_url="http://127.0.0.1:8000").test_client().get("/seen")
    assert "Strict-Transport-Security" not in answer.headers
    cookie = answer.headers["Set-Cookie"]
    assert "Secure" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}


def test_forwarded_headers_are_not_believed_without_a_proxy(app: Flask, app_with: Callable[..., Flask]) -> None:
    told = app_with(trusted_proxies=0).test_client().get("/seen", headers=FORWARDED).get_json()
    assert told == {"address": "127.0.0.1", "scheme": "http", "host": "localhost"}


def test_forwarded_headers_of_the_proxies_are_believed(app: Flask, app_with: Callable[..., Flask]) -> None:
    told = app_with(trusted_proxies=1).test_client().get("/seen", headers=FORWARDED).get_json()
    assert (told["address"], told["scheme"]) == ("203.0.113.9", "https")


def test_a_client_cannot_forge_its_address_through_one_proxy(app: Flask, app_with: Callable[..., Flask]) -> None:
    headers = {"X-Forwarded-For": "10.0.0.1, 203.0.113.9"}
    told = app_with(trusted_proxies=1).test_client().get("/seen", headers=headers).get_json()
    assert told["address"] == "203.0.113.9"


def test_too_much_at_once_is_refused(app: Flask, app_with: Callable[..., Flask]) -> None:
    client = app_with().test_client()
    assert client.post("/seen", data=b"x" * (2 * 1024 * 1024 + 1)).status_code in {405, 413}
