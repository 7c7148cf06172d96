"""Numbers: read from what people type or programs send, and spelled without exponent."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from app.core.i18n import Text, _, _l
from app.core.values.errors import WrongValue
from app.core.values.typing_marks import plain

LARGEST_NUMBER = Decimal(10) ** 15
# Commas, if any, stand before each three digits.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+|(?=\.))(?:\.[0-9]+)?")
HELP: Text = _l(
    "Digits with a point before decimals and, if you like, a comma before every three digits: 1234.5 or 1,234.5."
    " Full-width digits are read too."
)


def read_number(typed: str) -> int | float:
    """Read a number in any width; raises WrongValue.

    A comma is a thousands mark before exactly three digits, and then everywhere in the number.
    """
    digits = plain(typed)
    if not _NUMBER.fullmatch(digits):
        raise WrongValue(
            _("Write the number with a point before decimals and commas only between thousands, such as 1,234.5.")
        )
    number = Decimal(digits.replace(",", ""))
    if number.copy_abs() > LARGEST_NUMBER:
        raise WrongValue(_("This number is too large. At most 1,000,000,000,000,000 can be stored."))
    return int(number) if number == number.to_integral_value() else _with_decimals(number)


def typed_whole_number(typed: str) -> int | None:
    """Return the whole number of a field, in any width; None for anything else."""
    try:
        number = read_number(typed)
    except WrongValue:
        return None
    return number if isinstance(number, int) else None


def _with_decimals(number: Decimal) -> float:
    """Return the number as it is stored; raises WrongValue when that would be another one."""
    stored = float(number)
    if Decimal(repr(stored)) != number:
        raise WrongValue(_("This number has too many digits. At most 15 can be stored."))
    return stored


def read_whole_number(typed: str, most: int, wrong: Text, too_large: Text) -> int:
    """Read a whole number from 0 to `most`; raises WrongValue with these sentences."""
    try:
        number = read_number(typed)
    except WrongValue as error:
        raise WrongValue(str(wrong)) from error
    if number < 0 or not isinstance(number, int):
        raise WrongValue(str(wrong))
    if number > most:
        raise WrongValue(str(too_large))
    return number


def spelled(number: float) -> str:
    """Return the number's digits as they would be typed: never with an exponent, and "inf" for what has too many."""
    if isinstance(number, float):
        return format(Decimal(repr(number)), "f") if math.isfinite(number) else str(number)
    try:
        return str(number)
    except ValueError:
        # Python refuses to write whole numbers of thousands of digits.
        return "inf"
