"""A workflow's message leads through short addresses, whose taps count once LINE took it; a chat message does not."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from app.core.db import db
from app.friends.queries.timeline import timeline_page
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.models import SendState
from app.messages.tracking.models import TrackedSend
from app.messages.tracking.queries import link_results
from tests.messages.sending.conftest import CHAT, Shop
from tests.messages.tracking.conftest import PHONE, judge
from tests.support.client import CheckingClient

__all__ = ["judge"]
TARGET = "https://shop.example/spring?a=1#b"
OUTSIDE = "https://shop.example/map?openExternalBrowser=1"
STEP = Cause(CauseKind.WORKFLOW, "12")


@pytest.mark.parametrize(("cause", "clicks"), [(STEP, [1]), (Cause(CauseKind.TEST, "12"), [])])
def test_taps_on_what_line_delivered_count_unless_it_was_a_test(
    shop: Shop, hana: str, browser: CheckingClient, judge: Callable[[], None], cause: Cause, clicks: list[int]
) -> None:
    sent = shop.send(hana, f"See {TARGET} now", cause=cause)
    delivered = shop.log()[0]["messages"][0]["text"]
    (path,) = re.findall(r"^See http://127\.0\.0\.1:8000(/l/\w{11}) now$", delivered)
    assert sent.state == SendState.SENT
    assert browser.get(path, headers={"User-Agent": PHONE}).headers["Location"] == TARGET
    judge()
    assert [one.clicks for one in link_results(shop.account.id, cause.kind, "12")] == clicks


def test_what_the_team_writes_in_a_chat_stays_as_it_is(shop: Shop, hana: str) -> None:
    shop.send(hana, TARGET, cause=CHAT)
    assert shop.log()[0]["messages"][0]["text"] == TARGET


def test_a_send_that_line_refused_was_never_accepted(shop: Shop, hana: str) -> None:
    shop.act(hana, "block")
    shop.friend(hana)
    assert shop.send(hana, TARGET, cause=STEP).state == SendState.REFUSED
    assert db.session.query(TrackedSend).one().accepted_at is None


def test_the_timeline_shows_where_a_short_address_leads(shop: Shop, hana: str) -> None:
    shop.send(hana, f"See {TARGET} now", OUTSIDE, cause=STEP)
    shown = [entry.line.detail for entry in timeline_page(shop.friend(hana).id).rows if entry.line.icon == "send"]
    assert shown == [f"See {TARGET} now · {OUTSIDE}"]
