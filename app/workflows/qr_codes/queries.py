"""Reads of QR Codes: lists, what they add, their numbers, and the people behind these."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, collate, distinct, func, or_, select

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import Text as Label
from app.core.i18n import _l
from app.core.pages import Order, Page, PagePosition, by_name, by_time, page_by_key, placed
from app.messages.auto.models import AutoMessage
from app.team.actors import Actor
from app.workflows.engine.happenings import QR_CODE_SCANNED
from app.workflows.models import Workflow, WorkflowTrigger
from app.workflows.qr_codes.models import QrCode, QrCodeTag, QrScan
from app.workflows.queries.choices import answers_for, has_step, known_to, workflow_choices

PAGE_SIZE = 50
ORDERS = {
    order.name: order
    for order in (
        Order("name", _l("By name"), "name_key", "name_key", by_name),
        Order("name_down", _l("By name, backwards"), "name_key", "name_key", by_name, descending=True),
        Order("updated", _l("Last updated first"), "updated_at", "updated_at", by_time, descending=True),
        Order("earliest", _l("Last updated last"), "updated_at", "updated_at", by_time),
    )
}


@dataclass(frozen=True)
class ScanNumbers:
    """What came of a code; people are counted once, however often they scanned it."""

    scans: int = 0
    people: int = 0
    gained: int = 0
    last_at: datetime | None = None


def get_code(account_id: int, code_id: int, *, for_update: bool = False) -> QrCode:
    """Return the account's code; raises NotFound."""
    query = select(QrCode).where(QrCode.account_id == account_id, QrCode.id == code_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def code_known_as(code: str) -> QrCode | None:
    """Return the code of any account that this part of an address, or of a text, names."""
    return db.session.scalar(select(QrCode).where(QrCode.code == code))


def codes_page(account_id: int, search: str, order: Order, place: PagePosition, *, is_archived: bool) -> Page[QrCode]:
    """Return one page of the codes whose name holds this text; raises InvalidInput for an invented key."""
    name_key = collate(func.search_fold(QrCode.name, type_=Text), "C").label("name_key")
    state = QrCode.archived_at.is_not(None) if is_archived else QrCode.archived_at.is_(None)
    mine = select(QrCode.id, QrCode.updated_at, name_key).where(QrCode.account_id == account_id, state)
    folded = func.search_fold(search.strip(), type_=Text)
    if search.strip():
        mine = mine.where(func.strpos(func.search_fold(QrCode.name, type_=Text), folded) > 0)
    keys = mine.subquery("codes")

    def fetch(beyond: list[ColumnElement[bool]], backwards: bool, limit: int) -> Sequence[Any]:
        query = select(keys.c.id, keys.c[order.column]).where(*beyond)
        return db.session.execute(query.order_by(*order.sorting(backwards)).limit(limit)).all()

    page = page_by_key(fetch, order, place.after, place.before, place.size or PAGE_SIZE)
    ids = [row.id for row in page.rows]
    rows = {code.id: code for code in db.session.scalars(select(QrCode).where(QrCode.id.in_(ids)))}
    return placed(Page([rows[id_] for id_ in ids if id_ in rows], page.next, page.previous), place)


def count_codes(account_id: int, *, is_archived: bool) -> int:
    """Count the account's codes."""
    state = QrCode.archived_at.is_not(None) if is_archived else QrCode.archived_at.is_(None)
    return db.session.scalars(select(func.count()).where(QrCode.account_id == account_id, state)).one()


def numbers_of(code_ids: Collection[int]) -> Mapping[int, ScanNumbers]:
    """Return what came of each of these codes."""
    gained = func.count(distinct(QrScan.friend_id)).filter(QrScan.gained_at.is_not(None))
    people = func.count(distinct(QrScan.friend_id))
    query = select(QrScan.qr_code_id, func.count(), people, gained, func.max(QrScan.scanned_at))
    rows = db.session.execute(query.where(QrScan.qr_code_id.in_(code_ids)).group_by(QrScan.qr_code_id))
    found = {row[0]: ScanNumbers(*row[1:]) for row in rows}
    return {code_id: found.get(code_id, ScanNumbers()) for code_id in code_ids}


def tags_of(code_id: int) -> Sequence[int]:
    """Return the ids of the tags that a scan adds."""
    return db.session.scalars(select(QrCodeTag.tag_id).where(QrCodeTag.qr_code_id == code_id)).all()


def message_choices(account_id: int, keep: int | None) -> Sequence[AutoMessage]:
    """Return Auto Send Messages to choose from; an archived one only where it is chosen already."""
    offered = or_(AutoMessage.archived_at.is_(None), AutoMessage.id == keep)
    query = select(AutoMessage).where(AutoMessage.account_id == account_id, offered)
    return db.session.scalars(query.order_by(AutoMessage.name, AutoMessage.id)).all()


def workflows_for(account_id: int, actor: Actor, keep: int | None) -> Sequence[tuple[int, Label]]:
    """Return ids and names of workflows for this account that have a trigger for scans and that the actor may know.

    One to `keep` is among them.
    """
    return workflow_choices(actor, keep, answers_for([account_id]), has_step(QR_CODE_SCANNED, leads_on=True))


def why_silent(code: QrCode, actor: Actor) -> Label | None:
    """Return why a scan does not start the workflow that the code names; None where it does, or it names none.

    Nothing is told of a workflow that the actor may not know.
    """
    workflow = db.session.get(Workflow, code.workflow_id) if code.workflow_id else None
    if workflow is None or workflow.id not in known_to(actor, {workflow.id}):
        return None
    if not workflow.is_active:
        return _l("This workflow is not active: a scan starts nothing until you start it.")
    listens = select(WorkflowTrigger.id).where(
        WorkflowTrigger.workflow_id == workflow.id,
        WorkflowTrigger.account_id == code.account_id,
        WorkflowTrigger.kind == QR_CODE_SCANNED,
    )
    if db.session.scalar(listens.limit(1)) is None:
        return _l("This workflow has no trigger “QR Code scan” for this account: a scan does not start it.")
    return None


def who_scanned(friend_ids: Collection[int]) -> set[int]:
    """Return those of these friends who have ever scanned a code."""
    return set(db.session.scalars(select(QrScan.friend_id).where(QrScan.friend_id.in_(friend_ids))))


def codes_with_tag(tag_id: int) -> Sequence[QrCode]:
    """Return the codes that add this tag, by name."""
    query = select(QrCode).join(QrCodeTag, QrCodeTag.qr_code_id == QrCode.id).where(QrCodeTag.tag_id == tag_id)
    return db.session.scalars(query.order_by(QrCode.name, QrCode.id)).all()


def codes_with_message(message_id: int) -> Sequence[QrCode]:
    """Return the codes that send this Auto Send Message, by name."""
    query = select(QrCode).where(QrCode.auto_message_id == message_id)
    return db.session.scalars(query.order_by(QrCode.name, QrCode.id)).all()


def codes_with_workflow(workflow_id: int) -> Sequence[QrCode]:
    """Return the codes that name this workflow, by name."""
    query = select(QrCode).where(QrCode.workflow_id == workflow_id)
    return db.session.scalars(query.order_by(QrCode.name, QrCode.id)).all()


def codes_by_id(account_id: int, ids: Collection[int]) -> Sequence[QrCode]:
    """Return those of these codes that the account has, by name."""
    query = select(QrCode).where(QrCode.account_id == account_id, QrCode.id.in_(ids))
    return db.session.scalars(query.order_by(QrCode.name, QrCode.id)).all() if ids else []


def codes_named_like(account_id: int, search: str, keep: Collection[int], limit: int = 50) -> Sequence[QrCode]:
    """Return codes to choose from, by name; those to `keep` come first."""
    folded = func.search_fold(search.strip(), type_=Text)
    query = select(QrCode).where(QrCode.account_id == account_id, QrCode.id.not_in(keep))
    if search.strip():
        query = query.where(func.strpos(func.search_fold(QrCode.name, type_=Text), folded) > 0)
    found = db.session.scalars(query.order_by(QrCode.name, QrCode.id).limit(limit))
    return [*codes_by_id(account_id, keep), *found]
