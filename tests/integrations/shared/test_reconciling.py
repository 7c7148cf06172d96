"""The newer value of a field stays on both sides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.integrations.shared.reconciling import Agreement, FieldAction, Resolution, Side, needs_times, resolve

EARLY = datetime(2026, 11, 1, 9, tzinfo=UTC)
LATE = EARLY + timedelta(milliseconds=1)
BEFORE = Agreement("a")


@pytest.mark.parametrize(
    ("local", "remote", "agreed", "action", "is_conflict"),
    [
        (Side("a"), Side("a"), BEFORE, FieldAction.SAME, False),
        (Side(None), Side(""), None, FieldAction.SAME, False),
        # One side changed.
        (Side("b", EARLY), Side("a", LATE), BEFORE, FieldAction.PUSH, False),
        (Side("a", LATE), Side("b", EARLY), BEFORE, FieldAction.PULL, False),
        # Emptied is changed.
        (Side(None, EARLY), Side("a", LATE), BEFORE, FieldAction.PUSH, False),
        (Side("a", LATE), Side("", EARLY), BEFORE, FieldAction.PULL, False),
        # Both changed: the newer one, and the service's at the same time.
        (Side("b", LATE), Side("c", EARLY), BEFORE, FieldAction.PUSH, True),
        (Side("b", EARLY), Side("c", LATE), BEFORE, FieldAction.PULL, True),
        (Side("b", EARLY), Side("c", EARLY), BEFORE, FieldAction.PULL, True),
        (Side("b", EARLY), Side(None, LATE), BEFORE, FieldAction.PULL, True),
        # What we wrote there ourselves is no change of theirs, however late it arrived.
        (Side("b", EARLY), Side("c", LATE, is_own=True), BEFORE, FieldAction.PUSH, False),
        # Compared for the first time: what was never set gives way to what is there.
        (Side(None), Side("c", EARLY), None, FieldAction.PULL, False),
        (Side("b", EARLY), Side(None), None, FieldAction.PUSH, False),
        (Side("b"), Side("c", EARLY), None, FieldAction.PULL, False),
        (Side("b", EARLY), Side("c"), None, FieldAction.PUSH, False),
        (Side("b", LATE), Side("c", EARLY), None, FieldAction.PUSH, True),
        (Side("b", EARLY), Side("c", LATE), None, FieldAction.PULL, True),
        (Side(None, LATE), Side("c", EARLY), None, FieldAction.PUSH, True),
    ],
)
def test_the_newer_value_stays(
    local: Side, remote: Side, agreed: Agreement | None, action: FieldAction, is_conflict: bool
) -> None:
    assert resolve(local, remote, agreed) == Resolution(action, is_conflict)


@pytest.mark.parametrize(
    ("local", "remote", "agreed", "needed"),
    [
        (Side("a"), "a", None, False),
        (Side(None, LATE), "", BEFORE, False),
        (Side("b", LATE), "a", BEFORE, False),
        (Side("a", LATE), None, BEFORE, False),
        (Side("b", LATE), "c", BEFORE, True),
        # For the first time.
        (Side("b", LATE), "c", None, True),
        (Side(None, LATE), "c", None, True),
        (Side(None), "c", None, False),
        (Side("b", LATE), "", None, False),
    ],
)
def test_history_is_read_only_where_both_sides_differ_from_before(
    local: Side, remote: str | None, agreed: Agreement | None, needed: bool
) -> None:
    assert needs_times(local, remote, agreed) is needed
