"""The trigger of an answered question: any question of a workflow, or a certain one, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from app.core.i18n import Text, _, _l
from app.core.values.errors import WrongValue
from app.core.values.numbers import read_number
from app.workflows.definition.graph import Node, read_graph
from app.workflows.definition.kinds import TRIGGERS, NodeCategory, NodeProblem, TriggerNodeKind
from app.workflows.engine.happenings import QUESTION_ANSWERED
from app.workflows.queries.workflows import version_of
from app.workflows.triggers.messages import fold_texts


class AnswerMatch(StrEnum):
    """How an answer is compared with a value; numbers and dates also by size."""

    ANY = "any"
    EQUALS = "equals"
    CONTAINS = "contains"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


ANSWER_MATCHES: dict[str, Text] = {
    AnswerMatch.ANY: _l("is anything"),
    AnswerMatch.EQUALS: _l("equals"),
    AnswerMatch.CONTAINS: _l("contains"),
    AnswerMatch.AT_LEAST: _l("is at least (a number or a date)"),
    AnswerMatch.AT_MOST: _l("is at most (a number or a date)"),
}


def _is_wanted(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    workflow_id, node_id = settings.get("from_workflow"), settings.get("from_node")
    if workflow_id and workflow_id != data.get("by_workflow"):
        return False
    if workflow_id and node_id and node_id != data.get("by_node"):
        return False
    return fits_answer(settings, data)


def fits_answer(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Return whether an answer is what a trigger wants. Texts are compared as the search does."""
    match, wanted, said = settings.get("match", AnswerMatch.ANY), settings.get("folded", ""), data.get("folded", "")
    one, other = str(data.get("answer", "")), str(settings.get("value", ""))
    if match == AnswerMatch.ANY:
        return True
    if match == AnswerMatch.CONTAINS:
        return bool(wanted) and wanted in said
    if match == AnswerMatch.EQUALS:
        return bool(wanted) and (said == wanted or _is_same_number(one, other))
    return _compares(one, other, is_least=match == AnswerMatch.AT_LEAST)


def _compares(said: str, wanted: str, *, is_least: bool) -> bool:
    """Compare two numbers, or two dates as they are stored; what cannot be compared does not fit."""
    one, other = _number(said), _number(wanted)
    if one is not None and other is not None:
        return one >= other if is_least else one <= other
    if _is_date(said) and _is_date(wanted):
        return said >= wanted if is_least else said <= wanted
    return False


def _is_same_number(one: str, other: str) -> bool:
    first = _number(one)
    return first is not None and first == _number(other)


def _number(text: str) -> float | None:
    try:
        return read_number(text)
    except WrongValue:
        return None


def _is_date(text: str) -> bool:
    return len(text) == 10 and text[4] == text[7] == "-"


def _prepare(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**settings, "folded": fold_texts([str(settings.get("value", ""))])[0]}


def _check(node: Node, _account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    settings = node.settings
    match, value = settings.get("match", AnswerMatch.ANY), str(settings.get("value") or "").strip()
    if match not in ANSWER_MATCHES:
        yield NodeProblem(_l("Choose how the answer is compared."), "match")
    elif match != AnswerMatch.ANY and not fold_texts([value])[0]:
        yield NodeProblem(_l("Enter the answer."), "value")
    elif match in (AnswerMatch.AT_LEAST, AnswerMatch.AT_MOST) and _number(value) is None and not _is_date(value):
        yield NodeProblem(_l("Enter a number, or a date as 2026-12-24."), "value")
    if settings.get("from_workflow") and not _has_question(settings):
        yield NodeProblem(_l("The question of this trigger was deleted. Choose another one."), "from_node")


def _has_question(settings: Mapping[str, Any]) -> bool:
    version = version_of(settings["from_workflow"])
    if version is None:
        return False
    node_id = settings.get("from_node")
    questions = {node.id for node in read_graph(version.graph).nodes if node.kind == "question"}
    return node_id in questions if node_id else bool(questions)


def _summary(node: Node) -> Text:
    match = node.settings.get("match", AnswerMatch.ANY)
    if match == AnswerMatch.ANY:
        return _("When a question is answered")
    text, words = node.settings.get("value"), ANSWER_MATCHES.get(match, "")
    return _("When the answer %(match)s “%(text)s”", match=words, text=text) if text else _("No answer to compare yet")


TRIGGERS.add(
    QUESTION_ANSWERED,
    TriggerNodeKind(
        name=QUESTION_ANSWERED,
        label=_l("Question answered"),
        about=_l("When a friend answers the question of a workflow"),
        category=NodeCategory.LINE,
        icon="message-check",
        matches=_is_wanted,
        check=_check,
        summary=_summary,
        tells=lambda _node: {"name": _l("Name of the answer"), "answer": _l("What was answered")},
        prepare=_prepare,
    ),
)
