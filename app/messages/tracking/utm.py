"""Add UTM parameters to the address that a link leads to."""

from __future__ import annotations

from app.messages.content.personal_text import PersonalValue
from app.messages.content.utm import Utm

Part = str | PersonalValue


def with_utm(parts: tuple[Part, ...], utm: Utm | None) -> tuple[Part, ...]:
    """Add the parameters behind the query and before the fragment; all that was typed stays as it is."""
    if utm is None:
        return parts
    literal = "".join(one for one in parts if isinstance(one, str))
    added = "&".join(utm.missing_in(literal))
    return _inserted(parts, _joint(literal) + added) if added else parts


def _joint(address: str) -> str:
    before = address.partition("#")[0]
    if "?" not in before:
        return "?"
    return "" if before.endswith(("?", "&")) else "&"


def _inserted(parts: tuple[Part, ...], added: str) -> tuple[Part, ...]:
    """Put a text before the first "#" of the literals, or at the end."""
    for number, one in enumerate(parts):
        if isinstance(one, str) and "#" in one:
            before, _mark, fragment = one.partition("#")
            return (*parts[:number], f"{before}{added}#{fragment}", *parts[number + 1 :])
    return (*parts, added)
