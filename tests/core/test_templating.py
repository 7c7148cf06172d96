"""What templates may use: icons, addresses of files that change with their content, times for the reader."""

from __future__ import annotations

import gc
import weakref
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import time_machine
from flask import Flask, render_template_string
from jinja2 import DictLoader, UndefinedError
from markupsafe import Markup

from app.core import templating
from app.line.models import Account

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Chain(str):
    """Text of a kind of its own."""

    __slots__ = ()


def test_an_undefined_name_is_an_error_and_no_empty_string(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(UndefinedError):
        render_template_string("{{ no_one_gave_this }}")


def test_what_people_typed_is_escaped(app: Flask) -> None:
    with app.test_request_context("/"):
        assert render_template_string("{{ name }}", name="<b>") == "&lt;b&gt;"


@pytest.mark.parametrize("template", ["{{ value }}", "{% set given %}{{ value }}{% endset %}{{ given }}"])
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain 日本語", "plain 日本語"),
        ("a & b", "a &amp; b"),
        (Markup("<b>"), "<b>"),
        (12, "12"),
        (None, "None"),
        (True, "True"),
        (Chain("'\""), "&#39;&#34;"),
        (["<"], "[&#39;&lt;&#39;]"),
    ],
)
def test_each_kind_of_value_is_written_as_it_is_or_escaped(app: Flask, template: str, value: Any, shown: str) -> None:
    with app.test_request_context("/"):
        assert render_template_string(template, value=value) == shown


def test_all_templates_stay_compiled(app: Flask) -> None:
    names = [f"{number}.html" for number in range(1_000)]
    some = app.jinja_env.overlay(loader=DictLoader(dict.fromkeys(names, "x")))
    first = [some.get_template(name) for name in names]
    assert all(some.get_template(name) is one for name, one in zip(names, first, strict=True))


def test_an_icon_is_decoration_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in templating.icon("home")
    labelled = templating.icon("home", 'A "start" <b>')
    assert 'role="img"' in labelled
    assert "&lt;b&gt;" in labelled and '"start"' not in labelled


def test_the_address_of_a_file_changes_with_its_content(app: Flask) -> None:
    with app.test_request_context("/"):
        address = templating.asset("css/app.css")
    assert address.startswith("/static/css/app.css?v=")
    assert len(address.partition("v=")[2]) == 12


def test_element_ids_name_the_row() -> None:
    assert templating.dom_id(Account(id=7), "row") == "row-account-7"
    assert templating.dom_id(Account(id=7)) == "account-7"


@time_machine.travel(NOON, tick=False)
def test_times_are_told_from_now_in_the_reader_s_language(app: Flask) -> None:
    with app.app_context(), app.test_request_context("/", headers={"Accept-Language": "en"}):
        assert templating.ago(NOON - timedelta(minutes=5)) == "5 minutes ago"
        assert templating.span(timedelta(seconds=90)) == "2 minutes"
        assert templating.ago(None) == templating.span(None) == "–"
    with app.app_context(), app.test_request_context("/", headers={"Accept-Language": "ja"}):
        assert templating.ago(NOON - timedelta(minutes=5)) == "5分前"
        assert templating.span(timedelta(seconds=90)) == "2分"


def test_machines_get_times_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert templating.iso(datetime(2026, 5, 1, 21, tzinfo=tokyo)) == "2026-05-01T12:00:00+00:00"
    assert templating.iso(None) == ""


class _Shown:
    """What a page shows, of which a test can tell whether it is still held."""


def test_what_a_page_shows_is_let_go_once_it_is_rendered(app: Flask) -> None:
    templates = {
        "macros.html": "{% macro deep(n) %}{{ n }}{{ deep(n - 1) if n }}{{ shown and '' }}{% endmacro %}",
        "page.html": "{% from 'macros.html' import deep with context %}{% macro own() %}{{ shown and '' }}"
        "{% endmacro %}{{ deep(2) }}{{ own() }}",
    }
    environment = app.jinja_env.overlay(loader=DictLoader(templates))
    gc.collect()
    gc.disable()
    try:
        for _time in range(2):
            shown = _Shown()
            held = weakref.ref(shown)
            assert environment.get_template("page.html").render(shown=shown) == "210"
            del shown
            assert held() is None
    finally:
        gc.enable()


def test_macros_that_pages_share_go_on_after_one_is_rendered(app: Flask) -> None:
    templates = {
        "shared.html": "{% macro said(word) %}{{ word }}!{% endmacro %}",
        "page.html": "{% from 'shared.html' import said %}{{ said(word) }}",
        "around.html": "{% include 'page.html' %}{{ inner() }}{% include 'page.html' %}",
    }
    environment = app.jinja_env.overlay(loader=DictLoader(templates))
    page, around = environment.get_template("page.html"), environment.get_template("around.html")
    assert page.render(word="One") == "One!"
    # One that is rendered within another one leaves it alone.
    assert around.render(word="Two", inner=lambda: page.render(word="three")) == "Two!three!Two!"
