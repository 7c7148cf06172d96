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


# Digits in these shapes mean something else beside others: 5² is not 52.
_SHAPED = ("<super>", "<sub>", "<circle>", "<fraction>", "<square>")


def plain(typed: str) -> str:
    """Return the text with narrow letters and digits, plain hyphens, no invisible marks, and no blanks around it."""
    visible = INVISIBLE.sub("", typed)
    narrow = visible if visible.isascii() else "".join(map(_narrow, visible))
    return narrow.translate(_AS_HYPHEN).strip()


def _narrow(one: str) -> str:
    is_shaped = unicodedata.decomposition(one).startswith(_SHAPED)
    return one if is_shaped else unicodedata.normalize("NFKC", one)
