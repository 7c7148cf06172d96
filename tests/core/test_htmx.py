"""Fragment or page, toasts and redirects: what the browser and htmx get for the same view."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from flask import Flask, Response

from app.core import htmx

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def asked(app: Flask) -> Iterator[Callable[..., None]]:
    """Enter a request with these headers."""
    contexts = []

    def enter(**headers: str) -> None:
        context = app.test_request_context("/here", headers=headers)
        context.push()
        contexts.append(context)

    yield enter
    for context in reversed(contexts):
        context.pop()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        (FRAGMENT, True),
        ({**FRAGMENT, "HX-Boosted": "true"}, False),
        ({**FRAGMENT, "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_only_a_plain_request_of_htmx_wants_a_fragment(
    asked: Callable[..., None], headers: dict[str, str], expected: bool
) -> None:
    asked(**headers)
    assert htmx.is_fragment() is expected


def test_a_browser_is_redirected_and_htmx_told_to_navigate(
    asked: Callable[..., None],
) -> None:
    asked()
    plain = htmx.go("/there")
    assert (plain.status_code, plain.headers["Location"]) == (303, "/there")
    asked(**FRAGMENT)
    told = htmx.go("/there")
    assert (told.status_code, told.headers["HX-Redirect"]) == (204, "/there")
    assert told.get_data() == b""


def test_several_triggers_ride_on_one_answer(asked: Callable[..., None]) -> None:
    asked(**FRAGMENT)
    response = htmx.with_trigger(htmx.with_trigger(Response(), "friends-changed"), "tags-changed")
    assert set(json.loads(response.headers["HX-Trigger"])) == {"friends-changed", "tags-changed"}


def test_a_toast_in_japanese_fits_into_a_header(asked: Callable[..., None]) -> None:
    asked(**FRAGMENT)
    htmx.toast("保存しました。")
    response = htmx.render("errors/_toast_only.html", status=200)
    header = response.headers["HX-Trigger"]
    assert header.isascii()
    assert json.loads(header)["toast"]["toasts"] == [{"kind": "success", "message": "保存しました。"}]


def test_answers_differ_by_who_asks_and_say_so(asked: Callable[..., None]) -> None:
    asked(**FRAGMENT)
    assert htmx.render("errors/_toast_only.html", status=200).headers["Vary"] == "HX-Request"


def test_where_htmx_asks_from(asked: Callable[..., None]) -> None:
    asked(**{"HX-Current-URL": "http://localhost/friends?q=1#top"})
    assert htmx.current_path() == "/friends?q=1"
    asked()
    assert htmx.current_path() == ""
