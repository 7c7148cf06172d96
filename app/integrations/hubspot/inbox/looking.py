"""Look how a LINE account's channel is connected at HubSpot: what its webhooks tell is read again, as it is now."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, or_, select, update

from app.core import queue
from app.core.clock import now
from app.core.db import db, released
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.errors import PermanentFailure, RetryLater
from app.integrations.hubspot.gateway import channels, inboxes
from app.integrations.hubspot.gateway.channels import ChannelAccount
from app.integrations.hubspot.gateway.errors import PORTAL_WAIT
from app.integrations.hubspot.inbox import portal
from app.integrations.hubspot.inbox.models import HubSpotInbox, HubSpotThread, InboxState
from app.integrations.hubspot.inbox.words import LINE_LOST, NOT_AUTHORIZED, PURGED
from app.integrations.shared.models import Integration, IntegrationState
from app.line.models import Account, AccountState

WAKE = "integrations.hubspot.inbox.look"
LOOKS = register(
    DueKind(
        "hubspot.inboxes",
        HubSpotInbox,
        wake=lambda: queue.wake(WAKE),
        # An administrator of HubSpot may take their time, and the page can be asked to look.
        backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(minutes=10), most=20),
        batch=20,
    )
)


def look_due() -> int:
    """Look at the inboxes that are due; returns how many."""
    return process(LOOKS, _look_each, again=LOOKS.wake)


def _look_each(claimed: Claim) -> None:
    for one in claimed.split():
        (inbox_id,) = one.ids()
        inbox = db.session.get_one(HubSpotInbox, inbox_id, populate_existing=True)
        try:
            look(inbox)
        except RetryLater as error:
            db.session.rollback()
            one.later(reason=error.code, after=error.after)
        except PermanentFailure as error:
            db.session.rollback()
            one.later(reason=error.code, after=PORTAL_WAIT)
        else:
            # HubSpot may say it a little later.
            one.later() if inbox.state == InboxState.WAITING else one.done()
        db.session.commit()


def order_unlike() -> None:
    """Have HubSpot told of LINE accounts that were lost, or are back; the caller commits."""
    is_back = Account.state == AccountState.CONNECTED
    is_told_lost = HubSpotInbox.problem.is_not_distinct_from(LINE_LOST)
    unlike = (
        select(HubSpotInbox)
        .join(Account, Account.id == HubSpotInbox.account_id)
        .join(Integration, Integration.id == HubSpotInbox.integration_id)
        .where(HubSpotInbox.state == InboxState.CONNECTED, HubSpotInbox.due_at.is_(None))
        .where(Integration.state == IntegrationState.CONNECTED)
        .where(or_(and_(is_back, is_told_lost), ~is_back & ~is_told_lost))
    )
    found = db.session.scalars(unlike.order_by(HubSpotInbox.id).with_for_update(of=HubSpotInbox)).all()
    for inbox in found:
        LOOKS.order(inbox)
    if found:
        queue.after_commit(db.session, WAKE)


def look(inbox: HubSpotInbox) -> None:
    """Store how HubSpot has connected the channel, and say whether it may be used; what was written is committed.

    Raises RetryLater and PermanentFailure.
    """
    integration = db.session.get_one(Integration, inbox.integration_id)
    channel_id, identifier, inbox_id = inbox.channel_id, inbox.identifier, inbox.id
    with released():
        accounts = portal.call(integration, channels.find_accounts(channel_id, identifier))
        found = accounts[0] if accounts else None
        name = portal.call(integration, inboxes.inbox_name(found.inbox_id)) if found else ""
        wanted = _is_wanted(inbox_id)
        if found is not None and wanted is not None and found.is_authorized != wanted:
            found = portal.call(integration, channels.change_account(channel_id, found.id, is_authorized=wanted))
    held = db.session.get_one(HubSpotInbox, inbox_id, with_for_update=True, populate_existing=True)
    if found is None:
        _note_gone(held)
    else:
        _note_found(held, found, name, is_lost=wanted is False)


def _is_wanted(inbox_id: int) -> bool | None:
    """Return whether HubSpot is to let the channel be used; None where what is set at HubSpot stays.

    Not while LINE is lost; what was forbidden for that, or at a removal, is allowed again when it is over.
    """
    query = select(HubSpotInbox.state, HubSpotInbox.problem, Account.state.label("account_state"))
    query = query.join(Account, Account.id == HubSpotInbox.account_id).where(HubSpotInbox.id == inbox_id)
    with db.engine.connect() as connection:
        row = connection.execute(query).one()
    if row.state == InboxState.DISCONNECTED:
        return None
    if row.account_state != AccountState.CONNECTED:
        return False
    return True if row.state == InboxState.WAITING or row.problem == LINE_LOST else None


def _note_gone(inbox: HubSpotInbox) -> None:
    if inbox.state == InboxState.CONNECTED:
        inbox.state, inbox.problem, inbox.disconnected_at = InboxState.DISCONNECTED, PURGED, now()
        inbox.problem_values = {}


def _note_found(inbox: HubSpotInbox, found: ChannelAccount, inbox_name: str, *, is_lost: bool) -> None:
    inbox.channel_account_id, inbox.name = found.id, found.name
    inbox.inbox_id, inbox.inbox_name = found.inbox_id, inbox_name
    if inbox.state == InboxState.DISCONNECTED:
        return
    if inbox.state == InboxState.WAITING:
        inbox.state, inbox.connected_at = InboxState.CONNECTED, now()
    is_changed = inbox.problem is not None
    inbox.problem, inbox.problem_values = (None if found.is_authorized else NOT_AUTHORIZED), {}
    if is_lost:
        inbox.problem = LINE_LOST
    if is_changed and found.is_authorized:
        _go_on(inbox)


def _go_on(inbox: HubSpotInbox) -> None:
    """Let what waits go to HubSpot at once."""
    mine = HubSpotThread.inbox_id == inbox.id, HubSpotThread.due_at.is_not(None)
    again = update(HubSpotThread).where(*mine, HubSpotThread.leased_until.is_(None)).values(due_at=now())
    db.session.execute(again.execution_options(synchronize_session=False))
    queue.after_commit(db.session, "integrations.hubspot.inbox.publish", inbox.integration_id)
