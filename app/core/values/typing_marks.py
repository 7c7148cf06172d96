"""Characters that keyboards and copied pages put in place of the plain ones."""

from __future__ import annotations

import re
import unicodedata

from app.core.characters import UNSEEN

# Hyphens and dashes from U+2010 to U+2015, the minus sign, and the mark for long vowels, which lies where Japanese
# keyboards have the hyphen; full-width and half-width forms become one of them by NFKC.
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc"
INVISIBLE = re.compile(f"[{UNSEEN}]")
_AS_HYPHEN = str.maketrans(dict.fromkeys(DASHES, "-"))


def plain(typed: str) -> str:
    """Return the text with narrow letters and digits, plain hyphens, no invisible marks, and no blanks around it."""
    visible = INVISIBLE.sub("", typed)
    return unicodedata.normalize("NFKC", visible).translate(_AS_HYPHEN).strip()
