"""What a test run starts from: a friend, one of the account or invented, and a trigger with what it brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from app.core.i18n import Text, _l
from app.workflows.actions.flow import STARTED_BY_WORKFLOW
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import TRIGGERS, triggers_of
from app.workflows.engine.happenings import QR_CODE_SCANNED, QUESTION_ANSWERED
from app.workflows.triggers.friends import ATTRIBUTE_CHANGED, FRIEND_ADD, TAG_ADDED, TAG_REMOVED
from app.workflows.triggers.links import LINK_CLICKED
from app.workflows.triggers.messages import MESSAGE, POSTBACK, RICH_MENU_SWITCHED, VIDEO_WATCHED, fold_texts

LONGEST_TOLD = 1_000
# Said with a trigger that does not want what was typed.
NO_MATCH = _l("This trigger does not respond to what you entered, so the workflow does not start.")
NO_FIT = _l("The friend does not fit the conditions of the trigger, so the workflow does not start.")


@dataclass(frozen=True)
class PlayedSetup:
    """`friend_id` is None for an invented friend, who has `name`, `tag_ids` and `values`. `told` is what was typed."""

    account_id: int
    trigger: str
    at: str
    friend_id: int | None = None
    name: str = ""
    tag_ids: tuple[int, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def moment(self) -> datetime:
        """Return when the trigger fires."""
        return datetime.fromisoformat(self.at)

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {**asdict(self), "tag_ids": list(self.tag_ids)}


def read_setup(stored: Mapping[str, Any]) -> PlayedSetup:
    """Return what was stored."""
    return PlayedSetup(**{**stored, "tag_ids": tuple(stored.get("tag_ids", ()))})


def asked_of(node: Node) -> Mapping[str, Text]:
    """Return what a trigger brings that is to be typed, with its labels."""
    kind = TRIGGERS.get(node.kind)
    return kind.tells(node) if kind else {}


def usual(node: Node, name: str, account_id: int) -> str:
    """Return what a field holds at first: something to which the trigger responds."""
    settings = node.settings
    keywords: Sequence[Mapping[str, Any]] = settings.get("keywords") or ({},)
    found: Mapping[tuple[str, str], Any] = {
        (MESSAGE, "text"): keywords[0].get("text"),
        (POSTBACK, "data"): _postback(settings),
        (VIDEO_WATCHED, "tracking_id"): settings.get("tracking_id"),
        (LINK_CLICKED, "url"): settings.get("address"),
        (QUESTION_ANSWERED, "answer"): settings.get("value"),
    }
    if (node.kind, name) in found:
        return str(found[node.kind, name] or "")
    kind = TRIGGERS.get(node.kind)
    return str((kind.example(node, account_id).get(name) if kind else None) or "")


def _postback(settings: Mapping[str, Any]) -> str:
    value = str(settings.get("value") or "")
    is_parameter = settings.get("match") == "parameter" and settings.get("name")
    return f"{settings['name']}={value}" if is_parameter else value


def chosen_trigger(graph: Graph, setup: PlayedSetup) -> Node | None:
    """Return the trigger of the test; None where it has been removed since."""
    return next((node for node in triggers_of(graph) if node.id == setup.trigger), None)


def trigger_data(node: Node, workflow_id: int, setup: PlayedSetup) -> dict[str, Any]:
    """Return what the event would bring; what is not typed is what the trigger asks for."""
    settings, place = node.settings, str(setup.account_id)
    data: dict[str, Any] = {**setup.told, "kind": node.kind, "account_id": setup.account_id, "at": setup.at}
    if node.kind == MESSAGE:
        return {**data, "type": "text", "folded": fold_texts([setup.told.get("text", "")])[0]}
    if node.kind == QUESTION_ANSWERED:
        asked = {"by_workflow": settings.get("from_workflow"), "by_node": settings.get("from_node")}
        return {**data, **asked, "folded": fold_texts([setup.told.get("answer", "")])[0]}
    if node.kind == LINK_CLICKED:
        return {**data, **_origin(settings, place)}
    wanted: Mapping[str, dict[str, Any]] = {
        TAG_ADDED: {"tag_id": _first(settings.get("tags"), place)},
        TAG_REMOVED: {"tag_id": _first(settings.get("tags"), place)},
        QR_CODE_SCANNED: {"qr_code_id": _first(settings.get("codes"), place)},
        ATTRIBUTE_CHANGED: {"fields": [settings.get("field")]},
        RICH_MENU_SWITCHED: {"alias": settings.get("alias") or ""},
        FRIEND_ADD: {"is_first": True},
        STARTED_BY_WORKFLOW: {"workflow": workflow_id},
    }
    example = TRIGGERS[node.kind].example(node, setup.account_id)
    return {**example, **data, "by_workflow": workflow_id, "by_node": node.id, **wanted.get(node.kind, {})}


def _first(by_account: Any, place: str) -> Any:
    found = (by_account or {}).get(place) or [None]
    return found[0]


def _origin(settings: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return in which message the link stood, as the trigger asks for it."""
    by_workflow, by_node = settings.get("from_workflow"), settings.get("from_node")
    return {
        "broadcast_id": _first(settings.get("broadcasts"), place),
        "auto_message_id": (settings.get("messages") or {}).get(place),
        "by_workflow": by_workflow,
        "by_node": by_node,
    }


def responds(node: Node, workflow_id: int, data: Mapping[str, Any]) -> bool:
    """Return whether the trigger is meant by such an event."""
    kind = TRIGGERS[node.kind]
    settings = {**kind.prepare(node.settings), "workflow_id": workflow_id, "node_id": node.id}
    return kind.matches(settings, data)
