"""Static files: the compressed one where the browser takes it, never an old one."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from flask import Flask

from app.core.web import static_files
from tests.support.client import CheckingClient

BROTLI = {"Accept-Encoding": "gzip, deflate, br"}
TEXT = "body { color: green }" * 20


@pytest.fixture
def site(tmp_path: Path) -> Flask:
    """A program whose only static file has both compressed forms beside it."""
    (tmp_path / "site.css").write_text(TEXT)
    (tmp_path / "site.css.gz").write_bytes(gzip.compress(TEXT.encode()))
    (tmp_path / "site.css.br").write_bytes(b"made by brotli")
    return Flask("site", static_folder=None)


def test_the_smallest_form_that_the_browser_takes_is_sent(site: Flask, tmp_path: Path) -> None:
    static_files.init_app(site, tmp_path)
    client = site.test_client()
    assert client.get("/static/site.css", headers=BROTLI).headers["Content-Encoding"] == "br"
    zipped = client.get("/static/site.css", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(zipped.data).decode() == TEXT
    plain = client.get("/static/site.css")
    assert "Content-Encoding" not in plain.headers and plain.text == TEXT
    assert plain.headers["Vary"] == "Accept-Encoding"


def test_a_compressed_form_older_than_its_source_is_passed_over(site: Flask, tmp_path: Path) -> None:
    os.utime(tmp_path / "site.css.br", (1, 1))
    static_files.init_app(site, tmp_path)
    assert site.test_client().get("/static/site.css", headers=BROTLI).headers["Content-Encoding"] == "gzip"


def test_a_stored_copy_is_known_by_its_etag_alone(site: Flask, tmp_path: Path) -> None:
    static_files.init_app(site, tmp_path)
    client = site.test_client()
    first = client.get("/static/site.css", headers=BROTLI)
    assert first.headers["ETag"] and "Last-Modified" not in first.headers
    again = client.get("/static/site.css", headers=BROTLI | {"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["css/app.css", "vendor/tabler.min.css", "vendor/htmx.min.js"])
def test_what_pages_ask_for_is_compressed(browser: CheckingClient, path: str) -> None:
    answer = browser.get(f"/static/{path}", headers=BROTLI)
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_no_file_is_longer_than_what_the_system_takes_from_a_thread_at_once(browser: CheckingClient) -> None:
    folder = Path(static_files.__file__).parents[2] / "static"
    longest = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 300_000]
    assert [path.name for path in longest if not path.name.startswith("icons.json")] == []
    for path in longest:
        assert browser.get(f"/static/{path.relative_to(folder)}").status_code == 404


@pytest.mark.parametrize(
    ("taken", "sent"),
    [
        ("gzip, br;q=0", "gzip"),
        ("br;q=0, gzip;q=0.0", None),
        ("gzip;q=0.5, br;q=1.0", "br"),
        ("br;q=nonsense", None),
        ("br ;q=0 ,gzip", "gzip"),
    ],
)
def test_a_form_that_the_browser_refuses_is_not_sent(site: Flask, tmp_path: Path, taken: str, sent: str | None) -> None:
    static_files.init_app(site, tmp_path)
    answer = site.test_client().get("/static/site.css", headers={"Accept-Encoding": taken})
    assert answer.headers.get("Content-Encoding") == sent
