"""A database in trouble: what can be read is read, and everything else is one sentence instead of an error."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core import disk
from app.core.db import db, trouble
from app.core.db.trouble import Trouble
from app.core.errors import OutOfSpace, TooMany
from app.core.web import upload_places
from app.core.web.upload_places import UploadPlaces
from tests.conftest import signed_in
from tests.factories import friends, segments
from tests.factories import line as factory
from tests.support.client import CheckingClient

NOTHING_STORED = "The database takes no changes at the moment"


@pytest.fixture
def ids(app: Flask, people: SimpleNamespace) -> dict[str, int]:
    """An account with a friend, a tag and a segment, by the names that addresses have for them."""
    account = factory.account()
    tag = friends.tag(account)
    friend, segment = friends.friend(account, (tag,)), segments.segment(account)
    db.session.commit()
    rows = {"account_id": account, "friend_id": friend, "segment_id": segment, "tag_id": tag, "member_id": people.bob}
    return {name: row.id for name, row in rows.items()}


def reading_pages(app: Flask, ids: dict[str, int]) -> list[str]:
    """Every address that a member only reads.

    Not an export, which is written into the audit log, nor what asks LINE, which may store a token.
    """
    adapter = app.url_map.bind("localhost")
    pages = []
    for rule in app.url_map.iter_rules():
        known = {name: ids[name] for name in rule.arguments if name in ids}
        if (
            "GET" in (rule.methods or ())
            and len(known) == len(rule.arguments)
            and not rule.rule.endswith((".csv", "/at-line"))
        ):
            pages.append(adapter.build(rule.endpoint, known))
    return sorted(set(pages))


def test_reading_pages_open_while_the_database_takes_no_changes(
    app: Flask, ids: dict[str, int], people: SimpleNamespace, request: pytest.FixtureRequest
) -> None:
    client = signed_in(app, people.alice)
    pages = reading_pages(app, ids)
    assert len(pages) > 30
    as_ever = {path: client.get(path).status_code for path in pages}
    db.session.execute(text("UPDATE members SET last_seen_at = NULL"))
    db.session.execute(text("UPDATE segments SET counted_at = NULL, count_due_at = NULL"))
    request.getfixturevalue("read_only")
    now = {path: client.get(path).status_code for path in pages}
    assert {path: (status, as_ever[path]) for path, status in now.items() if status != as_ever[path]} == {
        # An editor begins with a draft that is kept.
        f"/accounts/{ids['account_id']}/{kind}/new": (503, 303 if kind == "broadcasts" else 200)
        for kind in ("auto-messages", "broadcasts", "canned-replies", "card-messages", "rich-messages")
    }


def test_what_changes_something_says_so(
    app: Flask, people: SimpleNamespace, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    client = signed_in(app, people.alice)
    request.getfixturevalue("read_only")
    caplog.set_level("WARNING")
    response = client.post("/profile/other-sessions")
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert response.status_code == 503
    assert NOTHING_STORED in response.text
    told = [line for line in lines if line["event"] == "request.database_trouble"]
    assert [line["trouble"] for line in told] == ["read_only"]
    assert not any("exception" in line or line.get("exc_info") for line in lines)


def test_too_many_requests_for_the_connections_are_told_so(
    failing: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*args: object, **kwargs: object) -> None:
        raise PoolTimeout("QueuePool limit reached")

    monkeypatch.setattr(db.session, "merge", none_left)
    response = failing.get("/fail/nothing")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "Too many requests at once." in response.text


def test_an_error_of_a_statement_is_no_trouble_of_the_database() -> None:
    assert trouble.trouble_of(ValueError("no")) is None
    assert trouble.trouble_of(PoolTimeout("no")) is Trouble.BUSY


def test_a_full_temporary_directory_is_said(failing: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(db.session, "merge", full)
    response = failing.get("/fail/nothing")
    assert response.status_code == 507
    assert "disk is full" in response.text


def test_one_sender_has_only_so_many_uploads_at_a_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    places = UploadPlaces()
    with app.test_request_context(), places.taken("member:1", 10), places.taken("member:1", 10):
        with pytest.raises(TooMany), places.taken("member:1", 10):
            pass
        with places.taken("member:2", 10):
            pass
    with (
        app.test_request_context(),
        places.taken("member:1", 10),
        pytest.raises(TooMany),
        places.taken("member:1", upload_places.MOST_BYTES),
    ):
        pass


def test_an_upload_that_does_not_fit_beside_those_under_way_is_refused_before_it_is_read(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = upload_places.RESERVE + 100
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    places = UploadPlaces()
    with app.test_request_context(), places.taken("member:1", 60):
        with pytest.raises(OutOfSpace), places.taken("member:2", 60):
            pass
        with places.taken("member:2", 40):
            pass


def test_an_upload_says_when_there_is_no_room(
    app: Flask, ids: dict[str, int], people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    response = signed_in(app, people.alice).post(
        f"/accounts/{ids['account_id']}/media", data={"file": "x"}, headers={"Accept": "application/json"}
    )
    assert response.status_code == 507
    assert "disk is full" in json.loads(response.text)["error"]
