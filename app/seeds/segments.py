"""The demo's segments, of a coffee shop and a bakery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.folders.operations import create_folder
from app.friends.models import FollowStatus, Tag
from app.line.models import Account
from app.seeds.known import BAKERY, COFFEE, Shop
from app.segments.conditions.definition import VERSION, parse_definition
from app.segments.conditions.properties import catalogue
from app.segments.kind import SEGMENTS
from app.segments.operations.segments import create_segment
from app.segments.queries.segments import count_segments, folders
from app.team.actors import Actor

Group = tuple[tuple[Any, ...], ...]
FOLLOWS = ("line.follow_status", "any_of", FollowStatus.FOLLOWING.value)
CAMPAIGNS, SHOPS = "キャンペーン", "店舗"


@dataclass(frozen=True)
class Wish:
    """A segment to create: each group is made of (property, operator, *values), where a tag stands as its name."""

    name: str
    groups: tuple[Group, ...]
    folder: str = ""


WISHES: dict[Shop, tuple[Wish, ...]] = {
    COFFEE: (
        Wish("誕生月クーポン", ((("tag", "contains_any", "誕生月"), FOLLOWS),), CAMPAIGNS),
        Wish(
            "豆の定期便・来店20回以上",
            ((("tag", "contains_any", "豆の定期便"),), (("attributes.visits", "at_least", 20),)),
            CAMPAIGNS,
        ),
        Wish("京都店", ((("tag", "contains_any", "京都店"), ("tag", "contains_none", "鎌倉店")),), SHOPS),
        Wish("鎌倉店", ((("tag", "contains_any", "鎌倉店"), ("tag", "contains_none", "京都店")),), SHOPS),
        Wish("English speakers", ((("line.language", "any_of", "en"), FOLLOWS), (("tag", "contains_any", "English"),))),
        Wish("しばらく動きのない友だち", ((("line.last_activity_at", "days_ago", 30), FOLLOWS),)),
        Wish("新しい友だち（30日以内）", ((("line.followed_at", "last_days", 30), FOLLOWS),)),
        Wish("常連・VIP", ((("tag", "contains_any", "常連", "VIP"), FOLLOWS),)),
    ),
    BAKERY: (
        Wish("食パン予約", ((("tag", "contains_any", "食パン予約"), FOLLOWS),)),
        Wish("Regulars with a birthday", ((("tag", "contains_any", "Regular"), ("attributes.birthday", "known")),)),
    ),
}


def make_segments(shop: Shop, account: Account, actor: Actor) -> int:
    """Make the shop's segments if the account has none and no folder; returns how many. The caller commits."""
    if count_segments(account.id) or folders(account.id):
        return 0
    wishes = WISHES[shop]
    shelves = {
        name: create_folder(account.id, SEGMENTS, name, actor=actor).id
        for name in dict.fromkeys(wish.folder for wish in wishes if wish.folder)
    }
    tags = {tag.name: tag.id for tag in db.session.scalars(select(Tag).where(Tag.account_id == account.id))}
    return sum(_make(wish, account.id, tags, shelves.get(wish.folder), actor) for wish in wishes)


def _make(wish: Wish, account_id: int, tags: dict[str, int], folder_id: int | None, actor: Actor) -> bool:
    """A tag or an attribute of the story may be gone from a demo that has been used; then nothing is changed."""
    groups = [{"conditions": [_condition(*one, tags=tags) for one in group]} for group in wish.groups]
    definition = {"version": VERSION, "groups": groups}
    if not parse_definition(definition, catalogue(account_id)).is_sound:
        return False
    create_segment(account_id, wish.name, definition, folder_id=folder_id, actor=actor)
    return True


def _condition(name: str, operator: str, *values: Any, tags: dict[str, int]) -> dict[str, Any]:
    stored = [tags.get(value, 0) for value in values] if name == "tag" else list(values)
    return {"property": name, "operator": operator, "values": stored}
