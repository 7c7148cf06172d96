"""What a tapped button sent, in words: its data where it is written as pairs, and the time that was picked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from app.core.characters import isolated
from app.core.i18n import day
from app.core.values.dates import stored_date

# "action=reserve&seats=2", as LINE's own examples write the data of a button.
_PAIRS = re.compile(r"[\w.-]+=[^&=]*(&[\w.-]+=[^&=]*)*")


def postback_in_words(data: str) -> str:
    """Return the data of a postback with its pairs apart: "action: reserve · seats: 2"; other data as it is."""
    if not _PAIRS.fullmatch(data):
        return data
    pairs = parse_qsl(data, keep_blank_values=True)
    return " · ".join(f"{_spaced(name)}: {isolated(value)}" if value else _spaced(name) for name, value in pairs)


def picked_in_words(params: Mapping[str, Any]) -> str:
    """Return the date and the time that a picker gave, as the reader writes dates; empty when there was none."""
    whole = str(params.get("datetime") or "")
    date, _mark, time = whole.partition("T") if whole else (str(params.get("date") or ""), "", params.get("time"))
    found = stored_date(date)
    return " ".join(str(part) for part in (day(found) if found else date, time) if part)


def _spaced(name: str) -> str:
    return name.replace("_", " ")
