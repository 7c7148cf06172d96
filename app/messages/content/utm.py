"""UTM parameters: what a website's statistics are told of where a visitor came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from urllib.parse import quote

from app.core.i18n import _, _l
from app.core.names import UNREADABLE, is_readable
from app.messages.content.building import EMPTY, Builder

LONGEST = 100


@dataclass(frozen=True)
class Utm:
    """Values of the parameters; an empty one is left out."""

    source: str = "line"
    medium: str = "message"
    campaign: str = ""
    term: str = ""
    content: str = ""

    def missing_in(self, address: str) -> Iterator[str]:
        """Return the parameters that an address does not have yet, percent-encoded."""
        query = address.partition("?")[2].split("#")[0].split("&")
        known = {one.partition("=")[0] for one in query}
        for name in NAMES:
            if (value := getattr(self, name)) and f"utm_{name}" not in known:
                yield f"utm_{name}={quote(value, safe='')}"


NAMES = tuple(one.name for one in fields(Utm))


def check_utm(utm: Utm, builder: Builder) -> None:
    """Complain of values that cannot be used. Statistics pass over links without a source."""
    if not utm.source.strip():
        builder.complain(EMPTY, "source", is_missing=True)
    for name in NAMES:
        value = getattr(utm, name)
        if not is_readable(value):
            builder.complain(UNREADABLE, name)
        elif "{{" in value:
            builder.complain(_l("Personal values cannot be filled in here: the link is the same for everyone."), name)
        elif len(value) > LONGEST:
            builder.complain(_("At most %(limit)s characters.", limit=LONGEST), name)
