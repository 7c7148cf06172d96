"""The operators of each type of value: what they are called, what they take, and how a condition with them reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.i18n import Text, _l


class ValueType(StrEnum):
    """What a property holds; it decides which operators there are."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    # Several at once, such as tags.
    SET = "set"
    # One of a few, such as the follow status.
    CHOICE = "choice"
    YES_NO = "yes_no"


class Takes(StrEnum):
    """What stands to the right of an operator; it decides the form's field."""

    NOTHING = "nothing"
    TEXT = "text"
    NUMBER = "number"
    TWO_NUMBERS = "two_numbers"
    DATE = "date"
    TWO_DATES = "two_dates"
    DAYS = "days"
    MONTHS = "months"
    CHOICES = "choices"


@dataclass(frozen=True)
class Operator:
    """`sentence` holds %(property)s and, for what it takes, %(value)s or %(low)s and %(high)s."""

    name: str
    label: Text
    takes: Takes
    sentence: Text
    # Where it reads better when a single value was chosen, or the value is 1.
    single: Text | None = None
    # Whether one of several values is enough, so that the sentence joins them with "or".
    is_any: bool = False
    # The sentence with several texts or numbers; without one there is a single value.
    several: Text | None = None


def _several(name: str, label: Text, takes: Takes, sentence: Text, several: Text) -> Operator:
    return Operator(name, label, takes, sentence, is_any=True, several=several)


def _known() -> tuple[Operator, ...]:
    return (
        Operator("known", _l("Is known"), Takes.NOTHING, _l("%(property)s is known")),
        Operator("unknown", _l("Is unknown"), Takes.NOTHING, _l("%(property)s is unknown")),
    )


_TEXT = (
    _several(
        "equals",
        _l("Equals"),
        Takes.TEXT,
        _l("%(property)s equals “%(value)s”"),
        _l("%(property)s equals any of %(value)s"),
    ),
    _several(
        "not_equals",
        _l("Does not equal"),
        Takes.TEXT,
        _l("%(property)s does not equal “%(value)s”"),
        _l("%(property)s equals none of %(value)s"),
    ),
    _several(
        "contains",
        _l("Contains"),
        Takes.TEXT,
        _l("%(property)s contains “%(value)s”"),
        _l("%(property)s contains any of %(value)s"),
    ),
    _several(
        "not_contains",
        _l("Does not contain"),
        Takes.TEXT,
        _l("%(property)s does not contain “%(value)s”"),
        _l("%(property)s contains none of %(value)s"),
    ),
    _several(
        "starts_with",
        _l("Starts with"),
        Takes.TEXT,
        _l("%(property)s starts with “%(value)s”"),
        _l("%(property)s starts with any of %(value)s"),
    ),
    _several(
        "ends_with",
        _l("Ends with"),
        Takes.TEXT,
        _l("%(property)s ends with “%(value)s”"),
        _l("%(property)s ends with any of %(value)s"),
    ),
    *_known(),
)
_NUMBER = (
    _several(
        "equals", _l("Equals"), Takes.NUMBER, _l("%(property)s is %(value)s"), _l("%(property)s is any of %(value)s")
    ),
    _several(
        "not_equals",
        _l("Does not equal"),
        Takes.NUMBER,
        _l("%(property)s is not %(value)s"),
        _l("%(property)s is none of %(value)s"),
    ),
    Operator("less", _l("Less than"), Takes.NUMBER, _l("%(property)s is less than %(value)s")),
    Operator("at_most", _l("Less than or equal to"), Takes.NUMBER, _l("%(property)s is %(value)s or less")),
    Operator("more", _l("Greater than"), Takes.NUMBER, _l("%(property)s is greater than %(value)s")),
    Operator("at_least", _l("Greater than or equal to"), Takes.NUMBER, _l("%(property)s is %(value)s or more")),
    Operator("between", _l("Between"), Takes.TWO_NUMBERS, _l("%(property)s is between %(low)s and %(high)s")),
    *_known(),
)
_DATE = (
    Operator("on", _l("On the day"), Takes.DATE, _l("%(property)s is on %(value)s")),
    Operator("before", _l("Before"), Takes.DATE, _l("%(property)s is before %(value)s")),
    Operator("after", _l("After"), Takes.DATE, _l("%(property)s is after %(value)s")),
    Operator("between", _l("Between"), Takes.TWO_DATES, _l("%(property)s is from %(low)s to %(high)s")),
    Operator(
        "last_days",
        _l("In the last … days"),
        Takes.DAYS,
        _l("%(property)s is in the last %(value)s days"),
        single=_l("%(property)s is in the last day"),
    ),
    Operator(
        "days_ago",
        _l("More than … days ago"),
        Takes.DAYS,
        _l("%(property)s is more than %(value)s days ago"),
        single=_l("%(property)s is more than a day ago"),
    ),
    Operator(
        "exactly_ago",
        _l("Exactly … days ago"),
        Takes.DAYS,
        _l("%(property)s is exactly %(value)s days ago"),
        single=_l("%(property)s is yesterday"),
    ),
    Operator(
        "next_days",
        _l("In the next … days"),
        Takes.DAYS,
        _l("%(property)s is in the next %(value)s days"),
        single=_l("%(property)s is today or tomorrow"),
    ),
    Operator(
        "exactly_ahead",
        _l("In exactly … days"),
        Takes.DAYS,
        _l("%(property)s is in exactly %(value)s days"),
        single=_l("%(property)s is tomorrow"),
    ),
    Operator("months", _l("In the month, of any year"), Takes.MONTHS, _l("%(property)s is in %(value)s"), is_any=True),
    Operator(
        "anniversary_next_days",
        _l("Anniversary in the next … days"),
        Takes.DAYS,
        _l("the anniversary of %(property)s is in the next %(value)s days"),
        single=_l("the anniversary of %(property)s is today or tomorrow"),
    ),
    Operator(
        "anniversary_exactly_ahead",
        _l("Anniversary in exactly … days"),
        Takes.DAYS,
        _l("the anniversary of %(property)s is in exactly %(value)s days"),
        single=_l("the anniversary of %(property)s is tomorrow"),
    ),
    *_known(),
)
_SET = (
    Operator(
        "contains_any",
        _l("Contains any"),
        Takes.CHOICES,
        _l("%(property)s contains any of %(value)s"),
        single=_l("%(property)s contains %(value)s"),
        is_any=True,
    ),
    Operator(
        "contains_all",
        _l("Contains all"),
        Takes.CHOICES,
        _l("%(property)s contains all of %(value)s"),
        single=_l("%(property)s contains %(value)s"),
    ),
    Operator(
        "contains_none",
        _l("Contains none"),
        Takes.CHOICES,
        _l("%(property)s contains none of %(value)s"),
        single=_l("%(property)s does not contain %(value)s"),
        is_any=True,
    ),
    Operator("empty", _l("Is empty"), Takes.NOTHING, _l("%(property)s is empty")),
)
_CHOICE = (
    Operator(
        "any_of",
        _l("Is any of"),
        Takes.CHOICES,
        _l("%(property)s is any of %(value)s"),
        single=_l("%(property)s is %(value)s"),
        is_any=True,
    ),
    Operator(
        "none_of",
        _l("Is none of"),
        Takes.CHOICES,
        _l("%(property)s is none of %(value)s"),
        single=_l("%(property)s is not %(value)s"),
        is_any=True,
    ),
    *_known(),
)
_YES_NO = (
    Operator("is", _l("Is yes"), Takes.NOTHING, _l("%(property)s is yes")),
    Operator("is_not", _l("Is not yes"), Takes.NOTHING, _l("%(property)s is not yes")),
    *_known(),
)
# For properties that ask in which of some things a friend is, such as broadcasts received or workflows finished.
AMONG = (
    Operator(
        "contains_any",
        _l("Any of"),
        Takes.CHOICES,
        _l("%(property)s: any of %(value)s"),
        single=_l("%(property)s: %(value)s"),
        is_any=True,
    ),
    Operator(
        "contains_all",
        _l("All of"),
        Takes.CHOICES,
        _l("%(property)s: all of %(value)s"),
        single=_l("%(property)s: %(value)s"),
    ),
    Operator(
        "contains_none",
        _l("None of"),
        Takes.CHOICES,
        _l("%(property)s: none of %(value)s"),
        single=_l("%(property)s: not %(value)s"),
        is_any=True,
    ),
)
OPERATORS: dict[ValueType, dict[str, Operator]] = {
    kind: {operator.name: operator for operator in operators}
    for kind, operators in (
        (ValueType.TEXT, _TEXT),
        (ValueType.NUMBER, _NUMBER),
        (ValueType.DATE, _DATE),
        (ValueType.SET, _SET),
        (ValueType.CHOICE, _CHOICE),
        (ValueType.YES_NO, _YES_NO),
    )
}
# Dates at which something happened lie in the past, and those of which only the last is kept have no other day.
FUTURE = frozenset({"next_days", "exactly_ahead"})
YEARLY = frozenset({"months", "anniversary_next_days", "anniversary_exactly_ahead"})
PAST_DATE = {name: one for name, one in OPERATORS[ValueType.DATE].items() if name not in FUTURE}
LAST_DATE = {name: one for name, one in PAST_DATE.items() if name not in YEARLY}
# What also counts friends of whom nothing is known; the editor says so.
NEGATIVE = frozenset({"not_equals", "not_contains", "contains_none", "none_of", "is_not"})
# What a service that knows a friend, or does not, is called: "Shopify integration: integrated".
INTEGRATION: dict[str, Operator] = {
    "is": Operator("is", _l("Integrated"), Takes.NOTHING, _l("%(property)s is integrated")),
    "is_not": Operator("is_not", _l("Not integrated"), Takes.NOTHING, _l("%(property)s is not integrated")),
}
