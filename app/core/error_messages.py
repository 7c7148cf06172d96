"""Why something failed, in words a marketer understands. Rows store a code and values; the sentence is made here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.core.i18n import Text, _, _l, own_direction
from app.core.registry import Registry

SENTENCES: Registry[Text] = Registry("error message")
# What is said for a stored value of this name, such as a permission for its key; other values are said as they are.
VALUES: Registry[Callable[[Any], str]] = Registry("value of error messages")
_OWN: dict[str, Text] = {
    "unexpected": _l("Something unexpected went wrong. It is in the log; try again."),
    "secrets.unreadable": _l(
        "A stored secret cannot be read any more, because the key that encrypted it is missing from ENCRYPTION_KEYS."
        " Put that key back, or enter the secret again."
    ),
}


def register(sentences: Mapping[str, Text]) -> None:
    """Offer sentences for codes; they may hold named placeholders such as %(wait)s."""
    SENTENCES.add_all(sentences)


def sentence(code: str | None, values: Mapping[str, Any] | None = None) -> str:
    """Return the sentence for a stored code, in the reader's language; the code itself when it is not registered."""
    if not code:
        return ""
    known = SENTENCES.get(code)
    if known is None:
        return _("The reason given was: %(code)s", code=code)
    return str(known) % own_direction(_said(values)) if values else str(known)


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: VALUES[name](value) if name in VALUES else value for name, value in values.items()}


register(_OWN)
