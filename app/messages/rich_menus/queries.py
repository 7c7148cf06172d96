"""Reads of rich menus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.core.runs.models import ACTIVE, Run
from app.media.queries import file_by_id
from app.messages.content.building import ContentProblem
from app.messages.rich_menus.content import MenuContent, SwitchAction, build, read
from app.messages.rich_menus.models import RichMenu, SegmentLink
from app.segments.models import Segment

PUBLISHING, LINKING = "rich_menu_publishing", "rich_menu_linking"


def get_menu(account_id: int, menu_id: int, *, for_update: bool = False) -> RichMenu:
    """Return the menu of this account; raises NotFound."""
    query = select(RichMenu).where(RichMenu.account_id == account_id, RichMenu.id == menu_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def menus_of(account_id: int) -> Sequence[RichMenu]:
    """Return all menus of the account, by name."""
    query = select(RichMenu).where(RichMenu.account_id == account_id)
    return db.session.scalars(query.order_by(RichMenu.name, RichMenu.id)).all()


def switching_to(menu: RichMenu) -> list[RichMenu]:
    """Return the other menus of which an area switches to this one."""
    others = (other for other in menus_of(menu.account_id) if other.id != menu.id)
    return [other for other in others if menu.alias in switches_of(other)]


def switches_of(menu: RichMenu) -> set[str]:
    """Return the aliases to which areas of a menu switch."""
    return {area.action.alias for area in read(menu.content).areas if isinstance(area.action, SwitchAction)}


def ids_at_line(menu: RichMenu) -> set[str]:
    """Return LINE's ids of every menu that was made there for this one, as far as they are stored."""
    return {one for one in (menu.line_menu_id, menu.next_line_menu_id, *menu.replaced_ids) if one}


def latest_publishing(menu: RichMenu) -> Run | None:
    """Return the newest run that published the menu."""
    mine = (Run.kind == PUBLISHING, Run.subject_id == menu.account_id, Run.slot == str(menu.id))
    return db.session.scalars(select(Run).where(*mine).order_by(Run.id.desc()).limit(1)).first()


def is_publishing(menu: RichMenu) -> bool:
    """Return whether a run is publishing the menu now."""
    mine = (Run.kind == PUBLISHING, Run.subject_id == menu.account_id, Run.slot == str(menu.id))
    return db.session.scalar(select(Run.id).where(*mine, Run.state.in_(ACTIVE)).limit(1)) is not None


def link_runs(account_id: int, limit: int = 5) -> Sequence[Run]:
    """Return the newest runs that linked or unlinked friends."""
    mine = (Run.kind == LINKING, Run.subject_id == account_id)
    return db.session.scalars(select(Run).where(*mine).order_by(Run.id.desc()).limit(limit)).all()


@dataclass(frozen=True)
class LinkedSegment:
    """A segment whose friends were linked to a menu last, and how many of them."""

    name: str
    people: int


def linked_segments(account_id: int) -> Mapping[int, Sequence[LinkedSegment]]:
    """Return, by the id of the menu, the segments whose friends were linked to it last."""
    query = (
        select(SegmentLink.menu_id, Segment.name, SegmentLink.people)
        .join(Segment, Segment.id == SegmentLink.segment_id)
        .where(Segment.account_id == account_id)
        .order_by(Segment.name, Segment.id)
    )
    found: dict[int, list[LinkedSegment]] = {}
    for menu_id, name, people in db.session.execute(query):
        found.setdefault(menu_id, []).append(LinkedSegment(name, people))
    return found


def problems_of(menu: RichMenu, content: MenuContent) -> tuple[ContentProblem, ...]:
    """Return what LINE would not take of this content for the menu's image."""
    width, height = size_of(menu)
    return build(content, menu.name, width, height, aliases_of(menu.account_id)).problems


def size_of(menu: RichMenu) -> tuple[int, int]:
    """Return the pixels of the menu's image; raises NotFound when it is gone."""
    file = file_by_id(menu.account_id, menu.file_id or 0)
    return file.width or 1, file.height or 1


def aliases_of(account_id: int) -> dict[str, str]:
    """Return the names of the account's menus by the alias that switches to them."""
    return {menu.alias: menu.name for menu in menus_of(account_id)}
