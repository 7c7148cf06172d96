"""Triggers of what happens to a friend: added, blocked, tagged, changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.core.i18n import Text, _, _l
from app.friends.models import Tag
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import TRIGGERS, NodeCategory, NodeProblem, TriggerNodeKind
from app.workflows.engine.happenings import Happening
from app.workflows.named import check_tags, names_of_fields, names_of_rows

FRIEND_ADD, BLOCK = "friend_add", "block"
TAG_ADDED, TAG_REMOVED, ATTRIBUTE_CHANGED = "tag_added", "tag_removed", "attribute_changed"


def tag_changed(kind: str, tag_id: int, account_id: int, friend_id: int, source: str, change: object) -> Happening:
    """Return what workflows are told of a tag that was put on a friend or taken off; `change` tells one from others."""
    return Happening(
        account_id=account_id,
        friend_id=friend_id,
        kind=kind,
        key=f"{kind}:{tag_id}:{change}",
        data={"tag_id": tag_id, "account_id": account_id, "source": source},
        word=f"{kind}:{tag_id}",
    )


def fields_changed(names: Iterable[str], account_id: int, friend_id: int, source: str, change: object) -> Happening:
    """Return what workflows are told of changed fields of a friend: no run can wait for it."""
    return Happening(
        account_id=account_id,
        friend_id=friend_id,
        kind=ATTRIBUTE_CHANGED,
        key=f"{ATTRIBUTE_CHANGED}:{change}",
        data={"fields": list(names), "account_id": account_id, "source": source},
    )


def _is_wanted_add(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    return bool(data.get("is_first")) or bool(settings.get("also_unblocked"))


def _add_summary(node: Node) -> Text:
    if node.settings.get("also_unblocked"):
        return _("When a friend adds the account, or unblocks it")
    return _("When a friend adds the account for the first time")


def _is_tag(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    wanted = (settings.get("tags") or {}).get(str(data.get("account_id"))) or ()
    return data.get("tag_id") in wanted


def _is_field(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    return settings.get("field") in (data.get("fields") or ())


def _check_field(node: Node, _account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    if not node.settings.get("field"):
        yield NodeProblem(_l("Choose the attribute."), "field")


for _kind in (
    TriggerNodeKind(
        name=FRIEND_ADD,
        label=_l("Friend add"),
        about=_l("When a person adds the account as a friend"),
        also=_l("follow welcome greeting new"),
        rank=1,
        category=NodeCategory.BASIC,
        icon="user-plus",
        matches=_is_wanted_add,
        summary=_add_summary,
    ),
    TriggerNodeKind(
        name=BLOCK,
        label=_l("Block"),
        about=_l("When a friend blocks the account"),
        also=_l("unfollow leave"),
        rank=6,
        category=NodeCategory.BASIC,
        icon="user-off",
    ),
    TriggerNodeKind(
        name=TAG_ADDED,
        label=_l("Tag added"),
        about=_l("When a tag is put on a friend"),
        rank=10,
        category=NodeCategory.BASIC,
        icon="tag",
        matches=_is_tag,
        check=check_tags,
        names=names_of_rows("tags", Tag),
    ),
    TriggerNodeKind(
        name=TAG_REMOVED,
        label=_l("Tag removed"),
        about=_l("When a tag is taken off a friend"),
        rank=11,
        category=NodeCategory.BASIC,
        icon="tag-off",
        matches=_is_tag,
        check=check_tags,
        names=names_of_rows("tags", Tag),
    ),
    TriggerNodeKind(
        name=ATTRIBUTE_CHANGED,
        label=_l("Attribute changed"),
        about=_l("When a fact that you keep of a friend changes"),
        rank=12,
        category=NodeCategory.BASIC,
        icon="forms",
        matches=_is_field,
        check=_check_field,
        names=names_of_fields,
    ),
):
    TRIGGERS.add(_kind.name, _kind)
