"""Which language and which time zone a reader gets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask
from markupsafe import Markup

from app.core import i18n
from app.core.db import db
from app.team.models import Workspace
from tests.support.client import CheckingClient

# Eleven at night of the first of May in Greenwich is the second of May in Tokyo.
LATE = datetime(2026, 5, 1, 23, 30, tzinfo=UTC)


def workspace(**values: str) -> None:
    db.session.merge(Workspace(id=1, **values))
    db.session.commit()


@contextmanager
def reader(app: Flask, **headers: str) -> Iterator[None]:
    """Inside a request of someone whose browser sends these headers."""
    with app.app_context(), app.test_request_context("/", headers=headers):
        yield


@pytest.mark.parametrize(
    ("cookie", "accepts", "expected"),
    [
        ("ja", "en", "ja"),
        ("", "ja,en;q=0.5", "ja"),
        ("", "fr-FR,en;q=0.3", "en"),
        ("", "de", "ja"),
        ("", "", "ja"),
        ("klingon", "en", "en"),
    ],
)
def test_the_cookie_wins_over_the_browser_and_the_browser_over_the_workspace(
    app: Flask, cookie: str, accepts: str, expected: str
) -> None:
    workspace(language="ja")
    with reader(app, **{"Accept-Language": accepts, "Cookie": f"language={cookie}"}):
        assert i18n.language() == expected


def test_a_member_s_own_choice_wins_on_every_page(app: Flask, as_alice: CheckingClient, people: object) -> None:
    people.alice.language = "ja"  # type: ignore[attr-defined]
    db.session.commit()
    headers = {"Accept-Language": "en"}
    assert '<html lang="ja"' in as_alice.get("/", headers=headers).get_data(as_text=True)
    assert '<html lang="ja"' in as_alice.get("/no/such/page", headers=headers).get_data(as_text=True)


def test_outside_a_request_the_workspace_decides(app: Flask) -> None:
    workspace(language="ja", time_zone="Europe/Paris")
    with app.app_context():
        assert i18n.language() == "ja"
        assert str(i18n.zone()) == "Europe/Paris"


def test_times_are_shown_in_the_workspace_s_zone(app: Flask) -> None:
    workspace(time_zone="Asia/Tokyo")
    with reader(app, **{"Accept-Language": "en"}):
        assert i18n.day(LATE) == "May 2, 2026"
        assert "8:30" in i18n.when(LATE)
    workspace(time_zone="America/New_York")
    with reader(app, **{"Accept-Language": "en"}):
        assert i18n.day(LATE) == "May 1, 2026"


def test_planned_times_have_no_seconds(app: Flask) -> None:
    workspace(time_zone="Asia/Tokyo")
    with reader(app, **{"Accept-Language": "en"}):
        assert i18n.when(LATE, "minute").replace("\u202f", " ") == "May 2, 2026, 8:30 AM"
        assert i18n.when(None, "minute") == "–"
    with reader(app, **{"Accept-Language": "ja"}):
        assert i18n.when(LATE, "minute") == "2026/05/02 8:30"


def test_a_time_has_its_exact_moment_as_a_title_and_escapes_words(app: Flask) -> None:
    workspace(time_zone="Asia/Tokyo")
    with reader(app, **{"Accept-Language": "en"}):
        moment = i18n.time_element(LATE, "then")
        assert moment.startswith('<time datetime="2026-05-01T23:30:00+00:00" title="Saturday, May 2, 2026')
        assert moment.endswith('">then</time>')
        assert i18n.time_element(date(2026, 5, 2), "that day") == '<time datetime="2026-05-02">that day</time>'
        # Equal to a dictionary, but not to a reader.
        assert "><b></time>" in i18n.time_element(LATE, Markup("<b>"))
        assert ">&lt;b&gt;</time>" in i18n.time_element(LATE, "<b>")
    workspace(time_zone="America/New_York")
    with reader(app, **{"Accept-Language": "en"}):
        assert "Friday, May 1" in i18n.time_element(LATE, "then")


def test_today_is_the_workspace_s_today(app: Flask) -> None:
    workspace(time_zone="Asia/Tokyo")
    with app.app_context(), time_machine.travel(LATE, tick=False):
        assert i18n.today() == date(2026, 5, 2)


def test_numbers_and_dates_speak_the_reader_s_language(app: Flask) -> None:
    with reader(app, **{"Accept-Language": "ja"}):
        assert i18n.count(1234567) == "1,234,567"
        assert i18n.day(date(2026, 5, 2)) == "2026/05/02"
    with reader(app, **{"Accept-Language": "en"}):
        assert i18n.ngettext("%(num)s friend", "%(num)s friends", 1) == "1 friend"
        assert i18n.ngettext("%(num)s friend", "%(num)s friends", 1200) == "1,200 friends"


@pytest.mark.parametrize(
    ("reads", "names", "language"),
    [("en", "茶, 水, and 酒", "Thai"), ("ja", "茶、水、酒", "タイ語")],
)
def test_lists_and_languages_are_named_in_the_reader_s_language(
    app: Flask, reads: str, names: str, language: str
) -> None:
    with reader(app, **{"Accept-Language": reads}):
        assert i18n.listed(["茶", "水", "酒"]) == names
        assert i18n.language_name("th") == language
        assert i18n.language_name("klingon!") == "klingon!"


def test_nothing_is_a_dash(app: Flask) -> None:
    assert (i18n.when(None), i18n.day(None), i18n.count(None)) == ("–", "–", "–")


def test_a_block_may_speak_another_language(app: Flask) -> None:
    workspace(language="en")
    with app.app_context():
        with i18n.in_language("ja"):
            assert i18n.day(date(2026, 5, 2)) == "2026/05/02"
        assert i18n.day(date(2026, 5, 2)) == "May 2, 2026"
