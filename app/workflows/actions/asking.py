"""The Question: it asks, waits for the answer, checks it, asks again a few times, and keeps it.

While it waits, what the friend writes is its answer and starts no workflow, unless its setting says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.core.i18n import Text, _, _l
from app.core.text_folding import fold_all
from app.core.values.dates import read_date
from app.core.values.emails import read_email
from app.core.values.errors import WrongValue
from app.core.values.numbers import read_number
from app.core.values.phones import read_phone
from app.messages.content.personal_text import in_short
from app.workflows.actions.friends import SetValue
from app.workflows.actions.sending import check_content, content_effect
from app.workflows.actions.waiting import WAIT_AT_MOST, is_amount
from app.workflows.definition.answers import wrong_name
from app.workflows.definition.asks import ASKS
from app.workflows.definition.decisions import Decision, Do, Effect, Go, Stay
from app.workflows.definition.graph import NEXT, Graph, Node
from app.workflows.definition.kinds import ACTIONS, ActionNodeKind, Exit, NodeCategory, NodeProblem, always
from app.workflows.definition.moments import UNITS, later
from app.workflows.definition.state import Arrival
from app.workflows.engine.answers import QUESTION, GivenAnswer, keep_answers
from app.workflows.engine.entering import enter
from app.workflows.engine.happenings import QUESTION_ANSWERED, Happening
from app.workflows.engine.performing import Done, Outcome, Performer, Task, perform_inside, performer
from app.workflows.engine.resuming import ANSWER, SHARED

TIMEOUT, INVALID = "timeout", "invalid"
MOST_TRIES, MOST_CHOICES = 5, 13
LONGEST_ANSWER = 1_000
CHOICES, DATE = "choices", "date"
# Years of the dates that are taken for an answer, as text, so that no thousands mark is put in.
FIRST_YEAR, LAST_YEAR = 1900, 2200
YEARS = {"first": str(FIRST_YEAR), "last": str(LAST_YEAR)}
CHOOSE_DATE = _l("Choose a date")
KINDS: dict[str, Text] = {
    "text": _l("Text"),
    CHOICES: _l("Choices"),
    DATE: _l("Date"),
    "number": _l("Number"),
    "email": _l("E-mail"),
    "phone": _l("Phone"),
}


def _read_day(typed: str) -> str:
    day = read_date(typed)
    if not FIRST_YEAR <= date.fromisoformat(day).year <= LAST_YEAR:
        raise WrongValue(_("Write a date of the years %(first)s to %(last)s.", **YEARS))
    return day


_READERS: dict[str, Callable[[str], Any]] = {
    DATE: _read_day,
    "number": read_number,
    "email": read_email,
    "phone": read_phone,
}


@dataclass(frozen=True)
class TakeAnswer(Effect):
    """Keep an answer in a field of the friend, where one is named, and start what waits for answers."""

    name: str
    value: Any
    field: str = ""


def _decide(arrival: Arrival) -> Decision:
    asked = int(arrival.begun.get("asked", 0))
    if arrival.event is not None:
        return _answered(arrival, asked)
    if asked:
        return _late(arrival)
    return _ask(arrival, arrival.setting("content") or {}, 1)


def _ask(
    arrival: Arrival, content: Mapping[str, Any], number: int, earlier: Sequence[Mapping[str, Any]] = ()
) -> Decision:
    """Send the question, or what is said to a wrong answer, and wait."""
    begun = {"asked": number, "asked_at": arrival.now.isoformat()}
    awaits = (ANSWER, SHARED) if arrival.setting("is_shared") else (ANSWER,)
    wait = Stay(_deadline(arrival), awaits, begun, {ASKS: [*earlier, {"at": begun["asked_at"]}]})
    effect = content_effect(arrival, _with_choices(arrival.node, content), part=number, is_capped=number == 1)
    return Do(effect, wait, skipped=_late(arrival)._replace(note={}))


def _deadline(arrival: Arrival) -> Any:
    amount = int(arrival.setting("amount") or 1)
    return later(arrival.now, amount, arrival.setting("unit", "days"), arrival.zone)


def _with_choices(node: Node, content: Mapping[str, Any]) -> dict[str, Any]:
    """Add the buttons by which a friend may answer: the choices, or LINE's calendar for a date."""
    kind = node.settings.get("kind")
    if kind == DATE:
        picker = {"kind": "date", "data": DATE, "mode": "date", "label": str(CHOOSE_DATE)}
        return {**content, "quick_replies": [{"action": picker}]}
    if kind != CHOICES:
        return dict(content)
    replies = [
        {"action": {"kind": "message", "label": str(one.get("label", ""))[:20], "text": str(one.get("label", ""))}}
        for one in node.settings.get("choices") or ()
    ]
    return {**content, "quick_replies": replies}


def _late(arrival: Arrival) -> Go:
    """Go on without an answer, with the default where there is one."""
    default = arrival.setting("default")
    name = str(arrival.setting("name"))
    answers = {name: default} if default not in (None, "") else {}
    return Go(TIMEOUT, {"is_late": True}, answers)


def _answered(arrival: Arrival, asked: int) -> Decision:
    try:
        value = read_answer(arrival.node, arrival.event or {})
    except WrongValue as error:
        return _wrong(arrival, asked, error)
    name, field = str(arrival.setting("name")), arrival.setting("field")
    return Do(TakeAnswer(name, value, str(field or "")), Go(NEXT, {"answer": value}, {name: value}))


def _wrong(arrival: Arrival, asked: int, error: WrongValue) -> Decision:
    said = (arrival.event or {}).get("text")
    if asked >= int(arrival.setting("tries") or 1):
        return Go(INVALID, {"answer": said, "why": str(error.message)})
    repeat = str(arrival.setting("repeat") or "").strip() or str(error.message)
    note = arrival.begun.get("note") or {}
    *before, last = note.get(ASKS) or [{}]
    last = {**last, "send": note.get("send"), "answer": said, "why": str(error.message)}
    return _ask(arrival, _says(repeat), asked + 1, [*before, last])


def read_answer(node: Node, event: Mapping[str, Any]) -> Any:
    """Return what the friend has answered, as it is kept; raises WrongValue with a sentence for the friend."""
    typed = event.get("text")
    if typed is None:
        # A date picker or another button of the question.
        params = event.get("params") or {}
        typed = params.get("date") or params.get("datetime") or params.get("time") or event.get("data")
    if not isinstance(typed, str) or not typed.strip():
        raise WrongValue(_("Please answer with a text."))
    typed = typed.strip()
    if len(typed) > LONGEST_ANSWER:
        raise WrongValue(_("Please answer in at most %(limit)s characters.", limit=LONGEST_ANSWER))
    kind = node.settings.get("kind")
    return _choice(node, typed) if kind == CHOICES else _READERS.get(str(kind), str)(typed)


def _take_answers(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    """Store the answers, and tell of those that could be stored."""
    stored = [one._replace(effect=SetValue(one.effect.field, one.effect.value)) for one in tasks if one.effect.field]
    outcomes: dict[str, Outcome] = {one.key: Done() for one in tasks if not one.effect.field}
    outcomes |= perform_inside(stored)
    kept = [one for one in tasks if isinstance(outcomes[one.key], Done)]
    keep_answers([GivenAnswer(one.workflow_id, one.effect.name, one.friend_id, one.effect.value) for one in kept])
    enter(answers_taken(kept))
    return outcomes


def answers_taken(tasks: Sequence[Task]) -> list[Happening]:
    """Return what workflows are told of answers that questions have taken, in the order of their tasks."""
    folded = fold_all(one.effect.value for one in tasks)
    return [_happening(one, text.strip()) for one, text in zip(tasks, folded, strict=True)]


def _happening(task: Task, folded: str) -> Happening:
    said = {"name": task.effect.name, "answer": task.effect.value, "folded": folded}
    asked = {"by_workflow": task.workflow_id, "by_node": task.node_id, "account_id": task.account_id}
    return Happening(
        account_id=task.account_id,
        friend_id=task.friend_id,
        kind=QUESTION_ANSWERED,
        key=f"{QUESTION_ANSWERED}:{task.key}",
        data={**said, **asked},
    )


def _choice(node: Node, typed: str) -> Any:
    for one in node.settings.get("choices") or ():
        if typed.casefold() in {str(one.get("label", "")).casefold(), str(one.get("value", "")).casefold()}:
            return one.get("value") or one.get("label")
    raise WrongValue(_("Please choose one of the answers."))


def _check_messages(graph: Graph, node: Node) -> Iterable[NodeProblem]:
    content = node.settings.get("content") or {}
    if content.get("messages"):
        wrong = list(check_content(graph, content))
        yield from wrong
        if not wrong and all(map(_is_label, node.settings.get("choices") or ())):
            yield from (replace(one, field="choices") for one in check_content(graph, _with_choices(node, content)))
    if repeat := str(node.settings.get("repeat") or "").strip():
        yield from (replace(one, field="repeat") for one in check_content(graph, _says(repeat)))


def _is_label(choice: Mapping[str, Any]) -> bool:
    label = str(choice.get("label") or "")
    return bool(label.strip()) and len(label) <= 20


def _says(text: str) -> dict[str, Any]:
    return {"version": 1, "messages": [{"kind": "text", "text": text}]}


def _check(node: Node, _account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    settings = node.settings
    if not (settings.get("content") or {}).get("messages"):
        yield NodeProblem(_l("Enter the question."), "content")
    if wrong := wrong_name(str(settings.get("name") or "")):
        yield NodeProblem(wrong, "name")
    if settings.get("kind") not in KINDS:
        yield NodeProblem(_l("Choose what kind of answer is expected."), "kind")
    choices = settings.get("choices") or ()
    if settings.get("kind") == CHOICES and not 1 <= len(choices) <= MOST_CHOICES:
        yield NodeProblem(_l("Enter one to %(most)s choices.", most=MOST_CHOICES), "choices")
    if not all(map(_is_label, choices)):
        yield NodeProblem(_l("Each choice has one to 20 characters."), "choices")
    tries = settings.get("tries", 1)
    if not isinstance(tries, int) or not 1 <= tries <= MOST_TRIES:
        yield NodeProblem(_l("Enter how often to ask, from 1 to %(most)s.", most=MOST_TRIES), "tries")
    if not is_amount(settings.get("amount"), least=1) or settings.get("unit", "days") not in UNITS:
        yield NodeProblem(WAIT_AT_MOST, "amount")


def _summary(node: Node) -> Text:
    messages = (node.settings.get("content") or {}).get("messages")
    return in_short(str(messages[0].get("text", "")))[:60] if messages else ""


performer(TakeAnswer, Performer(inside=_take_answers))
ACTIONS.add(
    QUESTION,
    ActionNodeKind(
        name=QUESTION,
        label=_l("Question"),
        about=_l("Asks the friend something and keeps the answer"),
        also=_l("survey ask form poll"),
        rank=3,
        category=NodeCategory.BASIC,
        icon="message-question",
        decide=_decide,
        decides_alike=always,
        looks_at_time=always,
        check=_check,
        check_within=_check_messages,
        summary=_summary,
        exits=lambda _node: (
            Exit(NEXT, _l("Answered")),
            Exit(INVALID, _l("No valid answer")),
            Exit(TIMEOUT, _l("No answer in time")),
        ),
        answers=lambda node: [str(node.settings.get("name") or "")],
        sends=True,
    ),
)
