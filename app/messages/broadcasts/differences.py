"""What changed about the audience between the review and the beginning, in words."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.i18n import ngettext
from app.messages.broadcasts.models import Broadcast
from app.messages.broadcasts.reviewed import expected


@dataclass(frozen=True)
class AudienceChange:
    """People at the review and at the beginning, and sentences that say where the difference comes from."""

    reviewed: int
    frozen: int
    why: list[str]


def audience_change(broadcast: Broadcast) -> AudienceChange | None:
    """Return the change of a broadcast that has begun; None where it was not reviewed or has not begun."""
    before, after = broadcast.reviewed, broadcast.frozen
    if before is None or after is None:
        return None
    blocked, friends = (int(after[name]) - int(before[name]) for name in ("blocked", "friends"))
    capped = int((after.get("capped") or {}).get("people", 0)) - int(before.get("capped", 0))
    parts = [
        (blocked, ngettext("%(num)s more is blocked", "%(num)s more are blocked", blocked)),
        (-blocked, ngettext("%(num)s fewer is blocked", "%(num)s fewer are blocked", -blocked)),
        (friends, ngettext("%(num)s has joined the audience", "%(num)s have joined the audience", friends)),
        (-friends, ngettext("%(num)s has left the audience", "%(num)s have left the audience", -friends)),
        (
            capped,
            ngettext(
                "%(num)s more is left out by the frequency cap",
                "%(num)s more are left out by the frequency cap",
                capped,
            ),
        ),
    ]
    why = [words for number, words in parts if number > 0]
    return AudienceChange(expected(before), int(after["reachable"]), why)
