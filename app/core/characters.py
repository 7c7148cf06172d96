"""What single characters do to text: some cannot be seen, some turn its direction, and some belong together."""

from __future__ import annotations

import re

import regex

# Unicode's Default_Ignorable_Code_Point, with the Braille blank, which is drawn as nothing, and annotation marks, as
# ranges of a character class, which Python and PostgreSQL read alike. Blanks and control characters are not in it.
UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# All blanks and line breaks of Unicode, which Python and PostgreSQL would not agree about by themselves.
BLANK = "\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# They turn the direction of whatever text comes after them, also of what is not part of the name.
TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# What ends a name and has a meaning there: variation selectors, and the letters of a flag.
_ENDING = re.compile("[\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]")

_UNSEEN = re.compile(f"[{UNSEEN}]")
_DRAWN = re.compile(f"[^{UNSEEN}\\s\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_TURNING = re.compile(f"[{TURNING}]")
_AROUND = UNSEEN.replace("\ufe00-\ufe0f", "").replace("\U000e0000-\U000e0fff", "")
_EDGES = re.compile(rf"^[\s{_AROUND}]+|[\s{_AROUND}]+\Z")
_OVERRIDING = re.compile("[\u061c\u200e\u200f\u202a-\u202e]")
# Letters written from right to left, and what turns direction: only text with them can disturb the text around it.
_DISTURBING = re.compile(
    f"[{TURNING}\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# Tag characters spell the region of a flag; anywhere else they are text that cannot be seen.
_TAGS = re.compile("(\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f)|[\U000e0000-\U000e007f]")
_MARKS = regex.compile(r"\p{M}+")
_WHOLE = regex.compile(r"\X")


def is_visible(text: str) -> bool:
    """Return whether anything of the text is drawn."""
    return bool(_DRAWN.search(text))


def stands_alone(text: str) -> bool:
    """Return whether anything of the text is drawn by itself, and not only as a mark on another character."""
    return is_visible(_MARKS.sub("", text))


def without_unseen(text: str) -> str:
    """Return the text without what turns it, what spells nothing, and what cannot be seen at its ends.

    Inside, invisible characters may have a meaning, as between the parts of an emoji. Text of which nothing is drawn
    becomes empty.
    """
    if text.isascii():
        return text
    plain = _TAGS.sub(r"\1", _TURNING.sub("", text))
    if not is_visible(plain):
        return ""
    start, end = 0, len(plain)
    while _is_bare(plain[start]):
        start += 1
    while _is_bare(plain[end - 1]) and not _ENDING.match(plain[end - 1]):
        end -= 1
    return plain[start:end]


def _is_bare(one: str) -> bool:
    return one.isspace() or bool(_UNSEEN.match(one))


def edges_trimmed(text: str) -> str:
    """Return a value without blanks and invisible characters at its ends."""
    return _EDGES.sub("", text)


def initial(text: str) -> str:
    """Return the first whole character that can be seen: with its marks, a flag or a family as one; perhaps empty."""
    found = next((one for one in _WHOLE.findall(text) if is_visible(one)), "")
    return found.upper() if len(found) == len(found.upper()) else found


def isolated(text: str) -> str:
    """Return text that leaves the direction of the sentence around it alone, for where no `<bdi>` can stand."""
    if not _DISTURBING.search(text):
        return text
    within = (_OVERRIDING if _closes_what_it_opens(text) else _TURNING).sub("", text)
    return f"\u2068{within}\u2069"


def _closes_what_it_opens(text: str) -> bool:
    """Return whether the isolates inside end there, as those do that this function has set around parts of it."""
    depth = 0
    for one in text:
        depth += (one in "\u2066\u2067\u2068") - (one == "\u2069")
        if depth < 0:
            return False
    return depth == 0
