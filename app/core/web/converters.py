"""How values in URLs are read."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter, Map

# The largest id that a table can have.
LARGEST_ID = 2**63 - 1


class IdConverter(IntegerConverter):
    """Whole numbers that can be an id; a URL with a larger number matches no route.

    Python refuses to read numbers of thousands of digits, so they are told by their length.
    """

    regex = r"[0-9]{1,19}"

    def __init__(
        self,
        map: Map,
        fixed_digits: int = 0,
        min: int | None = None,
        max: int | None = LARGEST_ID,
        signed: bool = False,
    ) -> None:
        super().__init__(map, fixed_digits, min, max, signed)
