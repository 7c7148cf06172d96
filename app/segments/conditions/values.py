"""Values of a condition: read typed or posted input into its stored form."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from app.core.i18n import _, _l
from app.core.lenient_json import storable
from app.core.values.dates import read_date
from app.core.values.errors import WrongValue
from app.core.values.numbers import read_number, read_whole_number, spelled
from app.core.values.typing_marks import INVISIBLE
from app.segments.conditions.days import MONTHS
from app.segments.conditions.operators import Operator, Takes
from app.segments.conditions.properties import Catalogue, Property

LONGEST_TEXT = 200
MOST_DAYS = 36_500
# Each text is looked for by itself.
MOST_ALTERNATIVES = 50
Value = Any


def read_values(about: Property, operator: Operator, raw: Sequence[Any], catalogue: Catalogue) -> tuple[Value, ...]:
    """Return the values as stored; raises WrongValue with what is missing or wrong."""
    if operator.takes is Takes.NOTHING:
        return ()
    if operator.takes is Takes.CHOICES:
        return _choices(about, raw, catalogue)
    typed, read = [one for one in map(_typed, raw) if one], _READERS[operator.takes]
    values = read(typed) if operator.several is None else _several(read, typed)
    return tuple(map(about.read, values)) if about.read and operator.takes is Takes.TEXT else values


def _typed(value: Any) -> str:
    """Return the typed text without blanks around it; a number in JSON is read as its digits."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return as_draft(value).strip()


def as_draft(value: str | float) -> str:
    """Return a stored value as it stands in the form."""
    return value if isinstance(value, str) else spelled(value)


def _one(read: Callable[[str], Value], missing: object) -> Callable[[Sequence[str]], tuple[Value, ...]]:
    def read_one(typed: Sequence[str]) -> tuple[Value, ...]:
        if not typed:
            raise WrongValue(str(missing))
        return (read(typed[0]),)

    return read_one


def _several(read: Callable[[Sequence[str]], tuple[Value, ...]], typed: Sequence[str]) -> tuple[Value, ...]:
    """Read each value by itself; each is kept once."""
    if len(typed) > MOST_ALTERNATIVES:
        raise WrongValue(_("Enter at most %(most)s values.", most=MOST_ALTERNATIVES))
    return tuple(dict.fromkeys(value for one in typed or [""] for value in read([one] if one else [])))


def _two(read: Callable[[str], Value], missing: object) -> Callable[[Sequence[str]], tuple[Value, ...]]:
    def read_two(typed: Sequence[str]) -> tuple[Value, ...]:
        if len(typed) < 2:
            raise WrongValue(str(missing))
        low, high = read(typed[0]), read(typed[1])
        if low > high:
            raise WrongValue(_("The first value must not be greater than the second."))
        return (low, high)

    return read_two


def _text(typed: str) -> str:
    if len(typed) > LONGEST_TEXT:
        raise WrongValue(_("At most %(limit)s characters.", limit=LONGEST_TEXT))
    if not INVISIBLE.sub("", typed).strip():
        raise WrongValue(_("Enter a text."))
    return str(storable(typed))


def _days(typed: str) -> int:
    wrong, too_many = _l("Enter the days as a whole number."), _l("At most %(limit)s days.", limit=MOST_DAYS)
    return read_whole_number(typed, MOST_DAYS, wrong, too_many)


def _months(typed: Sequence[str]) -> tuple[str, ...]:
    if not typed:
        raise WrongValue(_("Choose at least one month."))
    if not set(typed) <= set(MONTHS):
        raise WrongValue(_("Months are the numbers 1 to 12, “this” and “next”."))
    return tuple(one for one in MONTHS if one in typed)


def _choices(about: Property, raw: Sequence[Any], catalogue: Catalogue) -> tuple[Value, ...]:
    """Return the chosen values, each once; raises WrongValue when there are none, or one does not exist (any more)."""
    wanted = list(dict.fromkeys(as_choice(about, one) for one in raw if one != ""))
    if not wanted:
        raise WrongValue(_("Choose at least one."))
    if None in wanted or not catalogue.existing(about, wanted).issuperset(wanted):
        raise WrongValue(_("A chosen value does not exist any more. Remove it."))
    return tuple(wanted)


def choices_among(about: Property, raw: Sequence[Any]) -> list[Value]:
    """Return those of any values, for example posted ones, that could be choices of the property."""
    return [one for one in (as_choice(about, value) for value in raw) if one is not None]


def as_choice(about: Property, raw: Any) -> Value:
    """Return the value as stored; None for what cannot be a choice."""
    if not about.choices_are_numbers:
        return storable(raw) if isinstance(raw, str) else None
    text = as_draft(raw) if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


_READERS: dict[Takes, Callable[[Sequence[str]], tuple[Value, ...]]] = {
    Takes.TEXT: _one(_text, _l("Enter a text.")),
    Takes.NUMBER: _one(read_number, _l("Enter a number.")),
    Takes.TWO_NUMBERS: _two(read_number, _l("Enter two numbers.")),
    Takes.DATE: _one(read_date, _l("Enter a date.")),
    Takes.TWO_DATES: _two(read_date, _l("Enter two dates.")),
    Takes.DAYS: _one(_days, _l("Enter the number of days.")),
    Takes.MONTHS: _months,
}
