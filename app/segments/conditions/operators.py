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
    CHOICES = "choices"


@dataclass(frozen=True)
class Operator:
    """`sentence` holds %(property)s and, for what it takes, %(value)s or %(low)s and %(high)s."""

    name: str
    label: Text
    takes: Takes
    sentence: Text


def _known() -> tuple[Operator, ...]:
    return (
        Operator("known", _l("is known"), Takes.NOTHING, _l("%(property)s is known")),
        Operator("unknown", _l("is unknown"), Takes.NOTHING, _l("%(property)s is unknown")),
    )


_TEXT = (
    Operator("equals", _l("equals"), Takes.TEXT, _l("%(property)s equals “%(value)s”")),
    Operator("not_equals", _l("does not equal"), Takes.TEXT, _l("%(property)s does not equal “%(value)s”")),
    Operator("contains", _l("contains"), Takes.TEXT, _l("%(property)s contains “%(value)s”")),
    Operator("not_contains", _l("does not contain"), Takes.TEXT, _l("%(property)s does not contain “%(value)s”")),
    Operator("starts_with", _l("starts with"), Takes.TEXT, _l("%(property)s starts with “%(value)s”")),
    Operator("ends_with", _l("ends with"), Takes.TEXT, _l("%(property)s ends with “%(value)s”")),
    *_known(),
)
_NUMBER = (
    Operator("equals", _l("equals (=)"), Takes.NUMBER, _l("%(property)s is %(value)s")),
    Operator("not_equals", _l("does not equal (≠)"), Takes.NUMBER, _l("%(property)s is not %(value)s")),
    Operator("less", _l("less than (<)"), Takes.NUMBER, _l("%(property)s is less than %(value)s")),
    Operator("at_most", _l("less than or equal to (≤)"), Takes.NUMBER, _l("%(property)s is %(value)s or less")),
    Operator("more", _l("greater than (>)"), Takes.NUMBER, _l("%(property)s is greater than %(value)s")),
    Operator("at_least", _l("greater than or equal to (≥)"), Takes.NUMBER, _l("%(property)s is %(value)s or more")),
    Operator("between", _l("between"), Takes.TWO_NUMBERS, _l("%(property)s is between %(low)s and %(high)s")),
    *_known(),
)
_DATE = (
    Operator("on", _l("on"), Takes.DATE, _l("%(property)s is on %(value)s")),
    Operator("before", _l("before"), Takes.DATE, _l("%(property)s is before %(value)s")),
    Operator("after", _l("after"), Takes.DATE, _l("%(property)s is after %(value)s")),
    Operator("between", _l("between"), Takes.TWO_DATES, _l("%(property)s is from %(low)s to %(high)s")),
    Operator("last_days", _l("in the last … days"), Takes.DAYS, _l("%(property)s is in the last %(value)s days")),
    Operator("days_ago", _l("more than … days ago"), Takes.DAYS, _l("%(property)s is more than %(value)s days ago")),
    *_known(),
)
_SET = (
    Operator("contains_any", _l("contains any"), Takes.CHOICES, _l("%(property)s contains any of %(value)s")),
    Operator("contains_all", _l("contains all"), Takes.CHOICES, _l("%(property)s contains all of %(value)s")),
    Operator("contains_none", _l("contains none"), Takes.CHOICES, _l("%(property)s contains none of %(value)s")),
    Operator("empty", _l("is empty"), Takes.NOTHING, _l("%(property)s is empty")),
)
_CHOICE = (
    Operator("any_of", _l("is any of"), Takes.CHOICES, _l("%(property)s is %(value)s")),
    Operator("none_of", _l("is none of"), Takes.CHOICES, _l("%(property)s is not %(value)s")),
    *_known(),
)
_YES_NO = (
    Operator("is", _l("is yes"), Takes.NOTHING, _l("%(property)s is yes")),
    Operator("is_not", _l("is not yes"), Takes.NOTHING, _l("%(property)s is not yes")),
    *_known(),
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
# What also counts friends of whom nothing is known; the editor says so.
NEGATIVE = frozenset({"not_equals", "not_contains", "contains_none", "none_of", "is_not"})
# What a service that knows a friend, or does not, is called: "Shopify integration: integrated".
INTEGRATION: dict[str, Operator] = {
    "is": Operator("is", _l("integrated"), Takes.NOTHING, _l("%(property)s is integrated")),
    "is_not": Operator("is_not", _l("not integrated"), Takes.NOTHING, _l("%(property)s is not integrated")),
}
