"""Conditions in words, in the reader's language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.core.i18n import _, day, listed, month_name, number, own_direction
from app.core.values.dates import stored_date
from app.core.values.numbers import LARGEST_NUMBER
from app.segments.conditions.days import MONTHS
from app.segments.conditions.definition import Condition, ConditionGroup, Definition
from app.segments.conditions.operators import Operator, Takes
from app.segments.conditions.properties import Property
from app.segments.conditions.values import choices_among

# More names than these make no sentence.
MOST_NAMES = 5
LARGEST = int(LARGEST_NUMBER)


class ConditionSentences:
    """Sentences of these definitions; the names of chosen values are read once for all of them."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        chosen: defaultdict[tuple[int, str], set[Any]] = defaultdict(set)
        properties: dict[tuple[int, str], Property] = {}
        for definition in definitions:
            for one in definition.conditions:
                if one.about and one.operator and one.operator.takes is Takes.CHOICES:
                    key = (definition.account_id, one.about.name)
                    properties[key] = one.about
                    chosen[key].update(choices_among(one.about, one.values))
        self._names: dict[tuple[int, str], Mapping[Any, str]] = {
            key: {choice.value: choice.label for choice in properties[key].named(key[0], values)}
            for key, values in chosen.items()
        }

    def summary(self, definition: Definition) -> str:
        """Return the whole definition in one line."""
        wanted = [self.group(definition, one) for one in definition.groups if not one.excludes]
        left_out = [self.group(definition, one) for one in definition.groups if one.excludes]
        summary = (wanted[0] if len(wanted) == 1 else _joined(wanted)) or "–"
        if not left_out:
            return summary if wanted else ""
        return _("%(wanted)s, but not %(left_out)s", wanted=summary, left_out=_joined(left_out))

    def group(self, definition: Definition, group: ConditionGroup) -> str:
        """Return the sentences of a group's conditions."""
        return _(" AND ").join(self.condition(definition, one) for one in group.conditions)

    def condition(self, definition: Definition, condition: Condition) -> str:
        """Return the sentence of one condition, or of what is wrong with it."""
        if condition.about is None or condition.operator is None:
            return str(condition.problem)
        takes = condition.operator.takes
        if takes is Takes.CHOICES:
            names = self._names.get((definition.account_id, condition.about.name), {})
            chosen = choices_among(condition.about, condition.values)
            texts = [names.get(value) or _("(deleted)") for value in chosen]
        else:
            texts = [_text(takes, value) for value in condition.values]
        is_single = condition.values == (1,) if takes is Takes.DAYS else len(texts) == 1
        other = (
            condition.operator.single if is_single else condition.operator.several if condition.has_several else None
        )
        sentence = str(other or condition.operator.sentence)
        return sentence % own_direction({"property": str(condition.about.label), **_values(condition.operator, texts)})


def _joined(groups: Sequence[str]) -> str:
    return _(" OR ").join(_("(%(conditions)s)", conditions=part) for part in groups)


def _values(operator: Operator, texts: Sequence[str]) -> dict[str, str]:
    """Return the values for the placeholders of a sentence."""
    first, last = (texts[0], texts[-1]) if texts else ("", "")
    several = {Takes.CHOICES: _names, Takes.MONTHS: _all_names}.get(operator.takes)
    if operator.several is not None and len(texts) > 1:
        quoted = [_("“%(text)s”", text=one) for one in texts] if operator.takes is Takes.TEXT else texts
        return {"value": _names(quoted, operator)}
    return {"value": several(texts, operator) if several else first, "low": first, "high": last}


def _all_names(names: Sequence[str], operator: Operator) -> str:
    return listed(names, style="or" if operator.is_any else "standard")


def _names(names: Sequence[str], operator: Operator) -> str:
    rest = [_("%(count)s more", count=len(names) - MOST_NAMES)] if len(names) > MOST_NAMES else []
    return listed([*names[:MOST_NAMES], *rest], style="or" if operator.is_any else "standard")


def _text(takes: Takes, value: Any) -> str:
    if takes is Takes.MONTHS:
        return name_of_month(value) if value in MONTHS else ""
    if takes in {Takes.DATE, Takes.TWO_DATES}:
        stored = stored_date(value)
        return day(stored) if stored else value if isinstance(value, str) else ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value) if -LARGEST <= value <= LARGEST else ""
    return value if isinstance(value, str) else ""


def name_of_month(value: str) -> str:
    """Return a chosen month in words."""
    relative = {"this": _("this month"), "next": _("next month")}
    return relative.get(value) or month_name(int(value))
