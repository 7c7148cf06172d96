"""Lines of the list for pages that are open: drawn once for all members to whom they say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request
from markupsafe import Markup

from app.chat.queries.glances import ListChanges, RowGlance
from app.chat.queries.listing import rows_of
from app.chat.views import context
from app.core.i18n import language
from app.core.pages import Page, PagePosition
from app.core.recent import Recent

Look = tuple[Any, ...]
# How long ago something was is said again after these seconds at the latest.
_DRAWN: Recent[Look, Markup] = Recent(5, 5_000)
_PAGES: Recent[Look, Markup] = Recent(5, 200)


def draw(found: ListChanges, lines: Sequence[RowGlance], open_id: int) -> Markup:
    """Return these lines one behind the other."""
    return Markup("").join(_drawn(found, _looks(found, lines, open_id)).values())


def draw_page(found: ListChanges, page: Page[RowGlance], open_id: int) -> Markup:
    """Return all of the page, with the way to its neighbours."""
    looks = _looks(found, page.rows, open_id)
    around = (page.next, page.previous, page.first, page.last)

    def drawn() -> Markup:
        wanted, at = _asked()
        about = {"conversations": page, "wanted": wanted, "args": {**wanted.args, **at.chosen}}
        return Markup(render_template("chat/_page.html", drawn=Markup("").join(_drawn(found, looks).values()), **about))  # noqa: S704

    return _PAGES.made((*looks, around), drawn)


def _looks(found: ListChanges, lines: Sequence[RowGlance], open_id: int) -> dict[Look, int]:
    """Return the ids of the lines, by all that each shows."""
    wanted, at = _asked()
    names = tuple(sorted(found.accounts.items())) if len(found.accounts) > 1 else ()
    around = language(), names, tuple({**wanted.args, **at.chosen}.items())
    return {(line.look, line.id == open_id, *around): line.id for line in lines}


def _drawn(found: ListChanges, looks: Mapping[Look, int]) -> dict[Look, Markup]:
    def draw_missing(missing: Sequence[Look]) -> dict[Look, Markup]:
        mine, (wanted, at) = context.my_accounts(), _asked()
        shown, by_id = context.rows_context(mine, wanted, at), {looks[look]: look for look in missing}
        rows = {row.conversation.id: row for row in rows_of(list(by_id), mine, found.reader)}
        return {look: _render(row, shown, is_open=look[1]) for row_id, row in rows.items() if (look := by_id[row_id])}

    made = _DRAWN.all_made(looks, draw_missing)
    return {look: made[look] for look in looks if look in made}


def _render(row: Any, shown: Mapping[str, Any], *, is_open: bool) -> Markup:
    opened = row.conversation if is_open else None
    return Markup(render_template("chat/_row.html", row=row, conversation=opened, **shown))  # noqa: S704


def _asked() -> tuple[Any, PagePosition]:
    return context.asked(), PagePosition.asked_by(request.args, context.PAGE_SIZE)
