"""Read a place on the map from what people type or paste: two numbers, or the link of a map."""

from __future__ import annotations

import re
from typing import Any

from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.core.values.typing_marks import plain

LONGEST = 100
# As maps write it in links and copy it: latitude first.
_DEGREES = re.compile(r"(-?[0-9]{1,2}(?:\.[0-9]+)?)\s*(?:,|%2C)\s*(-?[0-9]{1,3}(?:\.[0-9]+)?)", re.IGNORECASE)


def read_place(title: str, address: str, place: str) -> dict[str, Any]:
    """Return a location as message sets hold it; raises InvalidInput with all that is wrong."""
    wrong: dict[str, Any] = {}
    if not all(1 <= len(typed.strip()) <= LONGEST for typed in (title, address)):
        wrong["title"] = _l("Write a title and an address of up to 100 characters each.")
    found = _DEGREES.search(plain(place))
    latitude, longitude = (float(one) for one in found.groups()) if found else (0.0, 0.0)
    if not found or abs(latitude) > 90 or abs(longitude) > 180:
        wrong["place"] = _l("Write latitude and longitude as in 35.6812, 139.7671, or paste a link of a map.")
    if wrong:
        raise InvalidInput(wrong)
    return {
        "kind": "location",
        "title": title.strip(),
        "address": address.strip(),
        "latitude": latitude,
        "longitude": longitude,
    }
