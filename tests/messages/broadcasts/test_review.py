"""The review says when a broadcast is sent, how long that takes, and what of it falls into quiet hours."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core.clock import now
from app.core.db import db
from app.line.models import Account
from app.messages.broadcasts.deal import Deal
from app.messages.broadcasts.durations import pace_words
from app.messages.broadcasts.models import Broadcast, TrackingKind, Way
from app.messages.broadcasts.operations.drafts import BroadcastPlan, create_draft
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.broadcasts.queries.rules import QuietHours
from app.messages.broadcasts.timing import timing_of
from app.messages.content.message_set import MessageSet
from app.messages.sending.frequency import change_cap
from app.team.actors import SYSTEM
from tests.factories import friends
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import LINKED, Stage, staged, texts
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer

TOKYO = ZoneInfo("Asia/Tokyo")
ENGLISH = {"Accept-Language": "en"}
IN_PART = ENGLISH | {"HX-Request": "true"}
TEST = {"content_b": texts("B"), "test_share": 20, "winner_after_hours": 4}
BEGINS, WINNER, RUNS_INTO = (
    "It is sent within the quiet hours",
    "The winner is sent to the rest within the quiet hours",
    "It is still being sent when the quiet hours begin",
)


@pytest.fixture
def stage(line: SandboxServer, connect: Connect) -> Stage:
    """A channel with ten friends."""
    return staged(line, connect, 10)


def reviewed(browser: CheckingClient, account: Account, **values: object) -> str:
    """Return the review of a new draft."""
    plan = BroadcastPlan("Tea", AudienceChoice(), texts("A"), **{"time_zone": "Asia/Tokyo", **values})  # type: ignore[arg-type]
    draft = create_draft(account.id, plan, actor=SYSTEM)
    db.session.commit()
    return browser.get(f"/accounts/{account.id}/broadcasts/{draft.id}/review", headers=ENGLISH).text


def figure(label: str, page: str) -> str:
    """Return what stands for a number of people; a link where there are any."""
    found = re.search(rf"<dt>{label}</dt><dd>(.*?)</dd>", page)
    assert found
    return found[1]


def planned(hour: int, minute: int = 0) -> datetime:
    return (now() + timedelta(days=2)).astimezone(TOKYO).replace(hour=hour, minute=minute, second=0, microsecond=0)


@pytest.mark.parametrize(
    ("at", "values", "warnings"),
    [
        (planned(12), {}, []),
        (planned(22), {}, [BEGINS]),
        (planned(12), {"spread_minutes": 540}, [RUNS_INTO]),
        (planned(12), {"spread_minutes": 530}, []),
        (planned(12), TEST, []),
        (planned(18), TEST, [WINNER]),
        (planned(22), TEST, [BEGINS, WINNER]),
        (planned(16), TEST | {"spread_minutes": 90}, [RUNS_INTO]),
    ],
)
def test_each_part_within_quiet_hours_has_its_warning(
    as_alice: CheckingClient, place: Account, at: datetime, values: dict[str, object], warnings: list[str]
) -> None:
    for _ in range(5):
        friends.friend(place)
    shown = reviewed(as_alice, place, scheduled_at=at, **values)
    assert [one for one in (BEGINS, WINNER, RUNS_INTO) if one in shown] == warnings


@pytest.mark.parametrize(
    ("hours", "until", "begin"),
    [((21, 8), 20, False), ((21, 8), 21, True), ((21, 8), 33, True), ((1, 5), 24, False), ((1, 5), 25, True)],
)
def test_quiet_hours_begin_within_a_time(place: Account, hours: tuple[int, int], until: int, begin: bool) -> None:
    noon = datetime(2026, 4, 1, 12, tzinfo=TOKYO)
    assert QuietHours(*hours).begin_within(noon, noon.replace(hour=0) + timedelta(hours=until)) is begin


def test_a_test_is_sent_then_waited_for_then_spread() -> None:
    at = datetime(2026, 4, 1, 12, tzinfo=TOKYO)
    broadcast = Broadcast(scheduled_at=at, spread_minutes=30, winner_after_hours=2)
    timing = timing_of(broadcast, Way.PUSH, 100_000, Deal(5_000, 5_000, 100_000))
    assert timing.winner_at == at + timedelta(seconds=5, hours=2)
    assert timing.ends_at == at + timedelta(seconds=5, hours=2, minutes=30)
    whole = timing_of(broadcast, Way.PUSH, 100_000, Deal(50_000, 50_000, 100_000))
    assert (whole.winner_at, whole.seconds) == (None, 1_800)
    broadcast.spread_minutes = 0
    assert timing_of(broadcast, Way.PUSH, 100_000, None).seconds == 50
    assert timing_of(broadcast, Way.MULTICAST, 200_000, None).seconds == 2


def test_the_review_says_when_the_winner_is_sent(as_alice: CheckingClient, place: Account) -> None:
    for _ in range(10):
        friends.friend(place)
    assert "The winner is sent to the rest at about" in reviewed(as_alice, place, scheduled_at=planned(12), **TEST)
    assert "If it is confirmed now, the winner is sent" in reviewed(as_alice, place, **TEST)
    whole = TEST | {"test_share": 100, "winner_after_hours": None}
    assert "broadcast-winner-time" not in reviewed(as_alice, place, **whole)


def test_who_will_get_it_is_without_those_whom_the_cap_leaves_out(as_alice: CheckingClient, stage: Stage) -> None:
    stage.sent("First")
    change_cap(stage.account.id, 2, 7, actor=SYSTEM)
    db.session.commit()
    assert ">10</a>" in figure("will get it", reviewed(as_alice, stage.account))
    change_cap(stage.account.id, 1, 7, actor=SYSTEM)
    db.session.commit()
    shown = reviewed(as_alice, stage.account)
    assert [figure(label, shown).rpartition(">10")[1] for label in ("will get it", "reachable now")] == ["", ">10"]
    assert "<dt>until all is sent</dt><dd>–</dd>" in shown


def test_the_note_on_short_addresses_is_said_once(as_alice: CheckingClient, stage: Stage) -> None:
    draft = stage.draft(LINKED, content_b=texts(LINKED, LINKED), test_share=20, winner_after_hours=4)
    url = f"/accounts/{stage.account.id}/broadcasts/{draft.id}/checks"
    assert as_alice.get(url, headers=IN_PART).text.count("Friends see a short address in their place") == 1


def test_the_pace_of_a_spread_is_estimated(as_alice: CheckingClient, place: Account) -> None:
    for _ in range(3):
        friends.friend(place)
    url = f"/accounts/{place.id}/broadcasts/estimate?audience=all&spread_minutes="
    asked = lambda minutes: as_alice.get(url + minutes, headers=IN_PART).text  # noqa: E731
    assert "3 people now: 6 per hour." in asked("30")
    # Of a test only those who wait for its winner are spread; without a rest, both halves are.
    assert "1 person who waits for the winner now: 2 per hour." in asked("30&test_share=50")
    assert "3 people now: 6 per hour." in asked("30&test_share=100")
    end = f"/accounts/{place.id}/broadcasts/test-end?audience=all&winner_after_hours=4&spread_minutes=30&test_share=50"
    assert "1 person who waits for the winner now: 2 per hour." in as_alice.get(end, headers=IN_PART).text
    for minutes in ("", "0", "-1", "x", "1441"):
        assert "people now" not in asked(minutes)


@pytest.mark.parametrize(
    ("rate", "words"), [(1_999.6, "2,000 per second"), (0.5, "30 per minute"), (0.01, "36 per hour"), (0, "1 per hour")]
)
def test_a_pace_is_said_by_the_time_in_which_it_is_a_whole_number(app: object, rate: float, words: str) -> None:
    assert str(pace_words(rate)) == words


def test_members_who_may_are_led_to_the_settings(
    as_alice: CheckingClient, as_bob: CheckingClient, place: Account
) -> None:
    url = f"/accounts/{place.id}/broadcasts"
    assert f'href="{url}/settings"' in as_alice.get(url).text
    assert f'href="{url}/settings"' in reviewed(as_alice, place)


@pytest.mark.parametrize(
    ("content", "tracking", "words"),
    [
        (texts(LINKED), TrackingKind.PERSON, "one by one, because links are tracked per person"),
        (texts(LINKED), TrackingKind.LINK, "sent to 500 people at once"),
        (texts("Tea is ready"), TrackingKind.PERSON, "sent to 500 people at once"),
        (texts("Tea, {{display_name|you}}"), TrackingKind.LINK, "because the messages name values of the recipient"),
    ],
)
def test_it_says_why_it_is_sent_one_by_one(
    as_alice: CheckingClient, stage: Stage, content: MessageSet, tracking: TrackingKind, words: str
) -> None:
    plan = BroadcastPlan("Tea", AudienceChoice(), content, tracking=tracking)
    draft = create_draft(stage.account.id, plan, actor=SYSTEM)
    db.session.commit()
    assert words in as_alice.get(f"/accounts/{stage.account.id}/broadcasts/{draft.id}/review", headers=ENGLISH).text


def test_the_list_shows_what_a_review_has_counted(as_alice: CheckingClient, place: Account) -> None:
    friends.friend(place)
    draft = create_draft(place.id, BroadcastPlan("Tea", AudienceChoice(), texts("A")), actor=SYSTEM)
    db.session.commit()
    url = f"/accounts/{place.id}/broadcasts"
    estimate = lambda: re.findall(r'data-label="Estimated">(.*?)</td>', as_alice.get(url, headers=ENGLISH).text)  # noqa: E731
    assert estimate() == ["–"]
    as_alice.get(f"{url}/{draft.id}/review")
    assert estimate() == ["1"]
    friends.friend(place)
    as_alice.get(f"{url}/{draft.id}/review")
    assert estimate() == ["2"]
    # What one of two members has confirmed stays what they saw.
    draft = db.session.get_one(Broadcast, draft.id, populate_existing=True)
    assert draft.reviewed is not None and draft.version == 1
    draft.confirmed_at = now()
    db.session.commit()
    friends.friend(place)
    as_alice.get(f"{url}/{draft.id}/review")
    assert estimate() == ["2"]
