"""Scans are recorded once, of those whom LINE names, before and after the person adds the account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import usage
from app.core.clock import now
from app.core.db import db
from app.core.events import _listeners as listeners
from app.core.events import listen
from app.friends.facts import facts_of
from app.friends.models import FollowStatus, Friend
from app.friends.operations.follow_status import record_follow, record_unfollow
from app.friends.operations.friends import meet_writer
from app.friends.queries.tags import tags_on
from app.friends.queries.timeline import timeline_page
from app.friends.queries.value_sources import tag_origins
from app.line.models import Account
from app.messages.sending.models import MessageSend
from app.team.actors import SYSTEM
from app.workflows.qr_codes.events import QrCodeScanned
from app.workflows.qr_codes.models import QrScan, QrVisit
from app.workflows.qr_codes.operations.codes import archive_code
from app.workflows.qr_codes.operations.scanning import Scan, record_scan
from app.workflows.qr_codes.operations.visits import identify_visitors, prune_visits
from app.workflows.qr_codes.queries import numbers_of
from app.workflows.qr_codes.ways import mark_of, opened_at, text_of
from tests.factories import friends
from tests.factories import line as line_rows
from tests.factories.auto_messages import auto_message
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer
from tests.workflows.qr_codes.conftest import HANA, Write, code

LOGIN, LIFF = "2009000001", "2009000001-AbcdEfgh"


@pytest.fixture
def told(app: Flask) -> Iterator[list[QrCodeScanned]]:
    """What was announced."""
    heard: list[QrCodeScanned] = []
    before = [*listeners[QrCodeScanned]]
    listen(QrCodeScanned)(heard.extend)
    yield heard
    listeners[QrCodeScanned][:] = before


def hana() -> Friend:
    return db.session.scalars(select(Friend).where(Friend.line_user_id == HANA)).one()


def scan_by_page(account: Account, what: Any, key: str = "visit:1", **at: Any) -> bool:
    is_new = record_scan(what, meet_writer(account.id, HANA), Scan(key, now() - timedelta(**at)))
    db.session.commit()
    return is_new


def numbers(what: Any) -> tuple[int, int, int]:
    found = numbers_of([what.id])[what.id]
    return found.scans, found.people, found.gained


def test_the_text_of_a_code_is_a_scan_once_however_often_its_event_comes(
    account: Account, write: Write, told: list[QrCodeScanned]
) -> None:
    flyer = code(account)
    write(flyer, event=7)
    write(flyer, event=7)
    assert numbers(flyer) == (1, 1, 0)
    write(flyer, event=8)
    assert numbers(flyer) == (2, 1, 0)
    assert [one.event_key for one in told] == ["event:7", "event:8"]
    assert [entry.line.title for entry in timeline_page(hana().id).rows].count("Scanned a QR Code") == 2


def test_similar_texts_are_no_scan(account: Account, write: Write) -> None:
    flyer = code(account)
    text = text_of(flyer)
    for other in (text.swapcase(), f"{text}.", text[:-1], f"my {text}", text.replace("-", " "), "QR-AAAAAAAAAAA"):
        write(other)
    write(flyer, group_id="C" + "1" * 32)
    assert numbers(flyer) == (0, 0, 0)
    write(f" {text}\n")
    assert numbers(flyer) == (1, 1, 0)


def test_a_code_of_another_account_or_an_archived_one_is_no_scan(account: Account, write: Write) -> None:
    other, flyer = code(line_rows.account()), code(account)
    archive_code(account.id, flyer.id, actor=SYSTEM)
    write(other)
    write(flyer)
    assert numbers(other) == numbers(flyer) == (0, 0, 0)


def test_a_scan_before_the_friend_add_gains_the_friend_and_is_answered_then(
    account: Account, told: list[QrCodeScanned]
) -> None:
    tag, message = friends.tag(account, "Flyer"), auto_message(account, "Welcome", "Hello")
    flyer = code(account, auto_message_id=message.id, tag_ids=frozenset({tag.id}))
    assert scan_by_page(account, flyer, minutes=5)
    person = hana()
    assert person.follow_status == FollowStatus.STRANGER
    assert [one.name for one in tags_on(person.id)] == ["Flyer"]
    assert (numbers(flyer), told, db.session.scalars(select(MessageSend)).all()) == ((1, 1, 0), [], [])
    record_follow(account.id, HANA, now(), webhook_event_id=1)
    db.session.commit()
    assert numbers(flyer) == (1, 1, 1)
    assert [(one.friend_id, one.qr_code_id) for one in told] == [(person.id, flyer.id)]
    sent = db.session.scalars(select(MessageSend)).one()
    assert (sent.cause_kind, sent.auto_message_id, sent.friend_id) == ("qr_code", message.id, person.id)
    assert [fact.text for fact in facts_of(account.id, person.id) if str(fact.label) == "Came by QR Code"] == ["Flyer"]


@pytest.mark.parametrize(("opened", "gained"), [(3, 1), (1, 0)])
def test_a_friend_add_between_the_opening_of_the_address_and_the_page_is_gained(
    account: Account, told: list[QrCodeScanned], opened: int, gained: int
) -> None:
    flyer = code(account)
    record_follow(account.id, HANA, now() - timedelta(minutes=2), webhook_event_id=1)
    scan_by_page(account, flyer, minutes=opened)
    assert (numbers(flyer), len(told)) == ((1, 1, gained), 1)


@pytest.mark.parametrize(("opened", "gained"), [(3, 1), (1, 0), (11, 0), (None, 0)])
def test_the_mark_in_the_text_says_whether_a_friend_add_came_of_the_scan(
    account: Account, write: Write, opened: int | None, gained: int
) -> None:
    flyer = code(account)
    record_follow(account.id, HANA, now() - timedelta(minutes=2), webhook_event_id=1)
    write(text_of(flyer, now() - timedelta(minutes=opened) if opened else None))
    assert numbers(flyer) == (1, 1, gained)


def test_a_friend_add_that_is_heard_of_after_the_scan_is_answered_and_not_gained(
    account: Account, told: list[QrCodeScanned]
) -> None:
    flyer = code(account)
    scan_by_page(account, flyer)
    record_follow(account.id, HANA, now() - timedelta(minutes=2), webhook_event_id=1)
    assert (numbers(flyer), len(told)) == ((1, 1, 0), 1)


@pytest.mark.parametrize("mark", ["", "zzzzzzzz", "0", "é", "1-2"])
def test_marks_that_cannot_be_true_say_nothing(mark: str) -> None:
    seen = now()
    assert opened_at(mark, seen) == seen
    assert opened_at(mark_of(seen - timedelta(minutes=9)), seen) < seen - timedelta(minutes=8)
    assert opened_at(mark_of(seen - timedelta(minutes=11)), seen) == seen


def test_present_friends_are_scanned_and_not_gained(account: Account, told: list[QrCodeScanned]) -> None:
    flyer, poster = code(account), code(account, "Poster")
    friends.friend(account, line_user_id=HANA, followed_at=now() - timedelta(days=9))
    scan_by_page(account, flyer)
    assert (numbers(flyer), len(told)) == ((1, 1, 0), 1)
    assert not scan_by_page(account, flyer)
    scan_by_page(account, poster, "visit:2")
    assert (numbers(flyer), numbers(poster)) == ((1, 1, 0), (1, 1, 0))


def test_a_friend_is_gained_by_one_code(account: Account) -> None:
    flyer, poster = code(account), code(account, "Poster")
    scan_by_page(account, flyer, hours=2)
    scan_by_page(account, poster, "visit:2", hours=1)
    record_follow(account.id, HANA, now(), webhook_event_id=1)
    db.session.commit()
    assert (numbers(flyer), numbers(poster)) == ((1, 1, 0), (1, 1, 1))


def test_the_scan_of_someone_who_blocks_counts_and_waits_for_the_unblock(
    account: Account, told: list[QrCodeScanned]
) -> None:
    flyer = code(account)
    friends.friend(account, line_user_id=HANA, followed_at=now() - timedelta(days=9))
    record_unfollow(account.id, HANA, now() - timedelta(hours=1), webhook_event_id=1)
    scan_by_page(account, flyer, minutes=3)
    assert (numbers(flyer), told) == ((1, 1, 0), [])
    record_follow(account.id, HANA, now(), is_unblocked=True, webhook_event_id=2)
    assert (numbers(flyer), len(told)) == ((1, 1, 0), 1)


def test_an_old_scan_is_not_answered_any_more(account: Account, told: list[QrCodeScanned]) -> None:
    flyer = code(account)
    scan_by_page(account, flyer, days=3)
    record_follow(account.id, HANA, now(), webhook_event_id=1)
    assert (numbers(flyer), told) == ((1, 1, 1), [])


def test_nothing_is_sent_while_another_service_holds_the_chat(
    account: Account, write: Write, told: list[QrCodeScanned]
) -> None:
    message = auto_message(account, "Welcome", "Hello")
    write(code(account, auto_message_id=message.id), is_standby=True)
    assert [one.is_standby for one in told] == [True]
    assert db.session.scalars(select(MessageSend)).all() == []


def test_the_tag_says_that_the_code_put_it_on(account: Account, write: Write) -> None:
    tag = friends.tag(account, "Flyer")
    flyer = code(account, tag_ids=frozenset({tag.id}))
    write(flyer)
    origin = tag_origins(hana().id)[tag.id]
    assert origin.source is not None
    assert (origin.source.kind, origin.source.reference, origin.source.label) == ("qr_code", str(flyer.id), "Flyer")
    assert [one.name for one in usage.usages_of("tag", tag.id, SYSTEM)] == ["Flyer"]


def test_deleting_a_friend_erases_their_scans(account: Account, write: Write) -> None:
    write(code(account))
    db.session.delete(hana())
    db.session.commit()
    assert db.session.scalars(select(QrScan)).all() == []


def test_the_page_of_the_liff_app_counts_a_token_once(
    browser: CheckingClient, line: SandboxServer, account: Account
) -> None:
    settings = {"name": "Shop", "login_channel_id": LOGIN, "liff_apps": {LIFF: "https://tomoru.example/liff"}}
    channel = line.api("POST", "/channels", settings)["channel_id"]
    line.api("POST", f"/channels/{channel}/friends", {"user_id": HANA, "display_name": "Hana"})
    token = str(line.api("POST", f"/channels/{channel}/friends/{HANA}/id-token", {})["value"])
    flyer = code(account, page_url="https://shop.example/welcome")
    way = browser.get(f"/q/{flyer.code}").headers["Location"]
    way, _slash, mark = way.rpartition("/")
    assert way == f"https://liff.line.me/{LIFF}/q/{flyer.code}" and mark_of(opened_at(mark, now())) == mark
    path = f"/liff/q/{flyer.code}/{mark}"
    first, page = browser.get("/liff?liff.state=" + quote(f"/q/{flyer.code}/{mark}", safe="")), browser.get(path)
    assert first.status_code == page.status_code == 200
    assert 'href="https://shop.example/welcome"' in page.text and f'data-tell="{path}"' in first.text

    def tell(words: str, origin: str = "same-origin") -> None:
        sent = {"data": words, "headers": {"Sec-Fetch-Site": origin}, "content_type": "text/plain"}
        assert browser.post(path, csrf=False, **sent).status_code == 204
        identify_visitors()

    tell(token, "cross-site")
    tell("a.b.c")
    assert numbers(flyer) == (0, 0, 0)
    tell(token)
    tell(token)
    assert numbers(flyer) == (1, 1, 0)
    assert {one.token for one in db.session.scalars(select(QrVisit))} == {None}
    prune_visits()
    assert len(db.session.scalars(select(QrVisit)).all()) == 2


def test_where_addresses_lead(browser: CheckingClient, account: Account) -> None:
    account.liff_id, account.basic_id, account.premium_id = None, "@123abcde", None
    flyer = code(account)
    answer = browser.get(f"/q/{flyer.code}")
    way, _hyphen, mark = answer.headers["Location"].rpartition("-")
    assert way == f"https://line.me/R/oaMessage/%40123abcde/?QR-{flyer.code}"
    assert opened_at(mark, now() + timedelta(minutes=1)) <= now()
    archive_code(account.id, flyer.id, actor=SYSTEM)
    db.session.commit()
    assert browser.get(f"/q/{flyer.code}").headers["Location"] == "https://line.me/R/ti/p/%40123abcde"
    assert browser.get("/q/AAAAAAAAAAA").status_code == browser.get("/q/x").status_code == 404
