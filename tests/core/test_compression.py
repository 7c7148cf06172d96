"""Pages: compressed where the browser takes it, and never of a length that tells what stands in them."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask, Response

from app.core.web import compression
from tests.support.client import CheckingClient

PAGE = "<p>連絡先をインポート</p>" * 200


@pytest.fixture
def site() -> Flask:
    """A program with a long page, a short one, data and a page that is sent piece by piece."""
    app = Flask("site", static_folder=None)
    app.add_url_rule("/long", "long", lambda: PAGE)
    app.add_url_rule("/short", "short", lambda: "<p>short</p>")
    app.add_url_rule("/data", "data", lambda: {"page": PAGE})
    app.add_url_rule("/pieces", "pieces", lambda: Response(iter([PAGE, PAGE]), mimetype="text/html"))
    compression.init_app(app)
    return app


@pytest.mark.parametrize("accepted", ["gzip, deflate, br, zstd", "*", "br;q=1.0, gzip;q=0.5"])
def test_a_page_is_compressed_for_a_browser_that_takes_it(site: Flask, accepted: str) -> None:
    answer = site.test_client().get("/long", headers={"Accept-Encoding": accepted})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.content_length == len(answer.data) < len(PAGE.encode()) / 5
    assert gzip.decompress(answer.data).decode() == PAGE


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "identity", ",;=\u00ff"])
def test_others_get_it_as_it_is(site: Flask, accepted: str) -> None:
    answer = site.test_client().get("/long", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers and answer.text == PAGE
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/short", "/data", "/pieces"])
def test_what_gains_nothing_or_is_no_page_stays_as_it_is(site: Flask, path: str) -> None:
    assert "Content-Encoding" not in site.test_client().get(path, headers={"Accept-Encoding": "gzip"}).headers


def test_the_same_page_has_many_lengths(site: Flask) -> None:
    client = site.test_client()
    lengths = {client.get("/long", headers={"Accept-Encoding": "gzip"}).content_length for _ in range(60)}
    assert len(lengths) > 10


def test_pages_of_the_console_are_compressed(browser: CheckingClient) -> None:
    answer = browser.get("/password-resets/new", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"<html" in gzip.decompress(answer.data)
