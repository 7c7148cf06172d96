"""The line of a segment's friends over the days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest

from app.core.db import db
from app.core.i18n import today
from app.line.models import Account
from app.segments.chart import HEIGHT, WIDTH, chart_of
from app.segments.models import Segment, SegmentCount
from tests.factories.segments import segment
from tests.segments.test_list_pages import url
from tests.support.client import CheckingClient


def counted(one: Segment, *days: tuple[int, int, int]) -> list[SegmentCount]:
    """Stored numbers of (days ago, version, friends)."""
    rows = [
        SegmentCount(
            segment_id=one.id, day=today() - timedelta(days=ago), version=version, friends=friends, reachable=friends
        )
        for ago, version, friends in days
    ]
    db.session.add_all(rows)
    db.session.commit()
    return rows


def chart_on(browser: CheckingClient, place: Account, one: Segment) -> str:
    page = browser.get(url(place, f"/{one.id}")).text
    return page.partition('id="segment-chart"')[2].partition("</section>")[0]


@pytest.mark.parametrize("days", [(), ((0, 1, 5),), ((100, 1, 5), (0, 1, 6))])
def test_a_line_needs_two_days_of_the_last_ninety(
    place: Account, as_alice: CheckingClient, days: Sequence[tuple[int, int, int]]
) -> None:
    one = segment(place)
    counted(one, *days)
    shown = chart_on(as_alice, place, one)
    assert "With the second day a line stands here." in shown and "<svg" not in shown


def test_the_line_goes_through_the_numbers(place: Account, as_alice: CheckingClient) -> None:
    one = segment(place)
    counted(one, (10, 1, 1_000), (5, 1, 3_000), (0, 1, 2_000))
    shown = chart_on(as_alice, place, one)
    points = re.search('<polyline class="segment-chart-line" points="([^"]+)"', shown)
    assert points and points.group(1) == f"4,{HEIGHT - 4} {WIDTH // 2},4 {WIDTH - 4},{HEIGHT // 2}"
    assert "1,000 friends more than on" in shown and ">3,000<" in shown and "segment-chart-change" not in shown
    assert shown.count('<th scope="row"') == 3


@pytest.mark.parametrize(("last", "words"), [(9, "1 friend fewer than on"), (10, "As many friends as on")])
def test_the_change_is_said_in_words(place: Account, as_alice: CheckingClient, last: int, words: str) -> None:
    one = segment(place)
    counted(one, (1, 1, 10), (0, 1, last))
    assert words in chart_on(as_alice, place, one)


def test_a_line_that_does_not_move_runs_through_the_middle(place: Account) -> None:
    chart = chart_of(counted(segment(place), (1, 1, 7), (0, 1, 7)))
    assert chart and {y for _x, y in chart.points} == {HEIGHT / 2}


def test_other_conditions_are_marked(place: Account, as_alice: CheckingClient) -> None:
    one = segment(place)
    counted(one, (2, 1, 10), (1, 2, 20), (0, 2, 30))
    shown = chart_on(as_alice, place, one)
    assert shown.count('class="segment-chart-change"') == 1 and f'x1="{WIDTH / 2}"' in shown
    assert "The conditions were changed where a dashed line stands." in shown
