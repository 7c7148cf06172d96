"""Characters that keyboards and copied pages put in place of the plain ones."""

from __future__ import annotations

import re
import unicodedata

# Hyphens and dashes from U+2010 to U+2015, the minus sign, and the mark for long vowels, which lies where Japanese
# keyboards have the hyphen; full-width and half-width forms become one of them by NFKC.
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc"
# Marks without width or form: soft hyphen, zero-width characters, direction marks, variation selectors.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\U000e0100-\U000e01ef]"
)
_AS_HYPHEN = str.maketrans(dict.fromkeys(DASHES, "-"))


def plain(typed: str) -> str:
    """Return the text with narrow letters and digits, plain hyphens, no invisible marks, and no blanks around it."""
    visible = INVISIBLE.sub("", typed)
    return unicodedata.normalize("NFKC", visible).translate(_AS_HYPHEN).strip()
