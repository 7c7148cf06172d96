"""What templates may use: icons, addresses of files that change with their content, times for the reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine
from flask import Flask, render_template_string
from jinja2 import UndefinedError

from app.core import templating
from app.line.models import Account

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_an_undefined_name_is_an_error_and_no_empty_string(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(UndefinedError):
        render_template_string("{{ no_one_gave_this }}")


def test_what_people_typed_is_escaped(app: Flask) -> None:
    with app.test_request_context("/"):
        assert render_template_string("{{ name }}", name="<b>") == "&lt;b&gt;"


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
