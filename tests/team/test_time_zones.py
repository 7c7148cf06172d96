"""The list of time zones."""

from __future__ import annotations

from types import SimpleNamespace
from zoneinfo import available_timezones

import pytest
from flask import Flask

from app.core.db import db
from app.core.errors import InvalidInput
from app.team import time_zones
from app.team.actors import Actor
from app.team.models import Workspace
from app.team.operations.workspace import change_workspace
from tests.factories.line import account
from tests.support.client import CheckingClient


def test_only_real_zones_are_offered_under_modern_names(app: Flask) -> None:
    names = [name for name, _label in time_zones.choices("en")]
    assert set(names) <= available_timezones()
    assert {"Asia/Tokyo", "Asia/Shanghai", "Asia/Jakarta", "America/New_York", "UTC"} <= set(names)
    assert not {"Japan", "Etc/GMT-9", "US/Pacific"} & set(names)


def test_labels_are_in_the_readers_language(app: Flask) -> None:
    assert dict(time_zones.choices("en"))["Asia/Tokyo"] == "GMT+09:00 Tokyo"
    assert "東京" in dict(time_zones.choices("ja"))["Asia/Tokyo"]


def test_case_does_not_matter_when_typing(app: Flask) -> None:
    assert time_zones.find(" asia/tokyo ") == "Asia/Tokyo"
    assert time_zones.find("Japan") == "Japan"
    assert time_zones.find("Asia/Atlantis") is None


def test_what_is_no_zone_is_not_taken(app: Flask) -> None:
    assert [time_zones.find(name) for name in ("localtime", "Factory", "posixrules")] == [None] * 3
    assert time_zones.disagreement("localtime") == "Python"


def test_every_zone_that_is_offered_is_known_to_all(app: Flask) -> None:
    names = [name for name, _label in time_zones.choices("en")]
    assert [name for name in names if time_zones.disagreement(name)] == []
    assert len(names) > 300


def test_a_zone_that_the_database_does_not_know_is_refused(
    app: Flask, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with time zone data that are newer than those of PostgreSQL."""
    monkeypatch.setattr(time_zones, "_known", lambda: frozenset({"Mars/Olympus"}))
    monkeypatch.setattr(time_zones, "_by_folded_name", lambda: {"mars/olympus": "Mars/Olympus"})
    monkeypatch.setattr(time_zones, "_label", lambda *_about: "")
    monkeypatch.setattr(time_zones, "_offset", lambda _zone: 0)
    with pytest.raises(InvalidInput) as refusal:
        change_workspace(name="x", time_zone="Mars/Olympus", language="en", actor=Actor.of_member(people.alice))
    assert "PostgreSQL does not know the time zone Mars/Olympus." in str(refusal.value.fields["time_zone"])


def test_a_stored_zone_that_is_none_takes_no_page_with_it(people: SimpleNamespace, as_alice: CheckingClient) -> None:
    account()
    db.session.merge(Workspace(id=1, name="x", time_zone="localtime", language="en"))
    page = as_alice.get("/")
    assert page.status_code == 200
    assert "Python does not know the time zone localtime" in page.text
