"""What open pages are told, and how often the database is asked for it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import time_machine
from flask import Flask

from app.chat.queries import changed, opened
from app.core.db import db
from app.core.recent import Recent
from app.friends.models import Friend
from tests.chat.saying import seen, since, wrote
from tests.conftest import signed_in
from tests.factories import line as line_factory
from tests.factories.team import member


def test_pages_that_ask_soon_after_each_other_are_told_alike(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1_000.0
    monkeypatch.setattr(changed, "monotonic", lambda: moment)
    monkeypatch.setattr(changed, "FRESH", 2)
    cafe = line_factory.account(name="Cafe")
    pages = [signed_in(app, member(name=name, email=f"{name}@example.com", permissions=["chat"])) for name in "ab"]
    asked = [since(page.get("/chat").text) for page in pages]
    wrote(cafe, "First")
    told = [page.get(f"/chat/changes?since={at}") for page, at in zip(pages, asked, strict=True)]
    assert all("First" in answer.text for answer in told)
    wrote(cafe, "Second")
    asked = [since(answer.text) for answer in told]
    assert [pages[0].get(f"/chat/changes?since={asked[0]}").status_code] == [304]
    moment += 2.1
    assert all("Second" in page.get(f"/chat/changes?since={at}").text for page, at in zip(pages, asked, strict=True))


def test_a_page_that_was_told_by_a_process_ahead_misses_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changed, "FRESH", 60)
    cafe = line_factory.account(name="Cafe")
    page = signed_in(app, member(name="Carol", permissions=["chat"]))
    first = since(page.get("/chat").text)
    page.get(f"/chat/changes?since={first}")
    wrote(cafe, "First")
    # Drawn by another process, which has seen more than this one.
    ahead = since(page.get("/chat").text)
    assert page.get(f"/chat/changes?since={ahead}").status_code == 304
    wrote(cafe, "Second")
    monkeypatch.setattr(changed, "FRESH", 0)
    monkeypatch.setattr(changed._KEPT, "present", changed._Present(0, "", 0.0))
    assert "Second" in page.get(f"/chat/changes?since={ahead}").text


def test_the_open_conversation_is_told_at_once_and_the_list_too_after_an_own_action(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    cafe = line_factory.account(name="Cafe")
    talk = wrote(cafe, "First")
    friend, first_line = db.session.get_one(Friend, talk.friend_id), talk.last_message_id
    page = signed_in(app, member(name="Carol", permissions=["chat"]))
    opened = page.get(f"/chat/{talk.id}").text
    asked = f"/chat/changes?since={since(opened)}&open={talk.id}&seen={seen(opened)}"
    monkeypatch.setattr(changed, "FRESH", 60)
    monkeypatch.setattr(changed._KEPT, "present", changed._Present(0, "", 0.0))
    assert page.get(asked).status_code == 304
    wrote(cafe, "Second", friend)
    told = page.get(asked).text
    assert "Second" in told and f'id="line-{first_line}"' not in told
    assert f'id="chat-row-{talk.id}"' not in told
    assert page.get(f"/chat/changes?since={since(told)}&open={talk.id}&seen={seen(told)}").status_code == 304
    assert f'id="chat-row-{talk.id}"' in page.get(f"{asked}&own=1").text


def test_what_was_said_in_one_second_keeps_its_order_and_place_on_open_pages(app: Flask) -> None:
    cafe = line_factory.account(name="Cafe")
    page = signed_in(app, member(name="Carol", permissions=["chat"]))
    with time_machine.travel(datetime(2026, 11, 30, 1, microsecond=200_000, tzinfo=UTC), tick=False) as clock:
        talk = wrote(cafe, "First")
        clock.shift(timedelta(milliseconds=300))
        wrote(cafe, "Second", db.session.get_one(Friend, talk.friend_id))
    first, second = re.findall(
        r'class="chat-message[^"]*" id="line-\d+" data-at="([^"]*)"', page.get(f"/chat/{talk.id}").text
    )
    assert first < second
    # The last line of a page belongs to it, also while others may follow behind it.
    waiting = page.get("/chat?sort=waiting").text
    last = re.findall(r'class="chat-row[^"]*"[^>]* data-at="([^"]*)"', waiting)[-1]
    wrote(cafe, "Third", db.session.get_one(Friend, talk.friend_id))
    asked = f"since={since(waiting)}&sort=waiting&last={quote(last)}&own=1"
    told = page.get(f"/chat/changes?{asked}").text
    assert "Third" in told and f'id="chat-row-{talk.id}" data-gone' not in told


def test_open_conversations_are_looked_at_for_all_pages_together_but_after_an_own_action(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "_KNOWN", Recent(60, 100))
    monkeypatch.setattr(changed, "FRESH", 60)
    cafe = line_factory.account(name="Cafe")
    talks = [wrote(cafe, words) for words in ("First", "Second")]
    page = signed_in(app, member(name="Carol", permissions=["chat"]))
    for_one = signed_in(
        app, member(name="Dan", permissions=["chat"], account_ids=[line_factory.account(name="Bar").id])
    )
    first, second = (page.get(f"/chat/{talk.id}").text for talk in talks)
    asked = [f"/chat/changes?since={since(second)}&open={talk.id}" for talk in talks]
    assert [page.get(f"{asked[0]}&seen={seen(first)}").status_code] == [304]
    wrote(cafe, "Third", db.session.get_one(Friend, talks[1].friend_id))
    # Its page has not asked before, so all pages are looked for.
    assert "Third" in page.get(f"{asked[1]}&seen={seen(second)}").text
    wrote(cafe, "Fourth", db.session.get_one(Friend, talks[0].friend_id))
    assert page.get(f"{asked[0]}&seen={seen(first)}").status_code == 304
    assert "Fourth" in page.get(f"{asked[0]}&seen={seen(first)}&own=1").text
    assert "Third" not in for_one.get(f"{asked[1]}&seen=1").text
