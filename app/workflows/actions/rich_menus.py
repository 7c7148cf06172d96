"""The action that changes which rich menu a friend sees: of its own instead of the default, or the default again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db, released
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import Text, _l
from app.friends.models import Friend
from app.line.gateway.rich_menus import MOST_PEOPLE, RichMenuClient
from app.messages.rich_menus.models import RichMenu
from app.workflows.definition.decisions import Decision, Do, Effect, Fail
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import ACTIONS, WITH_ERROR, ActionNodeKind, NodeCategory, NodeProblem, always
from app.workflows.definition.state import Arrival
from app.workflows.engine.performing import Done, Failed, Outcome, Performer, Task, again, performer
from app.workflows.named import names_of_rows

RICH_MENU = "rich_menu"
SET, REMOVE = "set", "remove"
GONE, UNPUBLISHED = "workflows.menu_gone", "workflows.menu_unpublished"


@dataclass(frozen=True)
class ShowMenu(Effect):
    """Link the friend to a menu; None unlinks, so that the default is seen."""

    menu_id: int | None


def _decide(arrival: Arrival) -> Decision:
    if arrival.setting("change") == REMOVE:
        return Do(ShowMenu(None))
    menu_id = arrival.of_account("menus")
    return Do(ShowMenu(int(menu_id))) if menu_id else Fail(GONE)


def _show(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    """Link and unlink by LINE's calls for many; a call that is repeated changes nothing."""
    groups: defaultdict[tuple[int, int | None], list[Task]] = defaultdict(list)
    for task in tasks:
        groups[task.account_id, task.effect.menu_id].append(task)
    outcomes: dict[str, Outcome] = {}
    for (account_id, menu_id), some in groups.items():
        for start in range(0, len(some), MOST_PEOPLE):
            outcomes.update(_show_alike(account_id, menu_id, some[start : start + MOST_PEOPLE]))
    return outcomes


def _show_alike(account_id: int, menu_id: int | None, tasks: Sequence[Task]) -> dict[str, Outcome]:
    menu = _menus(account_id, [menu_id]).get(menu_id) if menu_id else None
    if menu_id and (menu is None or menu.line_menu_id is None):
        return {task.key: Failed(GONE if menu is None else UNPUBLISHED) for task in tasks}
    name, line_menu_id = (menu.name, menu.line_menu_id) if menu else ("", None)
    people = select(Friend.line_user_id).where(Friend.id.in_([task.friend_id for task in tasks]))
    user_ids = list(db.session.scalars(people.order_by(Friend.id)))
    try:
        with released():
            _link(account_id, line_menu_id, user_ids)
    except RetryLater as error:
        return {task.key: again(task, error.code, after=error.after) for task in tasks}
    except PermanentFailure as error:
        values = {name: str(value) for name, value in error.params.items()}
        return {task.key: Failed(error.code, values) for task in tasks}
    return {task.key: Done({"menu": name} if name else {"is_removed": True}) for task in tasks}


def menu_to_show(account_id: int, menu_id: int | None) -> Outcome:
    """Return what becomes of showing this menu now; None is the default."""
    menu = _menus(account_id, [menu_id]).get(menu_id) if menu_id else None
    if menu_id and (menu is None or menu.line_menu_id is None):
        return Failed(GONE if menu is None else UNPUBLISHED)
    return Done({"menu": menu.name} if menu else {"is_removed": True})


def _link(account_id: int, line_menu_id: str | None, user_ids: list[str]) -> None:
    if not user_ids:
        return
    client = RichMenuClient(account_id)
    if line_menu_id is None:
        client.unlink_many(user_ids)
    else:
        client.link_many(line_menu_id, user_ids)


def _menus(account_id: int, ids: Iterable[int | None]) -> dict[int, RichMenu]:
    query = select(RichMenu).where(RichMenu.account_id == account_id, RichMenu.id.in_(list(ids)))
    return {menu.id: menu for menu in db.session.scalars(query.execution_options(populate_existing=True))}


def _check(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    if node.settings.get("change", SET) == REMOVE:
        return
    chosen = node.settings.get("menus") or {}
    for account_id in account_ids:
        menu_id = chosen.get(str(account_id))
        menu = _menus(account_id, [menu_id]).get(menu_id) if isinstance(menu_id, int) else None
        if not menu_id:
            yield NodeProblem(_l("Choose the rich menu."), "menus")
        elif menu is None:
            yield NodeProblem(_l("The rich menu of this step has been deleted. Choose another one."), "menus")
        elif not menu.is_published:
            yield NodeProblem(_l("The rich menu “%(name)s” is not at LINE. Publish it first.", name=menu.name), "menus")


def _summary(node: Node) -> Text:
    if node.settings.get("change") == REMOVE:
        return _l("Show the default rich menu again")
    return _l("Show a rich menu")


performer(ShowMenu, Performer(outside=_show))
ACTIONS.add(
    RICH_MENU,
    ActionNodeKind(
        name=RICH_MENU,
        label=_l("Update Rich Menu"),
        about=_l("Shows the friend another rich menu, or takes it away"),
        also=_l("menu switch"),
        category=NodeCategory.LINE,
        icon="layout-grid",
        decide=_decide,
        decides_alike=always,
        check=_check,
        summary=_summary,
        names=names_of_rows("menus", RichMenu),
        exits=lambda _node: WITH_ERROR,
    ),
)
