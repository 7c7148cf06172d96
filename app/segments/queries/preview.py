"""The live preview: what a definition that is not saved yet would come to, within the time of a keystroke.

The first answer has the newest friends, and numbers that are exact where counting is quick and else estimated from a
sample. A second request then brings the exact ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import text

from app.core.db import db
from app.core.db.time_budget import Budget, OutOfTime
from app.friends.models import Friend
from app.segments.conditions.compiler import Compiled, compile_definition
from app.segments.conditions.definition import Definition
from app.segments.queries.counting import Numbers, count_alone, count_members, needs_walk
from app.segments.queries.estimate import Amount, Sample, estimate
from app.segments.queries.members import Explanation, explain, members_page

FRIENDS_SHOWN = 10
# For all of the first answer, and within it for the friends that it shows and for the sample.
FIRST_SECONDS, FRIENDS_SECONDS, SAMPLE_SECONDS = 0.36, 0.12, 0.18
# For the exact numbers, when they come by themselves.
EXACT_SECONDS = 20.0
# Counting all friends in one walk is about so many times quicker than looking at each as the sample does.
WALK_SPEEDUP = 8
# The names of PostgreSQL's connections are no longer than 63 bytes.
_TAKE_OVER = text("""
    SELECT pg_cancel_backend(pid) FROM pg_stat_activity
    WHERE application_name = :name AND pid <> pg_backend_pid() AND state = 'active'
""")
_CALL = text("SELECT set_config('application_name', :name, true)")
Found = TypeVar("Found")
Alone = Sequence[Sequence[Amount]]


@dataclass(frozen=True)
class Figures:
    """Friends who fit; those of them who follow and can be reached, and those who have blocked the account."""

    friends: Amount
    reachable: Amount
    blocked: Amount

    @property
    def is_exact(self) -> bool:
        """Whether all three were counted."""
        return self.friends.is_exact and self.reachable.is_exact and self.blocked.is_exact


@dataclass(frozen=True)
class Counted:
    """`numbers` of who fits, and `alone` one number for each condition of each group; None: not known in the time."""

    numbers: Figures | None = None
    alone: Alone | None = None

    @property
    def is_exact(self) -> bool:
        """Whether nothing is missing and nothing estimated."""
        if self.numbers is None or self.alone is None:
            return False
        return self.numbers.is_exact and all(one.is_exact for group in self.alone for one in group)


@dataclass(frozen=True)
class Preview:
    """`friends` are the newest who fit, or only some of them; `findings` says of each which conditions hold."""

    definition: Definition
    counted: Counted
    friends: Sequence[Friend]
    findings: dict[int, Explanation]
    are_newest: bool = True

    @property
    def lacks_friends(self) -> bool:
        """Return whether there are none to show because finding them took too long."""
        numbers = self.counted.numbers
        are_none = numbers is not None and numbers.friends.is_exact and not numbers.friends.number
        return not (self.are_newest or self.friends or are_none)


def preview(definition: Definition, editor: str = "", *, shows_friends: bool = True) -> Preview:
    """What the definition would come to; raises Superseded when a newer edit of the same `editor` has come.

    Without `shows_friends` it says how many, and not who.
    """
    take_over(editor)
    budget, compiled = Budget(FIRST_SECONDS), compile_definition(definition)
    newest = _in_time(Budget(min(FRIENDS_SECONDS, budget.left)), lambda: _newest(compiled)) if shows_friends else []
    sample = estimate(compiled, Budget(min(SAMPLE_SECONDS, budget.left)))
    counted = _count(compiled, sample, budget)
    friends = newest if newest is not None else _some(compiled, sample)
    findings = explain(compiled, [friend.id for friend in friends])
    return Preview(definition, counted, friends, findings, newest is not None)


def late_preview(definition: Definition, editor: str = "", *, shows_friends: bool = True) -> Preview:
    """What the second request has where the first found no friends in its time; raises Superseded."""
    take_over(editor)
    compiled = compile_definition(definition)
    newest = _in_time(Budget(EXACT_SECONDS), lambda: _newest(compiled)) if shows_friends else []
    sample = estimate(compiled, Budget(SAMPLE_SECONDS))
    counted = _count(compiled, sample, Budget(EXACT_SECONDS))
    friends = newest if newest is not None else _some(compiled, sample)
    findings = explain(compiled, [friend.id for friend in friends])
    return Preview(definition, counted, friends, findings, newest is not None)


def first_numbers(definition: Definition, editor: str = "") -> Counted:
    """The numbers of an incomplete definition as the first answer has them: those of conditions that are complete."""
    take_over(editor)
    compiled, budget = compile_definition(definition), Budget(FIRST_SECONDS)
    return _count(compiled, estimate(compiled, Budget(SAMPLE_SECONDS)), budget)


def exact_numbers(definition: Definition, editor: str = "") -> Counted:
    """What the second request has: exact numbers, or estimates of what cannot be counted in its time.

    Raises Superseded.
    """
    take_over(editor)
    compiled = compile_definition(definition)
    return _count(compiled, estimate(compiled, Budget(SAMPLE_SECONDS)), Budget(EXACT_SECONDS))


def take_over(editor: str) -> None:
    """Cancel the count that an earlier edit in the same editor started."""
    if not editor:
        return
    name = {"name": f"tomoru preview {editor}"}
    db.session.execute(_TAKE_OVER, name)
    db.session.execute(_CALL, name)


def _newest(compiled: Compiled) -> Sequence[Friend]:
    return members_page(compiled, size=FRIENDS_SHOWN).rows


def _some(compiled: Compiled, sample: Sample | None) -> Sequence[Friend]:
    """Friends whom the sample came across."""
    ids = sample.some[:FRIENDS_SHOWN] if sample else []
    found = [friend for friend_id in ids if (friend := db.session.get(Friend, friend_id)) is not None]
    return [friend for friend in found if friend.account_id == compiled.scope.account_id]


def _count(compiled: Compiled, sample: Sample | None, budget: Budget) -> Counted:
    """The sample's numbers, and exact ones in their place as far as the time allows."""
    counted = _estimated(compiled, sample) if sample else Counted()
    if sample and _is_hopeless(compiled, sample, budget):
        return counted
    numbers = _in_time(budget, lambda: count_members(compiled))
    if numbers is None:
        return counted
    counted = replace(counted, numbers=_exactly(numbers))
    if len(compiled.definition.conditions) == 1:
        return replace(counted, alone=[[Amount(numbers.friends)]])
    alone = _in_time(budget, lambda: count_alone(compiled))
    return counted if alone is None else replace(counted, alone=[[Amount(one) for one in group] for group in alone])


def _is_hopeless(compiled: Compiled, sample: Sample, budget: Budget) -> bool:
    """Whether counting has to read all friends, and they are by far too many for the time that is left."""
    return sample.seconds > WALK_SPEEDUP * budget.left and bool(_in_time(budget, lambda: needs_walk(compiled)))


def _estimated(compiled: Compiled, sample: Sample) -> Counted:
    groups = compiled.definition.groups
    return Counted(Figures(*sample.members), [[sample.alone[one.key] for one in group.conditions] for group in groups])


def _exactly(numbers: Numbers) -> Figures:
    return Figures(Amount(numbers.friends), Amount(numbers.reachable), Amount(numbers.blocked))


def _in_time(budget: Budget, question: Callable[[], Found]) -> Found | None:
    try:
        return budget.ask(question)
    except OutOfTime:
        return None
