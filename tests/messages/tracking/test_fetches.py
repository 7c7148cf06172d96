"""Short addresses lead on to what was stored, and only people's fetches count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app.core.clock import now
from app.core.db import db
from app.core.events import _listeners, listen
from app.friends.models import Friend
from app.friends.queries.timeline import timeline_page
from app.line.models import Account
from app.messages.tracking.events import FetchesCounted
from app.messages.tracking.models import LinkFetch, TargetKind, TrackedLink, TrackedSend
from app.messages.tracking.operations.sends import SendCause, accepted, begin_send
from app.messages.tracking.queries import link_results, people_who_opened
from tests.factories.media import media_file, picture
from tests.messages.tracking.conftest import PHONE
from tests.support.client import CheckingClient

CAUSE = SendCause("step", "5")
TARGET = "https://shop.example/caf%C3%A9?q=%22a%22&r=é#part"
Judge = Callable[[], None]


@pytest.fixture
def send(account: Account) -> TrackedSend:
    begun = begin_send(account.id, CAUSE)
    accepted(begun.id, now() - timedelta(minutes=5))
    db.session.commit()
    return begun


def link(send: TrackedSend, friend: Friend | None, code: str = "AAAAAAAAAAA", **values: str) -> str:
    """Store a link; returns its path."""
    about = {"place": "messages[0].text", "target": TARGET, **values}
    db.session.add(TrackedLink(code=code, send_id=send.id, friend_id=friend and friend.id, **about))
    db.session.commit()
    return f"/{'o' if values.get('kind') == TargetKind.IMAGE else 'l'}/{code}"


def tap(browser: CheckingClient, path: str, agent: str = PHONE, address: str = "203.0.113.9") -> int:
    answer = browser.get(path, headers={"User-Agent": agent}, environ_base={"REMOTE_ADDR": address})
    return answer.status_code


def clicks(account: Account) -> list[tuple[int, int | None]]:
    return [(one.clicks, one.people) for one in link_results(account.id, "step", "5")]


def test_a_tap_leads_to_the_target_as_it_was_typed_without_cookies(
    browser: CheckingClient, send: TrackedSend, hana: Friend, judge: Judge
) -> None:
    path = link(send, hana)
    answer = browser.get(path + "?url=https://evil.example/", headers={"User-Agent": PHONE})
    assert (answer.status_code, answer.headers["Location"]) == (302, TARGET.replace("é", "%C3%A9"))
    assert "Set-Cookie" not in answer.headers
    assert browser.head(path).headers["Location"] == answer.headers["Location"]


@pytest.mark.parametrize("target", ["https://shop.example:99999/x", "https://a..example/?x={a}|b"])
def test_a_target_that_no_browser_can_open_is_spelled_as_typed(
    browser: CheckingClient, send: TrackedSend, judge: Judge, target: str
) -> None:
    assert browser.get(link(send, None, target=target)).headers["Location"] == target


@pytest.mark.parametrize(
    "path", ["/l/BBBBBBBBBBB", "/l/short", "/l/https:%2F%2Fx", "/o/AAAAAAAAAAA", "/l/AAAAAAAAAAA%00"]
)
def test_other_addresses_lead_nowhere(
    browser: CheckingClient, send: TrackedSend, hana: Friend, judge: Judge, path: str
) -> None:
    link(send, hana)
    assert browser.get(path).status_code == 404


def test_who_fetched_is_announced(browser: CheckingClient, send: TrackedSend, hana: Friend, judge: Judge) -> None:
    told: list[FetchesCounted] = []
    listen(FetchesCounted)(told.extend)
    tap(browser, link(send, hana))
    judge()
    _listeners[FetchesCounted].remove(told.extend)
    assert told == [FetchesCounted(frozenset({send.id}), frozenset({hana.id}))]


def test_clicks_and_people_are_counted_and_told(
    browser: CheckingClient, account: Account, send: TrackedSend, hana: Friend, judge: Judge
) -> None:
    path = link(send, hana)
    assert [tap(browser, path) for _ in range(3)] == [302] * 3
    judge()
    assert clicks(account) == [(3, 1)]
    db.session.refresh(hana)
    assert hana.last_click_at and hana.last_click_at == hana.last_open_at == hana.last_activity_at
    entry = timeline_page(hana.id).rows[0]
    # No package names what sent it.
    assert (entry.line.title, entry.line.detail, entry.line.place) == ("Opened a link", TARGET, None)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "facebookexternalhit/1.1;line-poker/1.0",
        "Mozilla/5.0 (compatible; Googlebot/2.1)",
        "curl/8.9",
        "Slackbot 1.0",
    ],
)
def test_programs_and_head_are_led_on_and_not_counted(
    browser: CheckingClient, account: Account, send: TrackedSend, hana: Friend, judge: Judge, agent: str
) -> None:
    path = link(send, hana)
    assert tap(browser, path, agent) == 302
    assert browser.head(path, headers={"User-Agent": PHONE}).status_code == 302
    judge()
    assert clicks(account) == [(0, 0)]
    assert tap(browser, path, "Mozilla/5.0 (Linux; Android 14; CUBOT X70) Chrome/130 Line/15.2.0") == 302
    judge()
    assert clicks(account) == [(1, 1)]


@pytest.mark.parametrize("name", ["Sec-Purpose", "Purpose", "X-Moz"])
def test_what_a_browser_fetches_ahead_is_not_counted(
    browser: CheckingClient, account: Account, send: TrackedSend, hana: Friend, judge: Judge, name: str
) -> None:
    ahead = {"User-Agent": PHONE, name: "prefetch;prerender"}
    assert browser.get(link(send, hana), headers=ahead).status_code == 302
    judge()
    assert clicks(account) == [(0, 0)]


def test_members_and_tests_are_not_counted(
    as_alice: CheckingClient, browser: CheckingClient, account: Account, send: TrackedSend, hana: Friend, judge: Judge
) -> None:
    assert tap(as_alice, link(send, hana)) == 302
    trial = begin_send(account.id, replace(CAUSE, is_test=True))
    accepted(trial.id, now() - timedelta(minutes=5))
    assert tap(browser, link(trial, hana, "CCCCCCCCCCC")) == 302
    judge()
    assert clicks(account) == [(0, 0)]
    db.session.refresh(hana)
    assert hana.last_click_at is None


def test_of_two_clients_within_two_seconds_the_second_is_a_program(
    browser: CheckingClient, account: Account, send: TrackedSend, hana: Friend, judge: Judge
) -> None:
    path = link(send, hana)
    tap(browser, path)
    tap(browser, path, address="198.51.100.7")
    judge()
    assert clicks(account) == [(1, 1)]


def test_friends_who_share_an_address_may_tap_at_the_same_time(
    browser: CheckingClient, account: Account, send: TrackedSend, judge: Judge
) -> None:
    path = link(send, None)
    tap(browser, path)
    tap(browser, path, address="198.51.100.7")
    judge()
    assert clicks(account) == [(2, None)]


def test_what_comes_before_line_took_the_send_is_not_counted(
    browser: CheckingClient, account: Account, hana: Friend, judge: Judge
) -> None:
    begun = begin_send(account.id, CAUSE)
    path = link(begun, hana)
    tap(browser, path)
    judge()
    assert db.session.query(LinkFetch).one().due_at is not None, "LINE's answer may still come."
    accepted(begun.id)
    db.session.commit()
    judge()
    assert clicks(account) == [(0, 0)]
    tap(browser, path, address="198.51.100.7")
    judge()
    assert clicks(account) == [(1, 1)]


def test_an_answer_that_never_comes_is_waited_for_a_minute(
    browser: CheckingClient, account: Account, hana: Friend, judge: Judge
) -> None:
    tap(browser, link(begin_send(account.id, CAUSE), hana))
    db.session.execute(update(LinkFetch).values(fetched_at=now() - timedelta(minutes=2)))
    judge()
    assert clicks(account) == [(0, 0)]
    assert db.session.query(LinkFetch).one().due_at is None


def test_an_image_of_the_friends_own_says_once_that_the_message_was_seen(
    browser: CheckingClient, account: Account, send: TrackedSend, hana: Friend, judge: Judge
) -> None:
    file = media_file(account.id, picture(size=(1040, 520)))
    assert file.public_key
    path = link(send, hana, kind=TargetKind.IMAGE, target=file.public_key)
    answer = browser.get(f"{path}/460", headers={"User-Agent": PHONE})
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    judge()
    assert tap(browser, f"{path}/700") == 200
    judge()
    assert people_who_opened(account.id, "step", "5") == 1
    db.session.refresh(hana)
    assert hana.last_open_at
    assert hana.last_click_at is None
    assert [entry.line.title for entry in timeline_page(hana.id).rows] == ["Saw a message"]


def test_people_are_led_on_while_the_database_takes_no_changes(
    app: Flask, browser: CheckingClient, send: TrackedSend, hana: Friend, judge: Judge, request: pytest.FixtureRequest
) -> None:
    path = link(send, hana)
    request.getfixturevalue("read_only")
    assert tap(browser, path) == 302


def test_people_are_led_on_while_their_friend_row_is_locked(
    browser: CheckingClient, send: TrackedSend, hana: Friend, judge: Judge
) -> None:
    path = link(send, hana)
    with db.engine.connect() as other:
        other.execute(db.text("SELECT FROM friends FOR UPDATE"))
        assert tap(browser, path) == 302
        other.rollback()
