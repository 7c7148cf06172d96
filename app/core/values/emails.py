"""E-mail addresses of friends: data that other systems hold, not logins, so that odd ones are stored too.

Old addresses of Japanese carriers break the standard: two dots in a row, or a dot before the @. The domain is checked
and stored in Unicode, whichever way it was written.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from app.core.i18n import Text, _, _l
from app.core.lenient_json import storable
from app.core.values.errors import WrongValue
from app.core.values.typing_marks import INVISIBLE

# Before the @: a quoted text, or anything without blanks and without characters that mean something in a header.
_LOCAL = re.compile(r'"(?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])+"|[^\s"(),:;<>@\[\\\]\x00-\x1f\x7f]+')
_LABEL = re.compile(r"xn--[a-z0-9-]+", re.IGNORECASE)
LONGEST = 254
_COMBINING = str.maketrans({"゛": "\u3099", "゜": "\u309a"})
HELP: Text = _l(
    "Like taro@example.jp. Old carrier addresses such as taro..yamada@docomo.ne.jp are stored as they are, and"
    " full-width letters become narrow."
)


def read_email(typed: str) -> str:
    """Return the address with narrow letters and its domain in Unicode and lower case; raises WrongValue."""
    narrow = _narrow(str(storable(typed)))
    local, _at, domain = narrow.rpartition("@")
    if not _LOCAL.fullmatch(local) or len(narrow) > LONGEST:
        raise WrongValue(_("This is not an e-mail address. Write it like taro@example.jp."))
    try:
        return f"{local}@{_domain(domain)}"
    except EmailNotValidError as error:
        raise WrongValue(_("This is not an e-mail address. Write it like taro@example.jp.")) from error


def _narrow(typed: str) -> str:
    """Return the text with narrow letters; NFKC alone would put a blank before a voicing mark that stands alone."""
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", typed).translate(_COMBINING)).strip()


@lru_cache(maxsize=10_000)
def _domain(typed: str) -> str:
    """Return the domain as it is stored; raises EmailNotValidError. Checking one takes longer than writing a row."""
    return validate_email(f"a@{typed}", check_deliverability=False).domain


def read_part(typed: str) -> str:
    """Return an address or a part of one that is searched for, narrow and with its domain in Unicode."""
    return decoded(_narrow(typed))


def decoded(text: str) -> str:
    """Return a text, such as a part of an address that is searched for, with punycode labels in Unicode."""
    return _LABEL.sub(_unicode_label, text) if "xn--" in text.lower() else text


def _unicode_label(found: re.Match[str]) -> str:
    try:
        return found[0][4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return found[0]
