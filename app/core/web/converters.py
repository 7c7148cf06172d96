"""How values in URLs are read."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter

from app.core.identifiers import MOST_DIGITS


class IdConverter(IntegerConverter):
    """Whole numbers that can be an id; a URL with a larger number matches no route.

    Python refuses to read numbers of thousands of digits, so they are told by their length.
    """

    regex = r"[0-9]{1,19}"

    regex = rf"\d{{1,{MOST_DIGITS}}}"
