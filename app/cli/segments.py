"""`flask segments`: the segments of this installation, their numbers and friends, and why a friend is in one or not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy import select

from app.cli.accounts import find_account
from app.cli.console import Commands, fail, table
from app.core.db import db
from app.core.db.time_budget import OutOfTime, Superseded
from app.core.i18n import when
from app.core.identifiers import row_number
from app.friends.models import Friend
from app.friends.queries.export import friends_as_csv
from app.line.models import Account
from app.segments.conditions.compiler import compile_definition
from app.segments.conditions.definition import ConditionGroup, Definition
from app.segments.conditions.sentences import ConditionSentences
from app.segments.list_rows import problems_of
from app.segments.models import Segment
from app.segments.operations import counting
from app.segments.operations.segments import note_export
from app.segments.queries.members import NEWEST, Explanation, Membership, explain
from app.segments.queries.segments import all_segments, reading_of
from app.team.actors import SYSTEM

# As large as PostgreSQL's numbers get.
NUMBER = click.IntRange(1, 2**63 - 1)
segments = Commands("segments", help="Segments: saved sets of conditions on friends.")


@segments.command("list", examples=["flask segments list", "flask segments list @tomoru-coffee"])
@click.argument("account", required=False)
def show(account: str | None) -> None:
    """List the segments with their last known numbers, of all accounts or of ACCOUNT (number or basic ID)."""
    places = [find_account(account)] if account else db.session.scalars(select(Account).order_by(Account.id)).all()
    rows = [_row(place, segment) for place in places for segment in all_segments(place.id)]
    if not rows:
        fail("There are no segments yet.")
    table(("NUMBER", "ACCOUNT", "NAME", "FRIENDS", "REACHABLE", "COUNTED"), rows)


def _row(account: Account, segment: Segment) -> tuple[object, ...]:
    numbers = ("–" if number is None else f"{number:,}" for number in (segment.friends, segment.reachable))
    return segment.id, account.basic_id, segment.name, *numbers, when(segment.counted_at)


@segments.command("count", examples=["flask segments count 12"])
@click.argument("segment", type=NUMBER)
def count(segment: int) -> None:
    """Count the friends of SEGMENT (a number from `flask segments list`) now, and store the numbers."""
    found = _find(segment)
    try:
        numbers = counting.count(found)
    except (OutOfTime, Superseded):
        fail(f"{found.name} could not be counted: it took too long, and was given up.")
    db.session.commit()
    click.echo(
        f"{found.name}: {numbers.friends:,} friends, {numbers.reachable:,} reachable, {numbers.blocked:,} blocked."
    )
    _warn(found)


@segments.command("export", examples=["flask segments export 12 > vip.csv", "flask segments export 12 --to vip.csv"])
@click.argument("segment", type=NUMBER)
@click.option(
    "--to", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="A file instead of the screen."
)
def export(segment: int, to: Path | None) -> None:
    """Write the friends of SEGMENT as CSV, with the same columns as on the screen."""
    found = _find(segment)
    note_export(found, actor=SYSTEM)
    pieces = friends_as_csv(found.account_id, Membership(compile_definition(reading_of(found).definition)), NEWEST)
    db.session.commit()
    with click.open_file(str(to or "-"), "w", encoding="utf-8") as file:
        for piece in pieces:
            file.write(piece)
    _warn(found)


@segments.command(
    "explain",
    examples=["flask segments explain 12 345", "flask segments explain 12 U4af4980629c0c8a0dfb0d0c7c4a1b2c3"],
)
@click.argument("segment", type=NUMBER)
@click.argument("friend")
def explain_friend(segment: int, friend: str) -> None:
    """Say which filter conditions of SEGMENT let FRIEND in or keep them out, condition by condition.

    FRIEND is the number in the address of the friend's page, or a LINE user ID.
    """
    found = _find(segment)
    person = _find_friend(found.account_id, friend)
    definition = reading_of(found).definition
    findings = explain(compile_definition(definition), [person.id])[person.id]
    name = person.display_name or person.line_user_id
    click.echo(f"{name} is {'in' if findings.fits else 'not in'} the segment {found.name}.")
    words = ConditionSentences([definition])
    for number, group in enumerate(definition.groups):
        click.echo(f"\nFilter condition {number + 1}: {_effect(number, findings)}")
        _explain_group(definition, group, findings.groups[number], words)


def _effect(number: int, findings: Explanation) -> str:
    if findings.definition.groups[number].excludes:
        return "leaves them out" if findings.holds(number) else "does not leave them out"
    return "lets them in" if findings.holds(number) else "keeps them out"


def _explain_group(
    definition: Definition, group: ConditionGroup, held: Sequence[bool], words: ConditionSentences
) -> None:
    for condition, holds in zip(group.conditions, held, strict=True):
        sentence = words.condition(definition, condition)
        problem = f" ({condition.problem})" if condition.problem and str(condition.problem) != sentence else ""
        click.echo(f"  {'yes' if holds else 'no ':3}  {sentence}{problem}")


def _find(number: int) -> Segment:
    found = db.session.get(Segment, number)
    if found is None:
        fail(f"There is no segment {number}. See: flask segments list")
    return found


def _find_friend(account_id: int, wanted: str) -> Friend:
    number = row_number(wanted)
    same = Friend.id == number if number is not None else Friend.line_user_id == wanted
    person = db.session.scalar(select(Friend).where(Friend.account_id == account_id, same))
    if person is None:
        fail(f"The segment's account has no friend “{wanted}”.")
    return person


def _warn(segment: Segment) -> None:
    """Print problems to stderr, so that CSV on stdout stays clean."""
    for problem in problems_of(reading_of(segment)):
        click.echo(f"Needs attention: {problem} Conditions with this problem match no friends.", err=True)
