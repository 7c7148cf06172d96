"""How a stored value is written in a message: in the workspace's language, also while a member reads another one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from app.core.i18n import _, in_language, workspace_language
from app.friends.models import AttributeKind


def spelled_value(value: Any, kind: str) -> str:
    """Return the text of a value of a custom attribute; empty where nothing is known. A wrong type is spelled as is."""
    if value is None or value == "":
        return ""
    return _spelled(value, str(kind), workspace_language())


@lru_cache(maxsize=65_536, typed=True)
def _spelled(value: Any, kind: str, language: str) -> str:
    if kind == AttributeKind.YES_NO and isinstance(value, bool):
        with in_language(language):
            return _("Yes") if value else _("No")
    if kind == AttributeKind.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
        return format_decimal(Decimal(repr(value)), locale=language, decimal_quantization=False)
    if kind == AttributeKind.DATE and (day := _read_day(value)):
        return format_date(day, "medium" if language != "ja" else "long", locale=language)
    return str(value)


def _read_day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
