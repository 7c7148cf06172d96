"""What QR Codes hear from lower layers, and what they tell there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select

from app.core import usage
from app.core.characters import isolated
from app.core.db import db
from app.core.events import listen
from app.core.i18n import _, _l
from app.core.identifiers import row_number
from app.friends import facts, friend_sets, timeline
from app.friends.events import FriendAdded, FriendMessageReceived, FriendUnblocked
from app.friends.friend_sets import FriendSet, Listed
from app.friends.operations.friends import lock_friend_by_id
from app.friends.timeline import Line
from app.segments.conditions.definition import VERSION
from app.segments.queries.segments import segments_using_property
from app.team.permissions import Permission
from app.workflows.qr_codes.conditions import SCANNED_CODE
from app.workflows.qr_codes.models import QrCode, QrScan
from app.workflows.qr_codes.operations.scanning import ACTIVITY, Scan, record_friend_add, record_scan
from app.workflows.qr_codes.queries import code_known_as, codes_by_id, codes_with_message, codes_with_tag, who_scanned
from app.workflows.qr_codes.ways import code_in, opened_at

SET_KIND = "qr_code"
NUMBERS = ("scanned", "gained")


@listen(FriendMessageReceived)
def on_message(batch: Sequence[FriendMessageReceived]) -> None:
    """Take the text of a code for a scan; in a group it says nothing."""
    for said in batch:
        written = code_in(said.message.get("text")) if said.group_id is None else None
        code = code_known_as(written[0]) if written else None
        if written is None or code is None or code.account_id != said.account_id or code.archived_at is not None:
            continue
        friend = lock_friend_by_id(said.account_id, said.friend_id)
        key = f"event:{said.webhook_event_id or said.message.get('id')}"
        moment = opened_at(written[1], said.occurred_at)
        scan = Scan(key, moment, said.webhook_event_id, is_message=True, is_standby=said.is_standby)
        if friend is not None:
            record_scan(code, friend, scan)


@listen(FriendAdded)
def on_friend_add(batch: Sequence[FriendAdded]) -> None:
    _record_friend_adds(batch)


@listen(FriendUnblocked)
def on_unblock(batch: Sequence[FriendUnblocked]) -> None:
    _record_friend_adds(batch)


def _record_friend_adds(batch: Sequence[FriendAdded | FriendUnblocked]) -> None:
    scanned = who_scanned([said.friend_id for said in batch])
    for said in batch:
        if said.friend_id in scanned:
            record_friend_add(said)


def _usage(code: QrCode, *, holds: bool) -> usage.Usage:
    args = {"account_id": code.account_id, "code_id": code.id}
    return usage.Usage(_l("QR Code"), code.name, "qr_codes.show", args, Permission.WORKFLOWS, holds)


def _tag_usages(tag_id: int) -> Iterator[usage.Usage]:
    return (_usage(code, holds=False) for code in codes_with_tag(tag_id))


def _message_usages(message_id: int) -> Iterator[usage.Usage]:
    """Return the codes that send the message; one that is in use holds it."""
    return (_usage(code, holds=code.archived_at is None) for code in codes_with_message(message_id))


def _segment_usages(code_id: int) -> Iterator[usage.Usage]:
    """Return segments with a condition on the code."""
    code = db.session.get(QrCode, code_id)
    for segment in segments_using_property(code.account_id, SCANNED_CODE.name) if code else ():
        if code_id in _codes_asked_for(segment.definition):
            args = {"account_id": segment.account_id, "segment_id": segment.id}
            yield usage.Usage(_l("Segment"), segment.name, "segments.edit", args, Permission.SEGMENTS)


def _codes_asked_for(definition: Mapping[str, Any]) -> set[Any]:
    asked = [one for group in definition.get("groups", ()) for one in group.get("conditions", ())]
    return {value for one in asked if one.get("property") == SCANNED_CODE.name for value in one.get("values", ())}


def _find_set(account_id: int, key: str) -> FriendSet | None:
    """Return the people behind a number of a code, of a key such as "5-gained"."""
    written, _hyphen, kind = key.partition("-")
    number = row_number(written)
    codes = codes_by_id(account_id, [number]) if number is not None and kind in NUMBERS else []
    if not codes:
        return None
    people = select(QrScan.friend_id.label("friend_id")).where(QrScan.qr_code_id == codes[0].id)
    if kind == "gained":
        people = people.where(QrScan.gained_at.is_not(None))
    members = Listed(people.distinct())
    return FriendSet(_label(kind, codes[0].name), members, (Permission.WORKFLOWS,), _definition(kind, codes[0].id))


def _definition(kind: str, code_id: int) -> dict[str, Any] | None:
    """Return the conditions of those who scanned a code; no condition asks who came by it."""
    if kind == "gained":
        return None
    asked = {"property": SCANNED_CODE.name, "operator": "contains_any", "values": [code_id]}
    return {"version": VERSION, "groups": [{"conditions": [asked]}]}


def _label(kind: str, name: str) -> str:
    if kind == "gained":
        return _("Came by the QR Code “%(name)s”", name=name)
    return _("Scanned the QR Code “%(name)s”", name=name)


def _line(data: Mapping[str, Any]) -> Line:
    return Line("qrcode", _("Scanned a QR Code"), isolated(str(data.get("name", ""))))


def _came_by(account_id: int, friend_ids: Collection[int]) -> Select[Any]:
    """Select `friend_id` and the name of the code by which each of these friends of an account came."""
    columns: list[Any] = [QrScan.friend_id, QrCode.name.label("qr_code")]
    mine = QrCode.account_id == account_id, QrScan.friend_id.in_(friend_ids)
    query = select(*columns).join(QrCode, QrCode.id == QrScan.qr_code_id)
    return query.where(*mine, QrScan.gained_at.is_not(None))


timeline.register(ACTIVITY, _line)
friend_sets.register(SET_KIND, _find_set)
usage.register("qr_code", "segments", _segment_usages)
usage.register("tag", "qr_codes", _tag_usages)
usage.register("auto_message", "qr_codes", _message_usages)
facts.register(facts.FriendFacts("qr_code", (_l("Came by QR Code"),), _l("None"), _came_by))
