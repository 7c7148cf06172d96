"""Actions that wait: for a time, or for an event."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from app.core.i18n import Text, _, _l, ngettext
from app.core.values.dates import stored_date
from app.workflows.actions.hours import check_hours, load_hours, opening
from app.workflows.definition.answers import wrong_name
from app.workflows.definition.decisions import Decision, Fail, Go, Hold, Stay, Stop
from app.workflows.definition.graph import NEXT, Node
from app.workflows.definition.kinds import ACTIONS, ActionNodeKind, Exit, NodeCategory, NodeProblem, always
from app.workflows.definition.moments import MOST_AMOUNT, UNITS, at_time, days_after, later, next_time, on_weekday
from app.workflows.definition.state import Arrival

DELAY, WAIT_FOR_EVENT = "delay", "wait_for_event"
NO_DATE, TIMEOUT = "no_date", "timeout"
# What a delay waits for: an amount of time, or a date of the friend.
AMOUNT, DATE = "amount", "date"
UNIT_NAMES: dict[str, Text] = {
    "minutes": _l("minutes"),
    "hours": _l("hours"),
    "days": _l("days"),
    "weeks": _l("weeks"),
}
WAIT_AT_MOST = _l("Enter how long to wait at most, a whole number from 1 to %(most)s.", most=MOST_AMOUNT)
# Events that a run can wait for, and the setting that completes their word.
EVENTS: dict[str, tuple[Text, str]] = {
    "answer": (_l("a message of the friend"), ""),
    "tag_added": (_l("a tag added"), "tags"),
    "tag_removed": (_l("a tag removed"), "tags"),
    "video_watched": (_l("a video watched to its end"), "tracking_id"),
    "link_clicked": (_l("a link clicked"), ""),
    "friend_add": (_l("the friend adding or unblocking the account"), ""),
    "block": (_l("the friend blocking the account"), ""),
}


def _decide_delay(arrival: Arrival) -> Decision:
    if arrival.begun:
        return _after_delay(arrival)
    until = until_of(arrival)
    return Go(NO_DATE) if until is None else _go_at(arrival, until)


def _go_at(arrival: Arrival, moment: datetime) -> Decision:
    """Go on at a moment, or when the account opens next after it where the step asks for that."""
    until = opening(arrival, max(moment, arrival.now)) if arrival.setting("business_hours") else moment
    if until is None:
        return Fail("workflows.never_open")
    if until <= arrival.now:
        return Go(NEXT, {"until": until.isoformat()})
    return Stay(until, begun={"until": until.isoformat()})


def _load_hours(nodes: Collection[Node], account_id: int) -> Mapping[str, Any]:
    return load_hours([node.id for node in nodes if node.settings.get("business_hours")], account_id)


def _after_delay(arrival: Arrival) -> Decision:
    """Go on, unless the system was away at that time for longer than the step allows."""
    until, late = arrival.begun["until"], arrival.setting("late") or {}
    if late.get("policy") == "skip" and _is_late(arrival, until, late):
        return Stop({"until": until, "is_late": True})
    if late.get("policy") == "ask" and not arrival.begun.get("is_released") and _is_late(arrival, until, late):
        return Hold("workflows.late", begun={**arrival.begun, "is_released": True})
    return _go_at(arrival, arrival.now) if _is_closed(arrival) else Go(NEXT, {"until": until})


def _is_late(arrival: Arrival, until: str, late: Mapping[str, Any]) -> bool:
    return arrival.now - datetime.fromisoformat(until) > timedelta(hours=int(late.get("hours") or 0))


def _is_closed(arrival: Arrival) -> bool:
    """Return whether the step waits for business hours, and the account has closed or changed its hours since."""
    return bool(arrival.setting("business_hours")) and opening(arrival, arrival.now) != arrival.now


def until_of(arrival: Arrival) -> datetime | None:
    """Return until when a delay waits; None where the friend has no such date."""
    clock = _clock(arrival.setting("time"))
    weekdays = set(arrival.setting("weekdays") or ())
    if arrival.setting("mode") == DATE:
        day = stored_date(_date_value(arrival))
        if day is None:
            return None
        moved = days_after(day, int(arrival.setting("days") or 0))
        return at_time(moved, clock or time(9), arrival.zone)
    moment = later(arrival.now, int(arrival.setting("amount") or 0), arrival.setting("unit", "days"), arrival.zone)
    if clock is not None:
        return next_time(moment, clock, weekdays, arrival.zone)
    return on_weekday(moment, weekdays, arrival.zone)


def _date_value(arrival: Arrival) -> Any:
    name = str(arrival.setting("field"))
    return arrival.facts.values.get(name, arrival.answers.get(name))


def _clock(written: object) -> time | None:
    return time.fromisoformat(written) if isinstance(written, str) and written else None


def _check_delay(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    settings = node.settings
    if settings.get("mode") == DATE:
        if not settings.get("field"):
            yield NodeProblem(_l("Choose the attribute that holds the date."), "field")
        days = settings.get("days") or 0
        if not is_amount(abs(days) if isinstance(days, int) else days, least=0):
            yield NodeProblem(_l("Enter a whole number of days, from 0 to %(most)s.", most=MOST_AMOUNT), "days")
    elif not is_amount(settings.get("amount"), least=0) or settings.get("unit", "days") not in UNITS:
        yield NodeProblem(_l("Enter how long to wait, a whole number from 0 to %(most)s.", most=MOST_AMOUNT), "amount")
    elif not settings.get("amount") and not settings.get("time") and not settings.get("weekdays"):
        yield NodeProblem(_l("Enter how long to wait, or until which time."), "amount")
    if not _is_clock(settings.get("time")):
        yield NodeProblem(_l("Enter the time as 10:00."), "time")
    late = settings.get("late") or {}
    if late.get("policy") in ("skip", "ask") and not is_amount(late.get("hours"), least=1):
        yield NodeProblem(_l("Enter after how many hours it is too late."), "late")
    if settings.get("business_hours"):
        yield from check_hours(account_ids, "business_hours")


def _is_clock(written: object) -> bool:
    try:
        _clock(written)
    except ValueError:
        return False
    return True


def is_amount(value: object, least: int) -> bool:
    """Return whether a typed amount can be waited for."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST_AMOUNT


def _delay_summary(node: Node) -> Text:
    settings = node.settings
    words = _wait_words(settings)
    return _("%(wait)s, within business hours", wait=words) if settings.get("business_hours") else words


def _wait_words(settings: Mapping[str, Any]) -> Text:
    if settings.get("mode") == DATE:
        return _("Wait until a date of the friend")
    words = _("Wait %(duration)s", duration=duration_words(settings))
    return _("%(wait)s, until %(time)s", wait=words, time=settings["time"]) if settings.get("time") else words


def duration_words(settings: Mapping[str, Any]) -> Text:
    """Return an amount with its unit; what cannot be used as it is written."""
    amount, unit = settings.get("amount") or 0, settings.get("unit", "days")
    if not isinstance(amount, int):
        return f"{amount} {UNIT_NAMES.get(unit, '')}"
    if unit == "minutes":
        return ngettext("%(num)s minute", "%(num)s minutes", amount)
    if unit == "hours":
        return ngettext("%(num)s hour", "%(num)s hours", amount)
    if unit == "weeks":
        return ngettext("%(num)s week", "%(num)s weeks", amount)
    return ngettext("%(num)s day", "%(num)s days", amount)


def _decide_wait(arrival: Arrival) -> Decision:
    if arrival.event is not None:
        return Go(NEXT, {"event": arrival.event.get("kind")}, _told(arrival))
    if arrival.begun:
        return Go(TIMEOUT)
    until = later(arrival.now, int(arrival.setting("amount") or 1), arrival.setting("unit", "days"), arrival.zone)
    return Stay(until, words_of(arrival), begun={"asked_at": arrival.now.isoformat()})


def _told(arrival: Arrival) -> dict[str, Any]:
    """Return what the event said, kept as an answer where the step gives it a name."""
    name, event = arrival.setting("name"), arrival.event or {}
    return {name: event.get("text") or event.get("data")} if name else {}


def words_of(arrival: Arrival) -> tuple[str, ...]:
    """Return the words of the events that the node waits for."""
    kind = str(arrival.setting("event"))
    detail = EVENTS[kind][1] if kind in EVENTS else ""
    if detail == "tags":
        return tuple(f"{kind}:{one}" for one in arrival.of_account("tags", ()))
    return (f"{kind}:{arrival.setting(detail)}",) if detail else (kind,)


def _check_wait(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    kind = node.settings.get("event")
    if kind not in EVENTS:
        yield NodeProblem(_l("Choose the event."), "event")
        return
    detail = EVENTS[kind][1]
    if detail == "tags":
        for account_id in account_ids:
            if not (node.settings.get("tags") or {}).get(str(account_id)):
                yield NodeProblem(_l("Choose a tag. If there is none yet, create one first."), "tags")
    elif detail and not node.settings.get(detail):
        yield NodeProblem(_l("Enter the tracking ID of the video."), detail)
    if not is_amount(node.settings.get("amount"), least=1):
        yield NodeProblem(WAIT_AT_MOST, "amount")
    if (name := node.settings.get("name")) and (wrong := wrong_name(str(name))):
        yield NodeProblem(wrong, "name")


def _event_summary(node: Node) -> Text:
    kind = node.settings.get("event")
    if kind not in EVENTS:
        return ""
    return _("Wait for %(event)s, at most %(duration)s", event=EVENTS[kind][0], duration=duration_words(node.settings))


for _kind in (
    ActionNodeKind(
        name=DELAY,
        label=_l("Delay"),
        about=_l("Waits for some time, or until a moment"),
        also=_l("wait pause later sleep timer"),
        rank=5,
        category=NodeCategory.BASIC,
        icon="clock",
        decide=_decide_delay,
        decides_alike=lambda node: node.settings.get("mode") != DATE,
        looks_at_time=always,
        acts=False,
        check=_check_delay,
        summary=_delay_summary,
        load=_load_hours,
        exits=lambda node: (
            (Exit(NEXT), Exit(NO_DATE, _l("No date"))) if node.settings.get("mode") == DATE else (Exit(NEXT),)
        ),
        needs_values=lambda node: node.settings.get("mode") == DATE,
    ),
    ActionNodeKind(
        name=WAIT_FOR_EVENT,
        label=_l("Wait for an event"),
        about=_l("Waits until the friend does something, or time is up"),
        also=_l("pause until reply"),
        rank=8,
        category=NodeCategory.BASIC,
        icon="hourglass",
        decide=_decide_wait,
        decides_alike=always,
        looks_at_time=always,
        acts=False,
        check=_check_wait,
        summary=_event_summary,
        answers=lambda node: [str(node.settings.get("name") or "")],
        exits=lambda _node: (Exit(NEXT, _l("It happened")), Exit(TIMEOUT, _l("Not in time"))),
    ),
):
    ACTIONS.add(_kind.name, _kind)
