"""UTM parameters: what a website's statistics are told of where a visitor came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Utm:
    """Values of the parameters; an empty one is left out."""

    source: str = "line"
    medium: str = "message"
    campaign: str = ""
    content: str = ""

    def missing_in(self, address: str) -> Iterator[str]:
        """Return the parameters that an address does not have yet, percent-encoded."""
        query = address.partition("?")[2].split("#")[0].split("&")
        known = {one.partition("=")[0] for one in query}
        for name in ("source", "medium", "campaign", "content"):
            if (value := getattr(self, name)) and f"utm_{name}" not in known:
                yield f"utm_{name}={quote(value, safe='')}"
