"""Create, change, copy, move, restore and delete segments. Every change of name or definition is a version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.events import announce
from app.core.i18n import _, _l, listed
from app.core.names import LONGEST_NAME, clean_name
from app.core.usage import usages_of
from app.folders.queries import get_folder, lock_filed
from app.segments.conditions.definition import Definition, ParsedDefinition, parse_definition
from app.segments.conditions.properties import catalogue
from app.segments.events import SegmentSaved
from app.segments.kind import SEGMENTS
from app.segments.models import Segment, SegmentVersion
from app.segments.operations.counting import count_later
from app.segments.queries.segments import deletion_of, get_segment, get_version
from app.team import audit
from app.team.actors import Actor
from app.team.models import AuditEntry
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "segment.created": _l("created the segment %(target)s"),
        "segment.changed": _l("changed the segment %(target)s"),
        "segment.restored": _l("brought version %(number)s of the segment %(target)s back"),
        "segment.copied": _l("copied the segment %(source)s to %(target)s"),
        "segment.moved": _l("moved the segment %(target)s to the folder %(folder)s"),
        "segment.moved_out": _l("took the segment %(target)s out of its folder"),
        "segment.deleted": _l("deleted the segment %(target)s"),
        "segment.exported": _l("exported the friends of the segment %(target)s as CSV"),
    },
    {"segment": _l("Segment")},
)


class DeletedMeanwhile(NotFound):
    """A member has deleted the segment since the form was opened; `deletion` says who and when."""

    def __init__(self, deletion: AuditEntry) -> None:
        super().__init__()
        self.deletion = deletion


class ChangedMeanwhile(Conflict):
    """Another member has saved the segment since the form was opened; `segment` is what is stored now."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(_("Another member has changed this segment."))
        self.segment = segment


@operation(Permission.SEGMENTS)
def create_segment(account_id: int, name: str, raw: Any, *, folder_id: int | None = None, actor: Actor) -> Segment:
    """Make a segment of a definition, as JSON or read already.

    Raises InvalidInput(name, definition), NotFound for the folder.
    """
    cleaned, definition = _checked(account_id, name, raw)
    segment = Segment(account_id=account_id, name=cleaned, definition=definition.as_json(), updated_by=actor.member_id)
    segment.folder_id = get_folder(account_id, SEGMENTS, folder_id).id if folder_id else None
    db.session.add(segment)
    db.session.flush()
    _remember(segment, actor)
    audit.record(actor, "segment.created", target=segment, account_id=account_id)
    return segment


@operation(Permission.SEGMENTS)
def change_segment(account_id: int, segment_id: int, name: str, raw: Any, *, seen: int, actor: Actor) -> Segment:
    """Save another name or definition, as JSON or read already, over the version that was `seen`.

    Raises InvalidInput(name, definition), ChangedMeanwhile, DeletedMeanwhile, NotFound. What does not change anything
    is no version.
    """
    segment = still_there(account_id, segment_id, for_update=True)
    if segment.version != seen:
        raise ChangedMeanwhile(segment)
    cleaned, definition = _checked(account_id, name, raw)
    if (cleaned, definition.as_json()) != (segment.name, segment.definition):
        _save(segment, cleaned, definition.as_json(), actor)
        audit.record(actor, "segment.changed", target=segment, account_id=account_id, version=segment.version)
    return segment


@operation(Permission.SEGMENTS)
def restore_version(account_id: int, segment_id: int, number: int, *, actor: Actor) -> Segment:
    """Make an earlier version the present one, as a new version; what it looked at may be gone, and is then flagged.

    Raises NotFound.
    """
    segment = lock_filed(account_id, Segment, segment_id)
    version = get_version(segment_id, number)
    if (version.name, version.definition) != (segment.name, segment.definition):
        _save(segment, version.name, version.definition, actor, restored=number)
        audit.record(actor, "segment.restored", target=segment, account_id=account_id, number=number)
    return segment


@operation(Permission.SEGMENTS)
def copy_segment(account_id: int, segment_id: int, *, actor: Actor) -> Segment:
    """Make a second segment with the same conditions, in the same folder; raises NotFound."""
    source = get_segment(account_id, segment_id)
    ending = _(" (copy)")
    copy = Segment(
        account_id=account_id,
        folder_id=source.folder_id,
        name=source.name[: LONGEST_NAME - len(ending)] + ending,
        definition=source.definition,
        updated_by=actor.member_id,
    )
    db.session.add(copy)
    db.session.flush()
    _remember(copy, actor)
    audit.record(actor, "segment.copied", target=copy, account_id=account_id, source=source.name)
    return copy


@operation(Permission.SEGMENTS)
def delete_segment(account_id: int, segment_id: int, *, actor: Actor) -> None:
    """Delete a segment with its history; raises NotFound, and Conflict while something holds it."""
    segment = lock_filed(account_id, Segment, segment_id)
    holding = [f"{usage.kind}: {usage.name}" for usage in usages_of("segment", segment.id, actor) if usage.holds]
    if holding:
        raise Conflict(_("This segment cannot be deleted while it is used by: %(names)s", names=listed(holding)))
    audit.record(actor, "segment.deleted", target=segment, account_id=account_id)
    db.session.delete(segment)


@operation(Permission.EXPORT)
def note_export(segment: Segment, *, actor: Actor) -> None:
    """Record who exported the segment's friends."""
    audit.record(actor, "segment.exported", target=segment, account_id=segment.account_id)


def _checked(account_id: int, name: str, raw: Any) -> tuple[str, Definition]:
    """Check name and definition together, so that all complaints are raised at once."""
    wrong: dict[str, Any] = {}
    cleaned = ""
    try:
        cleaned = clean_name(name)
    except InvalidInput as refusal:
        wrong.update(refusal.fields)
    reading = raw if isinstance(raw, ParsedDefinition) else parse_definition(raw, catalogue(account_id))
    if not reading.is_sound:
        wrong["definition"] = "\n".join(str(complaint) for complaint in reading.complaints)
    if wrong:
        raise InvalidInput(wrong)
    return cleaned, reading.definition


def still_there(account_id: int, segment_id: int, *, for_update: bool = False) -> Segment:
    """Return the segment a member has open; raises DeletedMeanwhile, and NotFound when the account never had it."""
    try:
        return lock_filed(account_id, Segment, segment_id) if for_update else get_segment(account_id, segment_id)
    except NotFound:
        if (deletion := deletion_of(account_id, segment_id)) is not None:
            raise DeletedMeanwhile(deletion) from None
        raise


def _save(
    segment: Segment, name: str, definition: Mapping[str, Any], actor: Actor, *, restored: int | None = None
) -> None:
    segment.name, segment.definition = name, dict(definition)
    segment.version += 1
    segment.updated_at, segment.updated_by = now(), actor.member_id
    db.session.flush()
    _remember(segment, actor, restored)


def _remember(segment: Segment, actor: Actor, restored: int | None = None) -> None:
    """Store a version for the history, order a new count, and announce what was stored."""
    db.session.add(
        SegmentVersion(
            segment_id=segment.id,
            number=segment.version,
            name=segment.name,
            definition=segment.definition,
            restored=restored,
            member_id=actor.member_id,
        )
    )
    forget = {"friends": None, "reachable": None, "blocked": None, "counted_at": None, "count_given_up_at": None}
    db.session.execute(update(Segment).where(Segment.id == segment.id).values(**forget))
    count_later([segment])
    asked = frozenset(one["property"] for group in segment.definition["groups"] for one in group["conditions"])
    announce(SegmentSaved(account_id=segment.account_id, segment_id=segment.id, properties=asked))
