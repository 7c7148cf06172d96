"""`flask segments`: listed, counted, exported and explained on the terminal."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.segments.operations import counting
from app.team.models import AuditEntry
from tests.cli.conftest import Flasks
from tests.factories import line
from tests.factories.friends import friend, tag
from tests.factories.segments import condition, definition, excluding, segment


def test_the_list_shows_the_last_numbers(flask: Flasks) -> None:
    shop, other = line.account(), line.account()
    one = segment(shop, "常連", friends=1200, reachable=1100, blocked=100, counted_at=now())
    two = segment(other, "New")
    result = flask("segments", "list")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].split() == ["NUMBER", "ACCOUNT", "NAME", "FRIENDS", "REACHABLE", "COUNTED"]
    assert lines[1].split()[:5] == [str(one.id), shop.basic_id, "常連", "1,200", "1,100"]
    assert lines[2].split() == [str(two.id), other.basic_id, "New", "–", "–", "–"]
    assert "New" not in flask("segments", "list", shop.basic_id).output


def test_an_empty_list_says_so(flask: Flasks) -> None:
    result = flask("segments", "list")
    assert (result.exit_code, result.output) == (1, "Error: There are no segments yet.\n")


def test_counting_stores_the_numbers(flask: Flasks) -> None:
    shop = line.account()
    friend(shop), friend(shop, follow_status="blocked")
    one = segment(shop, "All", definition([condition("line.display_name", "known")]))
    result = flask("segments", "count", str(one.id))
    assert (result.exit_code, result.output) == (0, "All: 2 friends, 1 reachable, 1 blocked.\n")
    assert (one.friends, one.reachable, one.blocked) == (2, 1, 1) and one.counted_at is not None


def test_a_count_that_takes_too_long_is_said_to_be_given_up(flask: Flasks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_SECONDS", 0)
    one = segment(line.account(), "Slow")
    result = flask("segments", "count", str(one.id))
    assert (result.exit_code, result.output) == (
        1,
        "Error: Slow could not be counted: it took too long, and was given up.\n",
    )


def test_numbers_that_are_too_large_for_anything_are_refused_in_words(flask: Flasks) -> None:
    one, huge = segment(line.account()), "9" * 30
    assert "is not in the range" in flask("segments", "count", huge).output
    assert f"has no friend “{huge}”" in flask("segments", "explain", str(one.id), huge).output


def test_a_segment_with_a_problem_is_counted_with_a_warning(flask: Flasks) -> None:
    shop = line.account()
    friend(shop)
    one = segment(shop, "Old", definition([condition("attributes.size", "unknown")]))
    result = flask("segments", "count", str(one.id))
    assert result.stdout == "Old: 0 friends, 0 reachable, 0 blocked.\n"
    assert "Needs attention: This attribute was deleted." in result.stderr


def test_the_export_is_the_file_of_the_screen(flask: Flasks, tmp_path: Path) -> None:
    shop = line.account()
    friend(shop, display_name="花子"), friend(shop, display_name="gone", follow_status="blocked")
    one = segment(shop)
    printed = flask("segments", "export", str(one.id)).stdout
    rows = csv.DictReader(io.StringIO(printed.removeprefix("\ufeff")))
    assert [row["Display name"] for row in rows] == ["花子"]

    assert flask("segments", "export", str(one.id), "--to", str(tmp_path / "vip.csv")).stdout == ""
    assert (tmp_path / "vip.csv").read_bytes().decode().replace("\r\n", "\n") == printed.replace("\r\n", "\n")
    entries = db.session.scalars(select(AuditEntry)).all()
    assert [(entry.action, entry.member_id) for entry in entries] == [("segment.exported", None)] * 2


def test_explaining_goes_through_every_condition(flask: Flasks) -> None:
    shop = line.account()
    vip = tag(shop, "VIP")
    person = friend(shop, (vip,), display_name="Hanako", language="ja")
    tagged, speaks = condition("tag", "contains_any", vip.id), condition("line.language", "any_of", "en")
    one = segment(shop, "Good", definition([tagged, speaks], [tagged], [condition("attributes.gone", "known")]))
    for wanted in (str(person.id), person.line_user_id):
        assert flask("segments", "explain", str(one.id), wanted).output.splitlines() == [
            "Hanako is in the segment Good.",
            "",
            "Filter condition 1: keeps them out",
            "  yes  Tag contains VIP",
            "  no   Language is English",
            "",
            "Filter condition 2: lets them in",
            "  yes  Tag contains VIP",
            "",
            "Filter condition 3: keeps them out",
            "  no   This attribute was deleted. Remove it or choose another property.",
        ]
    others = segment(shop, "Others", excluding(definition([condition("line.language", "any_of", "ja")]), [tagged]))
    assert flask("segments", "explain", str(others.id), str(person.id)).output.splitlines() == [
        "Hanako is not in the segment Others.",
        "",
        "Filter condition 1: lets them in",
        "  yes  Language is Japanese",
        "",
        "Filter condition 2: leaves them out",
        "  yes  Tag contains VIP",
    ]
    stranger = friend(shop, display_name="Jo", language="ja")
    assert flask("segments", "explain", str(one.id), str(stranger.id)).output.startswith("Jo is not in the segment")


@pytest.mark.parametrize("command", ["count", "export", "explain"])
def test_what_there_is_not_is_named(flask: Flasks, command: str) -> None:
    rest = ["1"] if command == "explain" else []
    result = flask("segments", command, "4711", *rest)
    assert (result.exit_code, result.output) == (1, "Error: There is no segment 4711. See: flask segments list\n")


def test_a_friend_of_another_account_is_not_explained(flask: Flasks) -> None:
    one, stranger = segment(line.account()), friend(line.account())
    for wanted in (str(stranger.id), stranger.line_user_id):
        result = flask("segments", "explain", str(one.id), wanted)
        assert result.exit_code == 1 and f"The segment's account has no friend “{wanted}”." in result.output
