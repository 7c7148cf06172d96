"""What keywords fit, when delays end, and which way branches go: decisions that only compute."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from app.core.values.errors import WrongValue
from app.line.business_hours.table import Hours, of_week
from app.workflows.actions.asking import read_answer
from app.workflows.actions.branching import holds_test
from app.workflows.actions.sending import SendMessages
from app.workflows.actions.waiting import until_of
from app.workflows.definition.deciding import decide
from app.workflows.definition.decisions import Do, Fail, Go, Hold, Stay, Stop
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import ACTIONS, TRIGGERS
from app.workflows.definition.moments import at_time, later, next_time
from app.workflows.definition.state import Arrival, RunFacts
from app.workflows.triggers.messages import fits_keyword, fold_texts, without_emoji

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 27, 3, tzinfo=UTC)


def arrival(kind: str, **more: Any) -> Arrival:
    """A run at a node whose settings are given as `settings`."""
    node = Node("n", kind, more.pop("settings", {}))
    usual = {"account_id": 1, "friend_id": 7, "number": 1, "now": NOON, "zone": TOKYO}
    return Arrival(graph=Graph((1,), (node,)), node=node, **{**usual, **more})


@pytest.mark.parametrize(
    ("match", "text", "fits"),
    [
        ("equals", "coupon", True),
        ("equals", "a coupon", False),
        ("contains", "a coupon please", True),
        ("starts_with", "coupon please", True),
        ("starts_with", "a coupon", False),
        ("ends_with", "my coupon", True),
        ("ends_with", "coupon me", False),
    ],
)
def test_how_a_keyword_is_compared(match: str, text: str, fits: bool) -> None:
    assert fits_keyword(text, "coupon", match) is fits
    assert not fits_keyword(text, "", match)


def test_line_emoji_are_left_out_of_what_is_compared() -> None:
    message = {"text": "😀 hi (love)(ok)!", "emojis": [{"index": 6, "length": 6}, {"index": 12, "length": 4}]}
    assert without_emoji(message) == "😀 hi !"


@pytest.mark.parametrize(
    ("settings", "until"),
    [
        ({"amount": 90, "unit": "minutes"}, datetime(2026, 11, 27, 4, 30, tzinfo=UTC)),
        ({"amount": 3, "unit": "days", "time": "10:00"}, datetime(2026, 12, 1, 1, tzinfo=UTC)),
        ({"amount": 0, "unit": "days", "time": "13:00"}, datetime(2026, 11, 27, 4, tzinfo=UTC)),
        ({"amount": 1, "unit": "days", "time": "10:00", "weekdays": [0]}, datetime(2026, 11, 30, 1, tzinfo=UTC)),
        (
            {"mode": "date", "field": "attributes.birthday", "days": -2, "time": "08:00"},
            datetime(2026, 12, 22, 23, tzinfo=UTC),
        ),
    ],
)
def test_until_when_a_delay_waits(settings: dict[str, Any], until: datetime) -> None:
    facts = RunFacts({"attributes.birthday": "2026-12-25"})
    at = arrival("delay", settings=settings, facts=facts)
    assert until_of(at) == until
    decision = decide(at)
    assert isinstance(decision, Stay) and decision.until == until


def test_a_friend_without_the_date_has_an_exit_of_their_own() -> None:
    assert decide(arrival("delay", settings={"mode": "date", "field": "attributes.birthday"})) == Go("no_date")


@pytest.mark.parametrize(
    ("policy", "kind"), [("go", Go), ("skip", Stop), ("ask", Hold)], ids=["goes on", "is skipped", "asks"]
)
def test_a_delay_whose_time_passed_while_the_system_was_away(policy: str, kind: type) -> None:
    settings = {"amount": 1, "unit": "days", "late": {"policy": policy, "hours": 2}}
    late = {"until": datetime(2026, 11, 27, 0, tzinfo=UTC).isoformat()}
    on_time = {"until": datetime(2026, 11, 27, 2, tzinfo=UTC).isoformat()}
    assert isinstance(decide(arrival("delay", settings=settings, begun=late)), kind)
    assert isinstance(decide(arrival("delay", settings=settings, begun=on_time)), Go)


WEEKDAYS = of_week({day: [Hours(9 * 60, 18 * 60)] for day in range(5)}, holidays=[date(2026, 11, 30)])


@pytest.mark.parametrize(
    ("settings", "until"),
    [
        # Friday, 15:00 in Tokyo: open.
        ({"amount": 3, "unit": "hours"}, datetime(2026, 11, 27, 6, tzinfo=UTC)),
        # Friday, 20:00: the weekend and a holiday pass.
        ({"amount": 8, "unit": "hours"}, datetime(2026, 12, 1, 0, tzinfo=UTC)),
        ({"amount": 1, "unit": "days", "time": "10:00"}, datetime(2026, 12, 1, 0, tzinfo=UTC)),
        # A date that is over counts as now.
        ({"mode": "date", "field": "attributes.birthday"}, None),
    ],
)
def test_a_delay_goes_on_within_business_hours(settings: dict[str, Any], until: datetime | None) -> None:
    facts = RunFacts({"attributes.birthday": "2026-11-01"}, loaded={"n": WEEKDAYS})
    decision = decide(arrival("delay", settings={**settings, "business_hours": True}, facts=facts))
    if until is None:
        assert decision == Go("next", {"until": NOON.isoformat()})
    else:
        assert isinstance(decision, Stay) and decision.until == until


def test_a_delay_that_ends_after_closing_time_waits_for_the_next_opening() -> None:
    facts = RunFacts(loaded={"n": WEEKDAYS})
    due = {"until": datetime(2026, 11, 27, 8, 59, tzinfo=UTC).isoformat()}
    settings = {"amount": 1, "unit": "days", "business_hours": True}
    late = arrival("delay", settings=settings, facts=facts, begun=due, now=datetime(2026, 11, 27, 9, 30, tzinfo=UTC))
    decision = decide(late)
    assert isinstance(decision, Stay) and decision.until == datetime(2026, 12, 1, 0, tzinfo=UTC)
    in_time = arrival("delay", settings=settings, facts=facts, begun=due, now=datetime(2026, 11, 27, 8, 59, tzinfo=UTC))
    assert isinstance(decide(in_time), Go)


def test_an_account_without_hours_is_always_open_and_one_that_never_opens_fails() -> None:
    settings = {"amount": 0, "unit": "days", "business_hours": True}
    assert decide(arrival("delay", settings=settings)) == Go("next", {"until": NOON.isoformat()})
    holidays = [NOON.date() + timedelta(days=one) for one in range(-1, 500)]
    never = of_week({day: [Hours(0, 24 * 60)] for day in range(7)}, holidays=holidays)
    closed = arrival("delay", settings=settings, facts=RunFacts(loaded={"n": never}))
    assert decide(closed) == Fail("workflows.never_open")


def test_days_keep_the_time_on_the_clocks_and_left_out_times_come_later() -> None:
    before = datetime(2026, 3, 28, 11, tzinfo=UTC)
    assert later(before, 1, "days", BERLIN) == datetime(2026, 3, 29, 10, tzinfo=UTC)
    assert at_time(before.date().replace(day=29), time(2, 30), BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert next_time(before, time(9), (), BERLIN) == datetime(2026, 3, 29, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("operator", "value", "answer", "holds"),
    [
        ("equals", "Yes", "yes", True),
        ("equals", "10", 10, True),
        ("at_least", "10", 9, False),
        ("at_most", "10", "9.5", True),
        ("at_least", "2026-01-02", "2026-01-03", True),
        ("at_least", "ten", "nine", False),
        ("contains", "cof", "Coffee", True),
        ("is_set", None, "", False),
        ("is_not_set", None, None, True),
    ],
)
def test_tests_of_answers(operator: str, value: Any, answer: Any, holds: bool) -> None:
    test = {"source": "answer", "name": "x", "operator": operator, "value": value}
    assert holds_test(test, arrival("branch", answers={"x": answer})) is holds


def test_a_split_is_stable_and_keeps_its_shares() -> None:
    parts = [{"name": "a", "share": 30}, {"name": "b", "share": 70}]
    ways = [decide(arrival("split", settings={"parts": parts}, friend_id=one)) for one in range(2_000)]
    assert ways == [decide(arrival("split", settings={"parts": parts}, friend_id=one)) for one in range(2_000)]
    share = sum(isinstance(one, Go) and one.exit == "a" for one in ways) / len(ways)
    assert 0.26 < share < 0.34


def test_a_kind_that_is_not_known_fails_with_a_sentence() -> None:
    assert decide(arrival("no_such_step")) == Fail("workflows.unknown_kind", {"kind": "no_such_step"})


def test_a_question_for_a_date_offers_the_calendar_and_reads_what_is_chosen() -> None:
    content = {"version": 1, "messages": [{"kind": "text", "text": "When?"}]}
    settings = {"kind": "date", "content": content, "name": "day", "amount": 1, "unit": "days"}
    decision = decide(arrival("question", settings=settings))
    assert isinstance(decision, Do) and isinstance(decision.effect, SendMessages)
    assert json.loads(decision.effect.content)["quick_replies"][0]["action"]["mode"] == "date"
    chosen = {"data": "date", "params": {"date": "2026-12-24"}}
    assert read_answer(Node("n", "question", settings), chosen) == "2026-12-24"


@pytest.mark.parametrize(
    ("day", "moment"),
    [("0001-01-01", datetime(1000, 1, 1, tzinfo=UTC)), ("9999-12-31", datetime(9000, 1, 1, tzinfo=UTC))],
)
@pytest.mark.parametrize("days", [-1_000, 0, 1_000])
def test_dates_at_the_ends_of_the_calendar_have_passed_or_lie_far_ahead(day: str, moment: datetime, days: int) -> None:
    settings = {"mode": "date", "field": "day", "time": "08:00", "days": days, "business_hours": True}
    far = arrival("delay", settings=settings, answers={"day": day}, facts=RunFacts(loaded={"n": WEEKDAYS}))
    found = until_of(far)
    assert found is not None and abs(found - moment) <= timedelta(days=1_001)
    assert isinstance(decide(far), Go if day == "0001-01-01" else Stay)


@pytest.mark.parametrize("unit", ["minutes", "hours", "days", "weeks"])
def test_an_amount_that_is_too_large_counts_as_the_largest(unit: str) -> None:
    assert later(NOON, 10**12, unit, TOKYO) == later(NOON, 1_000, unit, TOKYO)


@pytest.mark.parametrize(
    ("typed", "is_taken"), [("1899-12-31", False), ("1900/1/1", True), ("2200-12-31", True), ("2201-01-01", False)]
)
def test_which_dates_a_question_takes(typed: str, is_taken: bool, app: Flask) -> None:
    node = Node("n", "question", {"kind": "date"})
    if is_taken:
        assert read_answer(node, {"text": typed}) == typed.replace("/1", "-01")
        return
    with pytest.raises(WrongValue, match="of the years 1900 to 2200"):
        read_answer(node, {"text": typed})


def test_the_longest_wait_for_an_answer_or_an_event(app: Flask) -> None:
    for kind in ("question", "wait_for_event"):
        for amount, is_right in ((1_000, True), (1_001, False), (10**12, False), ("soon", False)):
            node = Node("n", kind, {"event": "answer", "amount": amount, "unit": "weeks"})
            said = [str(one.message) for one in ACTIONS[kind].check(node, ()) if one.field == "amount"]
            assert said == ([] if is_right else ["Enter how long to wait at most, a whole number from 1 to 1000."])


@pytest.mark.parametrize(
    ("typed", "is_keyword"),
    [
        ("\u200b", False),
        ("\ufe0f", False),
        ("\u0301", False),
        (" \u200b\u0301\ufe0f ", False),
        ("\u3164", False),
        ("", False),
        ("❤️", True),
        ("👩‍👩‍👧", True),
        ("1️⃣", True),
        ("🇯🇵", True),
        ("が", True),
        ("☎", True),
    ],
)
def test_which_keywords_can_be_seen(typed: str, is_keyword: bool, app: Flask) -> None:
    keyword = Node("n", "message", {"keywords": [{"text": typed, "match": "contains"}]})
    said = [str(one.message) for one in TRIGGERS["message"].check(keyword, ())]
    assert said == ([] if is_keyword else ["Enter the keyword."])
    settings = TRIGGERS["message"].prepare(keyword.settings)
    (folded,) = fold_texts([f"so {typed} so"])
    assert TRIGGERS["message"].matches(settings, {"folded": folded}) is is_keyword
    answer = Node("n", "question_answered", {"match": "contains", "value": typed})
    assert ([one.field for one in TRIGGERS["question_answered"].check(answer, ())] == []) is is_keyword
