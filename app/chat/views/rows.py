"""Lines of the list for pages that are open: drawn once for all members to whom they say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request
from markupsafe import Markup

from app.chat.filters import ChatReader
from app.chat.queries.glances import RowGlance
from app.chat.queries.listing import rows_of
from app.chat.views import context
from app.core.i18n import language
from app.core.pages import PagePosition
from app.core.recent import Recent

Look = tuple[Any, ...]
# How long ago something was is said again after these seconds at the latest.
_DRAWN: Recent[Look, Markup] = Recent(5, 5_000)


def draw(lines: Sequence[RowGlance], accounts: Mapping[int, str], reader: ChatReader, open_id: int) -> Markup:
    """Return these lines one behind the other; `accounts` are the names of all that the member sees."""
    wanted, at = context.asked(), PagePosition.asked_by(request.args, context.PAGE_SIZE)
    names = tuple(sorted(accounts.items())) if len(accounts) > 1 else ()
    around = language(), names, tuple({**wanted.args, **at.chosen}.items())
    looks = {line.id: (line.look, line.id == open_id, *around) for line in lines}
    found = {row_id: drawn for row_id, look in looks.items() if (drawn := _DRAWN.get(look)) is not None}
    missing = [row_id for row_id in looks if row_id not in found]
    if missing:
        mine = context.my_accounts()
        shown = context.rows_context(mine, wanted, at)
        for row in rows_of(missing, mine, reader):
            row_id = row.conversation.id
            opened = row.conversation if row_id == open_id else None
            found[row_id] = Markup(render_template("chat/_row.html", row=row, conversation=opened, **shown))  # noqa: S704
            _DRAWN.put(looks[row_id], found[row_id])
    return Markup("").join(found[row_id] for row_id in looks if row_id in found)
