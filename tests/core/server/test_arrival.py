"""When a request is there, however its bytes come."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.web.server.arrival import MOST_BODY, MOST_HEAD, IncomingRequest
from app.core.web.server.places import Place, place_of

POST = b"POST /sign-in?next=%2F HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\n\r\nhello"


def test_a_request_is_whole_with_its_last_byte() -> None:
    arrival = IncomingRequest()
    for number, byte in enumerate(POST, start=1):
        arrival.add(bytes([byte]))
        assert arrival.is_whole == (number == len(POST)), number
    assert arrival.head is not None
    assert (arrival.head.method, arrival.head.path, arrival.head.length) == ("POST", "/sign-in", 5)


def test_what_follows_belongs_to_the_next_request() -> None:
    assert IncomingRequest(POST + b"GET / HTT").is_whole


@pytest.mark.parametrize(
    "line", [b"Transfer-Encoding: chunked", b"Expect: 100-continue", f"Content-Length: {MOST_BODY + 1}".encode()]
)
def test_a_body_that_cannot_be_waited_for_is_not(line: bytes) -> None:
    assert IncomingRequest(b"POST / HTTP/1.1\r\n" + line + b"\r\n\r\n").is_whole


@pytest.mark.parametrize("digits", [400, 5000])
def test_a_length_beyond_all_numbers_is_only_a_long_one(digits: int) -> None:
    arrival = IncomingRequest(b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * digits + b"\r\n\r\n")
    assert arrival.is_whole
    assert arrival.head is not None
    assert arrival.head.length / 1.0 > MOST_BODY


@pytest.mark.parametrize("data", [b"\xff\xfe\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"])
def test_what_cannot_be_read_is_left_to_the_server(data: bytes) -> None:
    assert IncomingRequest(data).is_whole


def test_a_head_without_an_end_is_given_up() -> None:
    assert not IncomingRequest(b"G" * MOST_HEAD).is_whole
    assert IncomingRequest(b"G" * (MOST_HEAD + 1)).is_whole


@pytest.mark.parametrize(
    ("method", "path", "place"),
    [
        ("POST", "/webhooks/line/no-such-key", Place.WEBHOOKS),
        ("GET", "/healthz", Place.PROBES),
        ("GET", "/statusz", Place.PROBES),
        ("GET", "/", Place.PAGES),
        ("GET", "/no/such/page", Place.PAGES),
        ("GET", "/accounts/1/friends.csv", Place.DOWNLOADS),
        ("POST", "/accounts/1/friends.csv", Place.PAGES),
        ("POST", "/accounts/1/media", Place.UPLOADS),
        ("POST", "/accounts/1/id-links/imports", Place.UPLOADS),
        ("POST", "/api/v1/accounts/1/id-links/imports", Place.UPLOADS),
        ("GET", "/api/v1/accounts/1/id-links/imports/2/errors", Place.DOWNLOADS),
        ("GET", "/media/abc", Place.FILES),
        ("GET", "/l/abc", Place.LINKS),
        ("GET", "/o/abc/460", Place.FILES),
        ("GET", "/accounts/1/media/2", Place.FILES),
    ],
)
def test_each_kind_of_work_has_its_place(migrated_app: Flask, method: str, path: str, place: Place) -> None:
    assert place_of(migrated_app, method, path) is place


@pytest.mark.parametrize("path", ["/accounts/" + "9" * 5000, "/accounts/٣/friends", "//x\0", "x", "", "/%"])
def test_a_path_that_nothing_answers_is_a_page(migrated_app: Flask, path: str) -> None:
    assert place_of(migrated_app, "GET", path) is Place.PAGES


def test_every_file_that_is_written_while_it_is_read_is_a_download(migrated_app: Flask) -> None:
    rules = [rule for rule in migrated_app.url_map.iter_rules() if rule.rule.endswith((".csv", "/errors"))]
    assert len(rules) > 3
    # The template is a few lines.
    others = {rule.endpoint for rule in rules} - {"id_links.template"}
    places = {name: getattr(migrated_app.view_functions[name], "place", None) for name in others}
    assert set(places.values()) == {Place.DOWNLOADS}, places
