"""Notes as text: who is mentioned in one, and its pieces as they are drawn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.team.models import Member

MARK = "@"


def mentioned(text: str, members: Iterable[Member]) -> list[Member]:
    """Return the members whose name stands behind an @; of names that begin alike the longest counts."""
    by_name = {one.label.casefold(): one for one in members}
    found = {match.casefold() for match in _pattern(by_name).findall(text)} if by_name else set()
    return [member for name, member in by_name.items() if MARK + name in found]


def pieces(content: Mapping[str, Any]) -> Sequence[tuple[str, bool]]:
    """Return the parts of a stored note, each with whether it is a mention."""
    text, names = str(content.get("text", "")), [str(one) for one in content.get("mentions", ())]
    if not names:
        return [(text, False)]
    parts = re.split(f"({_pattern(names).pattern})", text, flags=re.IGNORECASE)
    return [(part, number % 2 == 1) for number, part in enumerate(parts) if part]


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(f"{MARK}(?:{'|'.join(map(re.escape, longest_first))})", re.IGNORECASE)
