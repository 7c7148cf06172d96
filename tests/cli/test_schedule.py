"""`flask schedule list` and the process `flask scheduler`."""

from __future__ import annotations

from app.schedule import SCHEDULE
from tests.cli.conftest import Flasks


def test_everything_that_happens_by_itself_is_listed(flask: Flasks) -> None:
    lines = flask("schedule", "list").stdout.splitlines()
    assert len(lines) == len(SCHEDULE) + 1
    assert any(line.startswith("core.due.sweep") and " 3 s " in line for line in lines)
    assert any(line.startswith("team.prune") and " 1 h " in line for line in lines)
