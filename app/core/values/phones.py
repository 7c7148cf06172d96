"""Phone numbers: read as they are typed, and compared in one normal form.

The normal form is E.164, such as "+819012345678". A number without a country code belongs to the workspace's country.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from app.core.i18n import Text, _, _l, country
from app.core.values.errors import WrongValue
from app.core.values.typing_marks import plain

# What people put between digits; a middle dot stands for a hyphen.
_WRITTEN = re.compile(r"\+?[0-9(][0-9 ()./-]*")
_MIDDLE_DOTS = str.maketrans("・·•", "---")
# The national prefix that is left out after a country code: +81 (0)90.
_LEFT_OUT = re.compile(r"(?<=[0-9 ])\(0\)")
LONGEST = 40
HELP: Text = _l(
    "Digits, with hyphens, blanks, dots or brackets wherever you like. 090-1234-5678 and +81 90 1234 5678 are the"
    " same number; one without a country code belongs to the workspace's country."
)


def read_phone(typed: str) -> str:
    """Return the number as typed, with plain digits and hyphens; raises WrongValue for what cannot be a number."""
    written = as_written(typed)
    if not _WRITTEN.fullmatch(written) or len(written) > LONGEST or _e164(written, country()) is None:
        raise WrongValue(_("This cannot be a phone number. Write it like 090-1234-5678 or +81 90 1234 5678."))
    return written


def read_part(typed: str) -> str:
    """Return a number or a part of one that is searched for; raises WrongValue for what holds no digit."""
    written = as_written(typed)
    if not re.fullmatch(r"[0-9 +()./-]*[0-9][0-9 +()./-]*", written):
        raise WrongValue(_("Write a phone number or a part of one, such as 090-1234 or +81 90."))
    return written


def normal(number: str, region: str | None = None) -> str:
    """Return the normal form of a stored number; of one that cannot be a number its digits alone."""
    written = as_written(number)
    return _e164(written, region or country()) or re.sub(r"[^0-9]", "", written)


def spellings(part: str) -> list[str]:
    """Return the digits that may stand in a normal form where someone looks for this part of a number."""
    written = as_written(part)
    digits = re.sub(r"[^0-9]", "", _LEFT_OUT.sub("", written))
    known = phonenumbers.PhoneMetadata.metadata_for_region(country())
    prefix = known.national_prefix if known else None
    if not known or not prefix or written.startswith("+") or not digits.startswith(prefix):
        return [digits]
    return [digits, f"{known.country_code}{digits.removeprefix(prefix)}"]


def regions() -> frozenset[str]:
    """Return the ISO 3166 codes of countries whose numbers are known."""
    return frozenset(phonenumbers.SUPPORTED_REGIONS)


def as_written(typed: str) -> str:
    """Return the text with plain digits, single blanks, and a hyphen for whatever stands for one."""
    return " ".join(plain(typed).translate(_MIDDLE_DOTS).split())


# A batch of friends is read as a whole before it is written, so that each number is needed twice.
@lru_cache(maxsize=20_000)
def _e164(written: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(_LEFT_OUT.sub("", written), region)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
