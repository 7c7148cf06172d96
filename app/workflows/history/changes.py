"""Say in words what is set otherwise in a version of a workflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.core.i18n import Text, _, _l
from app.workflows.definition.comparing import ComparedStep, NewWay, StepChange
from app.workflows.definition.graph import Node
from app.workflows.definition.naming import StepNames
from app.workflows.history.steps import exit_label

CHANGES: dict[StepChange, Text] = {
    StepChange.ADDED: _l("Added"),
    StepChange.REMOVED: _l("Removed"),
    StepChange.CHANGED: _l("Changed"),
    StepChange.MOVED: _l("Moved"),
}
CHANGE_COLOURS = {
    StepChange.ADDED: "green",
    StepChange.REMOVED: "red",
    StepChange.CHANGED: "blue",
    StepChange.MOVED: "orange",
}
_DETAILS = _l("details")
# What settings of steps are about.
_SUBJECTS: dict[Text, tuple[str, ...]] = {
    _l("messages"): ("content", "messages", "message", "text", "subject", "repeat"),
    _l("tags"): ("tags",),
    _l("time"): (
        *("amount", "unit", "time", "weekdays", "mode", "date", "days", "day", "late", "business_hours", "yearly"),
        *("every", "zone", "around", "repeat_hours"),
    ),
    _l("conditions"): ("conditions", "branches", "keywords", "match", "segments"),
    _l("answers"): ("choices", "tries", "default", "is_shared", "answer", "kind"),
    _l("attribute"): ("field", "value", "fields"),
    _l("address"): ("url", "address", "secret", "friend_by", "friend_path"),
    _l("workflow"): ("workflow", "from_workflow", "from_node"),
    _l("members"): ("members", "assignees", "to"),
    _l("status"): ("conversation_status",),
    _l("note"): ("note",),
    _l("rich menu"): ("menus", "alias"),
    _l("shares"): ("parts",),
    _l("HubSpot property"): ("hubspot_properties",),
    _l("value"): ("hubspot_value", "before", "before_value", "after", "after_value"),
    _l("HubSpot list"): ("hubspot_lists", "watched_lists"),
    _l("name"): ("name",),
}


def subjects_of(settings: Iterable[str]) -> list[str]:
    """Return what these settings are about, each once."""
    by_name: Mapping[str, Text] = {name: subject for subject, names in _SUBJECTS.items() for name in names}
    return list(dict.fromkeys(str(by_name.get(one, _DETAILS)) for one in settings))


def sentences_of_change(step: ComparedStep, names: tuple[StepNames, StepNames]) -> list[str]:
    """Return what has changed in a step that both versions have; `names` are those of the steps in each."""
    said = [_("Set otherwise: %(subjects)s", subjects=", ".join(subjects_of(step.settings)))] if step.settings else []
    return [*said, *(_way_words(step, one, names) for one in step.ways)]


def _way_words(step: ComparedStep, way: NewWay, names: tuple[StepNames, StepNames]) -> str:
    targets = {"before": _target(way.before, names[0]), "after": _target(way.after, names[1])}
    label = exit_label(step.after, way.exit) or exit_label(step.before, way.exit)
    if label:
        return _("%(exit)s: goes on with %(after)s, before with %(before)s", exit=label, **targets)
    return _("Goes on with %(after)s, before with %(before)s", **targets)


def _target(node: Node | None, names: StepNames) -> Text:
    return _("“%(step)s”", step=names.step(node)) if node else _("no further step")
