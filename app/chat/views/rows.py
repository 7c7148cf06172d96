"""Lines of the list for pages that are open: drawn once for all members to whom they say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import render_template
from markupsafe import Markup

from app.chat.queries.glances import ListChanges, RowGlance
from app.chat.queries.listing import ConversationRow
from app.chat.views import context
from app.core.i18n import language
from app.core.recent import Recent
from app.friends.models import Friend
from app.line.models import Group
from app.messages.conversations.models import ConversationKind, ConversationMessage

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
    looks = {(line.look, line.id == open_id, *_around(found)): line for line in lines}

    def draw_missing(missing: Sequence[Look]) -> dict[Look, Markup]:
        around = context.line_context(found.accounts, found.scope.wanted, found.scope.at)
        return {look: _line(looks[look], around, open_id) for look in missing}

    drawn = _LINES.all_made(looks, draw_missing)
    return Markup("").join(drawn[look] for look in looks)


def _line(line: RowGlance, around: Mapping[str, Any], open_id: int) -> Markup:
    about = {"row": _shown(line), "conversation": line.row if line.id == open_id else None}
    about |= {"mentioned": {line.id} if line.is_mentioned else (), "is_late": lambda _conversation: line.is_late}
    return Markup(render_template("chat/_row.html", **about, **around))  # noqa: S704


def _shown(line: RowGlance) -> ConversationRow:
    """Return what a line shows, as the list reads it, without another look into the database."""
    row, is_group = line.row, line.row.kind == ConversationKind.GROUP
    friend = Friend(display_name=row.display_name, first_name=row.first_name, last_name=row.last_name)
    friend.picture_url = row.picture_url
    group = Group(name=row.group_name, picture_url=row.group_picture_url)
    last = ConversationMessage(direction=row.direction, type=row.type, state=row.state, content=row.content)
    assignee = row.assignee_name or row.assignee_email
    return ConversationRow(
        row,
        None if is_group else friend,
        group if is_group else None,
        last if row.direction else None,
        assignee,
        line.mark,
        line.unread,
    )


def _around(found: ListChanges) -> Look:
    """Return what lines show apart from their conversation: the language, and in which list they stand."""
    names = tuple(sorted(found.accounts.items())) if len(found.accounts) > 1 else ()
    return language(), names, tuple({**found.scope.wanted.args, **found.scope.at.chosen}.items())
