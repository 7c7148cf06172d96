"""Test recipients: who they are, how a member's own LINE becomes one, and what a test message does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.friends.queries.timeline import timeline_page
from app.messages.sending.models import Tester as Row
from app.messages.sending.models import TesterCode as Code
from app.messages.sending.testers import add_tester
from app.messages.sending.testers import testers_of as known_testers
from app.messages.sending.trial import send_test
from app.team.actors import SYSTEM
from app.team.models import AuditEntry
from tests.factories import friends
from tests.messages.sending.conftest import Shop, outgoing, texts
from tests.support.client import CheckingClient


def address(shop: Shop, rest: str = "") -> str:
    return f"/accounts/{shop.account.id}/testers{rest}"


def is_tester(friend_id: int) -> bool:
    return db.session.get(Row, friend_id) is not None


def test_a_friend_is_found_added_and_removed(shop: Shop, as_alice: CheckingClient) -> None:
    friend = friends.friend(shop.account, display_name="田中 花")
    friends.friend(shop.account, display_name="田中 閉", follow_status="blocked")
    found = as_alice.get(address(shop, "/found"), query_string={"search": "田中"}, headers={"HX-Request": "true"}).text
    assert "田中 花" in found and "田中 閉" not in found
    as_alice.post(address(shop, f"/{friend.id}"))
    assert is_tester(friend.id) and "田中 花" in as_alice.get(address(shop)).text
    as_alice.post(address(shop, f"/{friend.id}/removal"))
    db.session.expire_all()
    assert not is_tester(friend.id)


def test_the_section_is_for_those_who_may_change_settings(shop: Shop, as_bob: CheckingClient) -> None:
    assert as_bob.get(address(shop)).status_code == 403


@pytest.mark.parametrize("spelling", ["{0} {1}", "{0}-{1}", "{0}{1}"])
def test_a_code_makes_the_members_own_line_a_test_recipient_once(
    shop: Shop, hana: str, as_alice: CheckingClient, spelling: str
) -> None:
    page = as_alice.post(address(shop, "/code"), headers={"HX-Request": "true"}).text
    found = re.search(r"(\d{4}) (\d{4})</code>", page)
    assert found
    shop.say(hana, spelling.format(*found.groups()))
    db.session.rollback()
    (tester,) = known_testers(shop.account.id)
    assert tester.friend.line_user_id == hana and tester.member
    assert db.session.scalar(select(AuditEntry.actor_name).where(AuditEntry.action == "tester.added")) == tester.member
    yuki = shop.person()
    shop.say(yuki, spelling.format(*found.groups()))
    assert not is_tester(shop.friend(yuki).id)


def test_a_code_is_over_after_a_while(shop: Shop, hana: str, as_alice: CheckingClient) -> None:
    as_alice.post(address(shop, "/code"))
    db.session.execute(update(Code).values(expires_at=now() - timedelta(seconds=1)))
    code = db.session.scalars(db.select(Code.code)).one()
    db.session.commit()
    shop.say(hana, code)
    assert not is_tester(shop.friend(hana).id)


def test_a_test_message_reaches_testers_only_and_is_marked(shop: Shop, hana: str) -> None:
    friend = shop.friend(hana)
    with pytest.raises(Conflict):
        send_test(shop.account, texts("Hello"), [friend.id], reference="draft 1", actor=SYSTEM)
    add_tester(shop.account, friend.id, actor=SYSTEM)
    (sent,) = send_test(shop.account, texts("Hello"), [friend.id], reference="draft 1", actor=SYSTEM)
    assert sent.state == "sent"
    assert [(row.cause_kind, row.cause_id) for row in outgoing()] == [("test", "draft 1")]
    assert any(entry.line.title == "Test message" for entry in timeline_page(friend.id).rows)


def test_the_same_press_sends_the_same_content_once(shop: Shop, hana: str) -> None:
    friend = shop.friend(hana)
    add_tester(shop.account, friend.id, actor=SYSTEM)

    def sent(words: str, press: str, reference: str = "draft 1") -> int:
        (one,) = send_test(shop.account, texts(words), [friend.id], reference=reference, press=press, actor=SYSTEM)
        return one.id

    first = sent("Hello", "p1")
    assert sent("Hello", "p1") == first
    others = [
        sent("Hello!", "p1"),
        sent("Hello", "p2"),
        sent("Hello", "p1", "draft 2"),
        sent("Hello", ""),
        sent("Hello", ""),
    ]
    assert len({first, *others}) == 6
    assert len(outgoing()) == 6


def test_a_test_goes_to_ten_at_most(shop: Shop) -> None:
    with pytest.raises(Conflict, match="10"):
        send_test(shop.account, texts("Hello"), range(1, 12), reference="1", actor=SYSTEM)
