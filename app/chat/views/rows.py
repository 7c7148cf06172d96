"""Lines of the list: drawn once for all members and pages to whom they say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import render_template
from markupsafe import Markup

from app.chat.filters import STATUSES, ConversationFilter
from app.chat.lines import summary
from app.chat.queries.list_changes import ListChanges
from app.chat.queries.rows import ConversationRow
from app.core.i18n import language
from app.core.pages import PagePosition
from app.core.recent import Recent

Look = tuple[Any, ...]


class ShownList(NamedTuple):
    """In which list lines stand; `accounts` are the names of those that the member may see, by id."""

    accounts: Mapping[int, str]
    wanted: ConversationFilter
    at: PagePosition

    @property
    def args(self) -> dict[str, Any]:
        """Return the address of the list."""
        return {**self.wanted.args, **self.at.chosen}


class ListDrawn(NamedTuple):
    """What an open page puts into its list: all of it where there is a `page`, else lines and what is `gone`."""

    page: str
    lines: str
    gone: Sequence[int]


# How long ago something was is said again after these seconds at the latest.
_LINES: Recent[Look, Markup] = Recent(5, 5_000)
_LISTS: Recent[Look, ListDrawn] = Recent(2, 500)


def draw_changes(found: ListChanges, open_id: int) -> ListDrawn:
    """Return what changed in the list; the line of the conversation `open_id` is marked as the open one."""
    shown = open_id if found.shows(open_id) else 0
    return _LISTS.made((found.look, shown, language()), lambda: _draw_changes(found, open_id))


def _draw_changes(found: ListChanges, open_id: int) -> ListDrawn:
    place = ShownList(found.accounts, found.scope.wanted, found.scope.at)
    if found.page is None:
        is_first = not (place.at.after or place.at.before)
        return ListDrawn("", draw_lines(found.rows if is_first else (), place, open_id), found.gone)
    about = {"conversations": found.page, "wanted": place.wanted, "args": place.args}
    lines = draw_lines(found.page.rows, place, open_id)
    return ListDrawn(Markup(render_template("chat/_page.html", drawn=lines, **about)), "", ())  # noqa: S704


def draw_lines(rows: Sequence[ConversationRow], place: ShownList, open_id: int | None) -> Markup:
    """Return the lines; that of the conversation `open_id` is marked as the open one."""
    around = _look_of(place)
    looks = {(row.look, row.id == open_id, *around): row for row in rows}

    def draw_missing(missing: Sequence[Look]) -> dict[Look, Markup]:
        about = {"wanted": place.wanted, "args": place.args, "statuses": STATUSES, "summary": summary}
        about["account_names"] = place.accounts
        return {look: _line(looks[look], about, open_id) for look in missing}

    drawn = _LINES.all_made(looks, draw_missing)
    return Markup("").join(drawn[look] for look in looks)


def _line(row: ConversationRow, around: Mapping[str, Any], open_id: int | None) -> Markup:
    return Markup(render_template("chat/_row.html", row=row, is_open=row.id == open_id, **around))  # noqa: S704


def _look_of(place: ShownList) -> Look:
    """Return what lines show apart from their conversation: the language, and in which list they stand."""
    names = tuple(sorted(place.accounts.items())) if len(place.accounts) > 1 else ()
    return language(), names, tuple(place.args.items())
