"""What templates of conditions receive: the conditions with their choices, sentences and problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import url_for

from app.core.values.help import VALUE_HELP
from app.line.models import Account
from app.segments.conditions.days import MONTHS
from app.segments.conditions.definition import (
    MOST_CONDITIONS,
    MOST_GROUPS,
    MOST_VALUES,
    ParsedDefinition,
    read_groups,
)
from app.segments.conditions.finished import FinishedPart, finished_part
from app.segments.conditions.operators import NEGATIVE
from app.segments.conditions.properties import Catalogue, Choice, Property
from app.segments.conditions.sentences import ConditionSentences, name_of_month
from app.segments.conditions.values import MOST_ALTERNATIVES, as_choice, choices_among
from app.segments.forms.conditions import Draft, place_for, shown_as


class Offered:
    """Values that a condition may choose from: chosen ones first, also those that do not exist any more."""

    def __init__(self, asked: Property, account_id: int, chosen: Sequence[str], typed: str = "") -> None:
        self.asked, self.typed = asked, typed
        self.chosen = list(dict.fromkeys(as_choice(asked, one) or one for one in chosen))
        usable = choices_among(asked, chosen)
        found = {one.value: one for one in asked.named(account_id, usable)}
        kept = [found.get(value) or Choice(value, "") for value in self.chosen]
        self.lines = self._ordered(kept, asked.find(account_id, typed, usable))

    def _ordered(self, kept: Sequence[Choice], offered: Sequence[Choice]) -> list[tuple[Choice, bool]]:
        """Return each choice and whether it is chosen. Few of them keep their places, since all are visible."""
        chosen, present = set(self.chosen), {one.value for one in offered}
        if self.asked.has_few_choices:
            gone = [(one, True) for one in kept if one.value not in present]
            return gone + [(one, one.value in chosen) for one in offered]
        return [(one, True) for one in kept] + [(one, False) for one in offered if one.value not in chosen]


@dataclass(frozen=True)
class RowNames:
    """How the controls of conditions are named, and where they are sent: names in a form begin with `prefix`."""

    prefix: str
    url: str
    # Selectors of what an answer draws again, and of the form.
    target: str
    form: str
    # Whether a press waits for the answers before it, there may be no conditions at all, a choice asks by itself for
    # the fields that follow it, numbers of friends stand below conditions, and properties may be searched.
    waits: bool = False
    may_be_empty: bool = False
    asks: bool = False
    counts: bool = False
    palette: bool = False


@dataclass(frozen=True)
class Editing:
    """State of one request: the account, its properties, and the form's conditions."""

    account: Account
    catalogue: Catalogue
    draft: Draft

    @cached_property
    def reading(self) -> ParsedDefinition:
        """Return the draft as nodes, with what is missing or wrong."""
        return read_groups(self.draft.groups, self.catalogue, self.draft.exclusions)

    @cached_property
    def part(self) -> FinishedPart | None:
        """Return what is finished of it, as far as that says who is meant."""
        return finished_part(self.reading)


def editor_context(editing: Editing) -> dict[str, Any]:
    """Return the templates' context; `words` are the sentences of the conditions."""
    account_id = editing.account.id
    url = url_for("segments.conditions", account_id=account_id)
    return {
        "account": editing.account,
        "draft": editing.draft,
        "reading": editing.reading,
        "part": editing.part,
        "catalogue": editing.catalogue,
        "words": ConditionSentences([editing.reading.definition]),
        "limits": (MOST_GROUPS, MOST_CONDITIONS, MOST_VALUES, MOST_ALTERNATIVES),
        "negative": NEGATIVE,
        "value_help": VALUE_HELP,
        "shown_as": shown_as,
        "months": MONTHS,
        "name_of_month": name_of_month,
        "place_for": place_for,
        "rows": RowNames("", url, "#segment-conditions", "#segment-form", asks=True, counts=True, palette=True),
        "offered_for": lambda about, values: Offered(about, account_id, values),
        "is_refused": False,
        "alone": None,
        "counted": None,
        # Whether exact numbers are asked for next, and whether these are their answer.
        "follows": False,
        "is_exact": False,
    }
