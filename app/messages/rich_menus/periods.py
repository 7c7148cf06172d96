"""The period in which a menu is the default: a due row sets it at the beginning and takes it off at the end."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core import queue
from app.core.clock import now
from app.core.db import db, released
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.core.values.moments import FIRST_YEAR, LAST_YEAR, WRONG_YEAR
from app.line.gateway.rich_menus import RichMenuClient
from app.messages.rich_menus.models import RichMenu
from app.messages.rich_menus.queries import get_menu, is_publishing
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

PERIODS = register(
    DueKind(
        "messages.rich_menu_periods",
        RichMenu,
        wake=lambda: queue.wake("messages.rich_menus.periods"),
        prefix="period_",
        batch=1,
        # Whatever LINE's trouble was, the menu comes soon after it is over; that is days of tries.
        backoff=Backoff(longest=timedelta(minutes=5), most=1_000),
    )
)
audit.describe(
    {
        "rich_menu.period_set": _l("set the period of the rich menu %(target)s"),
        "rich_menu.period_cleared": _l("took the period off the rich menu %(target)s"),
    }
)


@operation(Permission.RICH_MENUS)
def set_period(
    account_id: int,
    menu_id: int,
    starts_at: datetime | None,
    ends_at: datetime | None,
    then_menu_id: int | None,
    *,
    actor: Actor,
) -> RichMenu:
    """Make the menu the default from one moment to another, and another one, or none, afterwards.

    Neither moment means no period. Raises InvalidInput(starts_at, ends_at, then_menu), NotFound.
    """
    menu = get_menu(account_id, menu_id, for_update=True)
    _check(menu, starts_at, ends_at)
    then_menu = get_menu(account_id, then_menu_id) if then_menu_id and then_menu_id != menu_id else None
    if then_menu is not None and not then_menu.is_published:
        raise InvalidInput(then_menu=_l("Publish that rich menu first."))
    menu.starts_at, menu.ends_at, menu.then_menu_id = starts_at, ends_at, then_menu.id if then_menu else None
    menu.has_started = False
    PERIODS.withdraw(menu)
    menu.period_due_at = starts_at or (now() if ends_at else None)
    verb = "rich_menu.period_set" if menu.period_due_at else "rich_menu.period_cleared"
    audit.record(actor, verb, target=menu, account_id=account_id)
    if menu.period_due_at:
        queue.after_commit(db.session, "messages.rich_menus.periods")
    return menu


def _check(menu: RichMenu, starts_at: datetime | None, ends_at: datetime | None) -> None:
    if (starts_at or ends_at) and not menu.is_published:
        raise InvalidInput(starts_at=_l("Publish the rich menu first."))
    for name, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        if moment and not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise InvalidInput({name: WRONG_YEAR})
    # The beginning of a period that goes on may stay as it is.
    if starts_at and starts_at <= now() and starts_at != menu.starts_at:
        raise InvalidInput(starts_at=_l("This moment has passed."))
    if ends_at and ends_at <= (starts_at or now()):
        raise InvalidInput(ends_at=_l("The end must come after the beginning."))
    if ends_at and ends_at <= now():
        raise InvalidInput(ends_at=_l("This moment has passed."))


def turn_due() -> int:
    """Set and take off the menus whose time has come; returns how many rows were looked at."""
    return process(PERIODS, _turn, again=PERIODS.wake)


def _turn(claim: Claim) -> None:
    (row,) = claim.rows
    menu = db.session.get_one(RichMenu, row.id, populate_existing=True)
    if menu.line_menu_id is None:
        return claim.give_up(reason="rich_menus.not_at_line")
    if is_publishing(menu):
        return claim.later(reason="rich_menus.moving", after=5, counts=False)
    client, shown, ends_at = RichMenuClient(menu.account_id), menu.line_menu_id, menu.ends_at
    if ends_at is not None and ends_at <= now():
        return _end(claim, menu, client)
    if not menu.has_started:
        with released():
            client.set_default(shown)
    return claim.done(has_started=True, period_due_at=ends_at)


def _end(claim: Claim, menu: RichMenu, client: RichMenuClient) -> None:
    """Set what comes afterwards, unless another default was set in between."""
    shown = menu.line_menu_id
    then_menu = db.session.get(RichMenu, menu.then_menu_id) if menu.then_menu_id else None
    following = then_menu.line_menu_id if then_menu else None
    with released():
        if client.default() == shown and following:
            client.set_default(following)
        elif client.default() == shown:
            client.clear_default()
    claim.done(has_started=False, starts_at=None, ends_at=None)
