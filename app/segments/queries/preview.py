"""The live preview: what a definition that nobody has saved yet would come to, within the time of a keystroke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from app.core.db import db
from app.core.db.time_budget import Budget, OutOfTime
from app.friends.models import Friend
from app.segments.conditions.compiler import Compiled, compile_definition
from app.segments.conditions.definition import Definition
from app.segments.queries.counting import Numbers, count_alone, count_members
from app.segments.queries.members import Explanation, explain, members_page

FRIENDS_SHOWN = 10
# For the number and the friends; whoever has more friends than can be counted so fast has the number after saving.
SECONDS = 4.0
# For all of it, before the numbers beside the conditions are left to a second request.
AT_ONCE_SECONDS = 0.45
# For the numbers beside the conditions when they come by themselves.
LATER_SECONDS = 20.0
# The names of PostgreSQL's connections are no longer than 63 bytes.
_TAKE_OVER = text("""
    SELECT pg_cancel_backend(pid) FROM pg_stat_activity
    WHERE application_name = :name AND pid <> pg_backend_pid() AND state = 'active'
""")
_CALL = text("SELECT set_config('application_name', :name, true)")


@dataclass(frozen=True)
class Preview:
    """`numbers` None: there are too many friends to count them now. `alone` None: those numbers come later.

    `alone` has one number for each condition of each group; `findings` says of each friend which conditions hold.
    """

    definition: Definition
    numbers: Numbers | None
    friends: Sequence[Friend]
    findings: dict[int, Explanation]
    alone: Sequence[Sequence[int]] | None


def preview(definition: Definition, editor: str = "") -> Preview:
    """What the definition would come to; raises Superseded when a newer edit of the same `editor` came meanwhile."""
    take_over(editor)
    at_once, budget = Budget(AT_ONCE_SECONDS), Budget(SECONDS)
    compiled = compile_definition(definition)
    try:
        numbers: Numbers | None = budget.ask(lambda: count_members(compiled))
        friends = budget.ask(lambda: members_page(compiled, size=FRIENDS_SHOWN)).rows
        findings = budget.ask(lambda: explain(compiled, [friend.id for friend in friends]))
    except OutOfTime:
        return Preview(definition, None, [], {}, None)
    return Preview(definition, numbers, friends, findings, _alone(compiled, numbers, at_once))


def numbers_alone(definition: Definition, seconds: float, editor: str = "") -> Sequence[Sequence[int]] | None:
    """How many friends fit each condition alone, 0 for a wrong one; None when it takes longer. Raises Superseded."""
    take_over(editor)
    return _alone(compile_definition(definition), None, Budget(seconds))


def take_over(editor: str) -> None:
    """End what an earlier edit of the same editor is still having counted; nobody waits for it any more."""
    if not editor:
        return
    name = {"name": f"tomoru preview {editor}"}
    db.session.execute(_TAKE_OVER, name)
    db.session.execute(_CALL, name)


def _alone(compiled: Compiled, numbers: Numbers | None, budget: Budget) -> Sequence[Sequence[int]] | None:
    if numbers is not None and len(compiled.definition.conditions) == 1:
        return [[numbers.friends]]
    try:
        return budget.ask(lambda: count_alone(compiled))
    except OutOfTime:
        return None
