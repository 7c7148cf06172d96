"""The history of a segment in words: what each version says, and what it changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.i18n import _
from app.core.pages import FIRST_PAGE, Page, PagePosition
from app.segments.conditions.definition import Condition, Definition, parse_definitions
from app.segments.conditions.properties import catalogue
from app.segments.conditions.sentences import ConditionSentences
from app.segments.models import Segment, SegmentVersion
from app.segments.queries.segments import version_before, versions_page
from app.team.queries import names_of

# Whether its group leaves friends out, and the condition.
Placed = tuple[bool, Condition]


@dataclass(frozen=True)
class DefinitionDiff:
    """What a version changed; `is_rearranged`: the same conditions in other groups or in another order."""

    name_before: str | None
    added: Sequence[str]
    removed: Sequence[str]
    is_rearranged: bool


@dataclass(frozen=True)
class Change:
    """A version and how it differs from the one before it, which the first does not have."""

    version: SegmentVersion
    summary: str
    saved_by: str | None
    is_present: bool
    difference: DefinitionDiff | None


def history_of(segment: Segment, place: PagePosition = FIRST_PAGE, *, oldest: bool = False) -> Page[Change]:
    """Return one page of the changes of the segment, the newest or the oldest first."""
    page = versions_page(segment.id, place, oldest=oldest)
    changes = _changes(segment, sorted(page.rows, key=lambda one: one.number, reverse=True))
    return Page(changes[::-1] if oldest else changes, page.next, page.previous, page.at)


def _changes(segment: Segment, shown: Sequence[SegmentVersion]) -> list[Change]:
    """Return what these versions in a row changed, the newest first."""
    first = version_before(segment.id, shown[-1].number) if shown else None
    found = [*shown, *([first] if first else [])]
    known = catalogue(segment.account_id)
    readings = parse_definitions([one.definition for one in found], known)
    definitions = {one.id: reading.definition for one, reading in zip(found, readings, strict=True)}
    words, members = ConditionSentences(definitions.values()), names_of([one.member_id for one in found])
    changes = [
        Change(
            version=one,
            summary=words.summary(definitions[one.id]),
            saved_by=members.get(one.member_id) if one.member_id else None,
            is_present=one.number == segment.version,
            difference=_difference(before, one, definitions, words) if before else None,
        )
        for one, before in zip(found, [*found[1:], None], strict=True)
    ]
    return changes[: len(shown)]


def _difference(
    before: SegmentVersion, after: SegmentVersion, definitions: dict[int, Definition], words: ConditionSentences
) -> DefinitionDiff:
    old, new = definitions[before.id], definitions[after.id]
    added, removed = _missing(new, old), _missing(old, new)
    return DefinitionDiff(
        name_before=before.name if before.name != after.name else None,
        added=[_words(new, one, words) for one in added],
        removed=[_words(old, one, words) for one in removed],
        is_rearranged=not (added or removed) and before.definition != after.definition,
    )


def _words(definition: Definition, placed: Placed, words: ConditionSentences) -> str:
    excludes, condition = placed
    sentence = words.condition(definition, condition)
    return _("but not: %(condition)s", condition=sentence) if excludes else sentence


def _missing(these: Definition, those: Definition) -> list[Placed]:
    """Return conditions of the first list that the second does not have, or not as often, in a group of the kind."""
    left = Counter((excludes, one.key) for excludes, one in _placed(those))
    found = []
    for excludes, one in _placed(these):
        if left[excludes, one.key]:
            left[excludes, one.key] -= 1
        else:
            found.append((excludes, one))
    return found


def _placed(definition: Definition) -> list[Placed]:
    return [(group.excludes, one) for group in definition.groups for one in group.conditions]
