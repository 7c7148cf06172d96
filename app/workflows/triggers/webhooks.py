"""The trigger of an incoming webhook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.core.i18n import Text, _, _l
from app.workflows.definition.answers import LONGEST_NAME, wrong_name
from app.workflows.definition.graph import Node
from app.workflows.definition.json_paths import is_path
from app.workflows.definition.kinds import TRIGGERS, NodeCategory, NodeProblem, TriggerNodeKind
from app.workflows.engine.happenings import WEBHOOK_RECEIVED
from app.workflows.hooks.operations.receiving import LINE_USER_ID, LINK_ID
from app.workflows.triggers.own import is_own

FRIEND_BY: dict[str, Text] = {LINE_USER_ID: _l("LINE user ID"), LINK_ID: _l("User ID of the ID links")}
MOST_FIELDS, MOST_HOURS = 30, 168
# What a run knows of its trigger anyway.
TAKEN = frozenset({"kind", "account_id", "by_workflow", "by_node", "at"})


def _check(node: Node, _account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    settings = node.settings
    if settings.get("friend_by") not in FRIEND_BY:
        yield NodeProblem(_l("Choose by which ID the friend is found."), "friend_by")
    if not is_path(settings.get("friend_path")):
        yield NodeProblem(_l("Enter where the ID stands in the JSON, such as customer.id."), "friend_path")
    yield from _check_fields(settings.get("fields") or ())
    if settings.get("repeat_hours", 24) not in range(1, MOST_HOURS + 1):
        yield NodeProblem(_l("Enter a whole number of hours from 1 to %(most)s.", most=MOST_HOURS), "repeat_hours")


def _check_fields(fields: Sequence[Mapping[str, Any]]) -> Iterable[NodeProblem]:
    names = [str(one.get("name") or "") for one in fields]
    if any(map(wrong_name, names)):
        words = _l(
            "Give each field a name of at most %(most)s letters, digits, hyphens and underscores.", most=LONGEST_NAME
        )
        yield NodeProblem(words, "fields")
    elif not all(is_path(one.get("path")) for one in fields):
        yield NodeProblem(_l("Enter where each field stands in the JSON, such as order.total."), "fields")
    elif len(set(names)) < len(names):
        yield NodeProblem(_l("Two fields have the same name."), "fields")
    elif TAKEN & set(names):
        taken = ", ".join(sorted(TAKEN))
        yield NodeProblem(_l("These names are taken: %(names)s.", names=taken), "fields")


def _summary(node: Node) -> Text:
    by: Mapping[str, Text] = FRIEND_BY
    return _("When another program calls the address: %(by)s", by=by.get(str(node.settings.get("friend_by")), ""))


TRIGGERS.add(
    WEBHOOK_RECEIVED,
    TriggerNodeKind(
        name=WEBHOOK_RECEIVED,
        label=_l("Incoming webhook"),
        about=_l("When another system calls the workflow's address"),
        also=_l("API hook external"),
        rank=3,
        category=NodeCategory.AUTOMATION,
        icon="webhook",
        matches=is_own,
        check=_check,
        summary=_summary,
        tells=lambda node: {str(one["name"]): str(one["name"]) for one in node.settings.get("fields") or ()},
    ),
)
