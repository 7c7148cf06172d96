"""Lines of the list for pages that are open: drawn once for all members to whom they say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import render_template
from markupsafe import Markup

from app.chat.queries.glances import ListChanges, RowGlance
from app.chat.queries.listing import rows_of
from app.chat.views import context
from app.core.i18n import language
from app.core.recent import Recent

Look = tuple[Any, ...]


class ListDrawn(NamedTuple):
    """What an open page puts into its list: all of it where there is a `page`, else lines and what is `gone`."""

    page: str
    lines: str
    gone: Sequence[int]


# How long ago something was is said again after these seconds at the latest.
_LINES: Recent[Look, Markup] = Recent(5, 5_000)
_LISTS: Recent[Look, ListDrawn] = Recent(2, 500)


def draw(found: ListChanges, open_id: int) -> ListDrawn:
    """Return what changed in the list; the line of the conversation `open_id` is marked as the open one."""
    shown = open_id if found.shows(open_id) else 0
    return _LISTS.made((found.look, shown, language()), lambda: _draw(found, open_id))


def _draw(found: ListChanges, open_id: int) -> ListDrawn:
    if found.page is None:
        is_first = not (found.scope.at.after or found.scope.at.before)
        return ListDrawn("", _lines(found, found.rows if is_first else (), open_id), found.gone)
    wanted, at = found.scope.wanted, found.scope.at
    about = {"conversations": found.page, "wanted": wanted, "args": {**wanted.args, **at.chosen}}
    lines = _lines(found, found.page.rows, open_id)
    return ListDrawn(Markup(render_template("chat/_page.html", drawn=lines, **about)), "", ())  # noqa: S704


def _lines(found: ListChanges, lines: Sequence[RowGlance], open_id: int) -> Markup:
    looks = {(line.look, line.id == open_id, *_around(found)): line.id for line in lines}

    def draw_missing(missing: Sequence[Look]) -> dict[Look, Markup]:
        mine, by_id = context.my_accounts(), {looks[look]: look for look in missing}
        shown = context.rows_context(mine, found.scope.wanted, found.scope.at)
        rows = {row.conversation.id: row for row in rows_of(list(by_id), mine, found.reader)}
        return {look: _line(rows[row_id], shown, open_id) for row_id, look in by_id.items() if row_id in rows}

    drawn = _LINES.all_made(looks, draw_missing)
    return Markup("").join(drawn[look] for look in looks if look in drawn)


def _line(row: Any, shown: Mapping[str, Any], open_id: int) -> Markup:
    opened = row.conversation if row.conversation.id == open_id else None
    return Markup(render_template("chat/_row.html", row=row, conversation=opened, **shown))  # noqa: S704


def _around(found: ListChanges) -> Look:
    """Return what lines show apart from their conversation: the language, and in which list they stand."""
    names = tuple(sorted(found.accounts.items())) if len(found.accounts) > 1 else ()
    return language(), names, tuple({**found.scope.wanted.args, **found.scope.at.chosen}.items())
