"""Descriptions of workflows and templates, as members type them."""

from __future__ import annotations

from app.core.errors import InvalidInput
from app.core.i18n import _

LONGEST_DESCRIPTION = 1_000


def clean_description(typed: str) -> str:
    """Return a description without blanks around it; raises InvalidInput(description)."""
    text = typed.strip()
    if len(text) > LONGEST_DESCRIPTION or "\x00" in text:
        raise InvalidInput({"description": _("At most %(limit)s characters.", limit=LONGEST_DESCRIPTION)})
    return text
