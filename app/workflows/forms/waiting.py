"""Forms of steps that wait: for a time, or for an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.i18n import Text, _l
from app.friends.models import AttributeKind
from app.workflows.actions.waiting import EVENTS, UNIT_NAMES
from app.workflows.definition.occurrences import WEEKDAYS
from app.workflows.forms.friends import offer_tags, read_tags
from app.workflows.forms.offered import answer_choices, field_choices
from app.workflows.forms.reading import is_on, one_of, text, whole_number
from app.workflows.forms.registry import NodeEditing, NodeForm, Posted, register

MODES: dict[str, Text] = {
    "amount": _l("An amount of time"),
    "date": _l("Until a date of the friend"),
}
SIDES: dict[str, Text] = {"before": _l("days before the date"), "after": _l("days after the date")}
POLICIES: dict[str, Text] = {
    "go": _l("Go on all the same"),
    "skip": _l("End the run"),
    "ask": _l("Hold the run until a member decides"),
}


def _read_delay(form: Posted, _editing: NodeEditing) -> dict[str, Any]:
    ticked = form.getlist("weekdays")
    weekdays = [day for day in range(len(WEEKDAYS)) if str(day) in ticked]
    is_date = one_of(form, "mode", MODES, "amount") == "date"
    shared = {
        "mode": "date" if is_date else "amount",
        "time": text(form, "time"),
        "business_hours": is_on(form, "business_hours"),
        "late": _read_late(form),
    }
    if is_date:
        return {**shared, "field": text(form, "field"), "days": _read_days(form)}
    duration = {"amount": whole_number(form, "amount"), "unit": one_of(form, "unit", UNIT_NAMES, "days")}
    return {**shared, **duration, "weekdays": weekdays}


def _read_late(form: Posted) -> dict[str, Any]:
    policy = one_of(form, "policy", POLICIES, "go")
    return {"policy": policy, "hours": whole_number(form, "late")} if policy != "go" else {"policy": policy}


def _read_days(form: Posted) -> int | str:
    """Return how many days after the date, less than 0 for days before; 0 where nothing was typed."""
    number = whole_number(form, "days")
    if isinstance(number, str):
        return number or 0
    return -abs(number) if form.get("side") == "before" else abs(number)


def _offer_delay(editing: NodeEditing) -> Mapping[str, Any]:
    days = editing.node.settings.get("days") or 0
    is_before = isinstance(days, int) and days < 0
    return {
        "modes": MODES,
        "units": UNIT_NAMES,
        "weekdays": WEEKDAYS,
        "policies": POLICIES,
        "sides": SIDES,
        "side": "before" if is_before else "after",
        "days": abs(days) if isinstance(days, int) else days,
        "dates": [*field_choices(editing, (AttributeKind.DATE,)), *answer_choices(editing.graph)],
    }


def _read_wait(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    event = one_of(form, "event", EVENTS, "answer")
    settings = {
        "event": event,
        "amount": whole_number(form, "amount"),
        "unit": one_of(form, "unit", UNIT_NAMES, "days"),
    }
    detail = EVENTS[event][1]
    if detail == "tags":
        settings |= read_tags(form, editing)
    elif detail:
        settings[detail] = text(form, detail)
    return {**settings, "name": text(form, "name")} if event == "answer" else settings


def _offer_events(editing: NodeEditing) -> Mapping[str, Any]:
    event = str(editing.node.settings.get("event") or "answer")
    return {
        **offer_tags(editing),
        "events": [(name, words) for name, (words, _detail) in EVENTS.items()],
        "detail": EVENTS[event][1] if event in EVENTS else "",
        "units": UNIT_NAMES,
    }


for _form in (
    NodeForm(
        kind="delay",
        template="workflows/nodes/_delay.html",
        read=_read_delay,
        context=_offer_delay,
        blank={"mode": "amount", "amount": 1, "unit": "days", "time": "", "weekdays": [], "late": {"policy": "go"}},
    ),
    NodeForm(
        kind="wait_for_event",
        template="workflows/nodes/_wait_for_event.html",
        read=_read_wait,
        context=_offer_events,
        blank={"event": "answer", "amount": 1, "unit": "days"},
    ),
):
    register(_form)
