"""Forms of triggers that follow the clock."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from app.core import i18n
from app.core.i18n import Text, _, _l
from app.core.identifiers import row_number
from app.friends.models import AttributeKind
from app.segments.queries.segments import all_segments
from app.team import time_zones
from app.workflows.definition.occurrences import WEEKDAYS, Around, Every
from app.workflows.forms.offered import field_choices
from app.workflows.forms.reading import is_on, one_of, text, whole_number
from app.workflows.forms.registry import NodeEditing, NodeForm, Posted, register
from app.workflows.triggers.clocks import ALL_FRIENDS, AROUND, EVERY

# What happens where the system was away at the time; as for broadcasts.
LATE: dict[str, Text] = {
    "send": _l("Start the workflow as soon as the system is back"),
    "skip": _l("Do not start it when it is too late"),
    "ask": _l("Ask when it is too late"),
}
USUAL = {"time": "09:00", "zone": "", "late": {"policy": "send"}}
USUAL_HOURS = 3


def _read_clock(form: Posted) -> dict[str, Any]:
    """Return time of day, time zone and late policy."""
    policy = one_of(form, "late", LATE, "send")
    typed = text(form, "zone")
    late: dict[str, Any] = {"policy": policy}
    if policy != "send":
        late["hours"] = whole_number(form, "late_hours") if "late_hours" in form else USUAL_HOURS
    return {"time": text(form, "time"), "zone": time_zones.find(typed) or typed, "late": late}


def _offer_clock(_editing: NodeEditing) -> Mapping[str, Any]:
    return {"late": LATE, "zones": time_zones.choices(i18n.language()), "usual_zone": i18n.time_zone()}


def _read_schedule(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    every = one_of(form, "every", EVERY, Every.DAY.value)
    settings = {"every": every, "segments": _read_segments(form, editing), **_read_clock(form)}
    match every:
        case Every.ONCE:
            settings["date"] = text(form, "date")
        case Every.WEEK:
            settings["weekdays"] = [day for day in range(7) if is_on(form, f"weekday-{day}")]
        case Every.MONTH:
            settings["day"] = whole_number(form, "day") if "day" in form else 1
    return settings


def _read_segments(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    found = {}
    for account in editing.accounts:
        chosen = text(form, f"segments-{account.id}")
        segment_id = ALL_FRIENDS if chosen == ALL_FRIENDS else row_number(chosen)
        if segment_id is not None:
            found[str(account.id)] = segment_id
    return found


def _offer_schedule(editing: NodeEditing) -> Mapping[str, Any]:
    everyone = SimpleNamespace(id=ALL_FRIENDS, name=_("All friends"))
    offered = {account.id: [everyone, *all_segments(account.id)] for account in editing.accounts}
    return {**_offer_clock(editing), "every": EVERY, "weekdays": WEEKDAYS, "segments_of": offered}


def _read_date(form: Posted, _editing: NodeEditing) -> dict[str, Any]:
    around = one_of(form, "around", AROUND, Around.ON.value)
    settings = {"field": text(form, "field"), "around": around, "yearly": form.get("yearly") == "yes"}
    days = {} if around == Around.ON else {"days": whole_number(form, "days") if "days" in form else 1}
    return {**settings, **days, **_read_clock(form)}


def _offer_date(editing: NodeEditing) -> Mapping[str, Any]:
    how_often = {"no": _("Once, in its own year"), "yes": _("Every year, such as for birthdays")}
    fields = field_choices(editing, (AttributeKind.DATE,))
    return {**_offer_clock(editing), "fields": fields, "around": AROUND, "how_often": how_often}


for _form in (
    NodeForm(
        kind="schedule",
        template="workflows/nodes/_schedule.html",
        read=_read_schedule,
        context=_offer_schedule,
        blank={"every": Every.DAY.value, "segments": {}, **USUAL},
    ),
    NodeForm(
        kind="date_reached",
        template="workflows/nodes/_date_reached.html",
        read=_read_date,
        context=_offer_date,
        blank={"field": "", "around": Around.ON.value, "yearly": False, **USUAL},
    ),
):
    register(_form)
