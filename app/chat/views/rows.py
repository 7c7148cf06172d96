"""Lines of the list for pages that are open: drawn once for all members to whom they say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template
from markupsafe import Markup

from app.chat.filters import ChatReader
from app.chat.queries.changed import RowGlance
from app.chat.queries.listing import rows_of
from app.core.i18n import language
from app.core.recent import Recent
from app.line.models import Account

Look = tuple[Any, ...]
# How long ago something was is said anew after these seconds at the latest.
_DRAWN: Recent[Look, Markup] = Recent(5, 5_000)


def draw(
    lines: Sequence[RowGlance], accounts: Sequence[Account], reader: ChatReader, shown: Mapping[str, Any], open_id: int
) -> Markup:
    """Return these lines one behind the other; `shown` is what they need beside their row."""
    looks = {line.id: _look(line, accounts, shown, open_id) for line in lines}
    found = {row_id: drawn for row_id, look in looks.items() if (drawn := _DRAWN.get(look)) is not None}
    for row in rows_of([row_id for row_id in looks if row_id not in found], accounts, reader):
        row_id = row.conversation.id
        opened = row.conversation if row_id == open_id else None
        found[row_id] = Markup(render_template("chat/_row.html", row=row, conversation=opened, **shown))  # noqa: S704
        _DRAWN.put(looks[row_id], found[row_id])
    return Markup("").join(found[row_id] for row_id in looks if row_id in found)


def _look(line: RowGlance, accounts: Sequence[Account], shown: Mapping[str, Any], open_id: int) -> Look:
    about = line.id in shown["mentioned"], shown["is_late"](line.row), line.id == open_id
    list_args = tuple(sorted(shown["args"].items()))
    return (
        *line.look,
        *about,
        language(),
        len(accounts) > 1 and _name(line, accounts),
        shown["wanted"].order,
        list_args,
    )


def _name(line: RowGlance, accounts: Sequence[Account]) -> str:
    return next((one.name for one in accounts if one.id == line.row.account_id), "")
