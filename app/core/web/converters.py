"""How values in URLs are read."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter

from app.core.identifiers import MOST_DIGITS


class IdConverter(IntegerConverter):
    """Whole numbers that can be an id; a URL with a larger number matches no route."""

    regex = rf"\d{{1,{MOST_DIGITS}}}"
