"""How the inbox sync of each LINE account stands, for the screen Settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core import error_messages
from app.core.db import db
from app.core.i18n import Text, _l
from app.integrations.hubspot.access import UNREADABLE, is_unreadable
from app.integrations.hubspot.gateway import scopes
from app.integrations.hubspot.inbox.models import (
    AnswerState,
    HubSpotAnswer,
    HubSpotInbox,
    HubSpotOutgoing,
    HubSpotThread,
    InboxState,
    OutboxState,
)
from app.integrations.hubspot.inbox.portal import OF_PORTAL
from app.integrations.hubspot.inbox.words import PLAN
from app.integrations.shared.models import Integration
from app.integrations.shared.queries import accounts_of
from app.line.models import Account

NOT_CONNECTED, WAITING, CONNECTED, PAUSED, DISCONNECTED = (
    "not_connected",
    "waiting",
    "connected",
    "paused",
    "disconnected",
)
LABELS: dict[str, tuple[Text, str]] = {
    NOT_CONNECTED: (_l("Not connected"), "secondary"),
    WAITING: (_l("Waiting for HubSpot"), "blue"),
    CONNECTED: (_l("Connected"), "green"),
    PAUSED: (_l("Paused"), "yellow"),
    DISCONNECTED: (_l("Disconnected"), "secondary"),
}
# What a member can do about a pause: approve again, look at the LINE account, or ask HubSpot again.
APPROVE, ACCOUNT, CHECK = "approve", "account", "check"


@dataclass(frozen=True)
class ShownInbox:
    """A LINE account and its inbox; `reason` says why it is paused or ended, `step` what can be done about it."""

    account: Account
    inbox: HubSpotInbox | None
    state: str
    reason: str = ""
    step: str = ""
    waiting: int = 0
    failed: int = 0

    @property
    def label(self) -> str:
        return str(LABELS[self.state][0])

    @property
    def colour(self) -> str:
        return LABELS[self.state][1]


def inboxes_of(integration: Integration) -> Sequence[ShownInbox]:
    """Return how it stands for each LINE account of the integration."""
    mine = select(HubSpotInbox).where(HubSpotInbox.integration_id == integration.id)
    known = {one.account_id: one for one in db.session.scalars(mine)}
    accounts = [account for _covered, account in accounts_of(integration.id)]
    lost = _loss(integration)
    return [_shown(integration, account, known.get(account.id), lost) for account in accounts]


def _loss(integration: Integration) -> str | None:
    """Return why HubSpot cannot be called at all; None while it can."""
    if not integration.is_connected:
        return integration.reason or "hubspot.disconnected"
    return UNREADABLE if is_unreadable(integration) else None


def _shown(integration: Integration, account: Account, inbox: HubSpotInbox | None, lost: str | None) -> ShownInbox:
    if inbox is None:
        # A connection that has ended is said at the head of the page.
        reason, step = (error_messages.sentence(lost), APPROVE) if lost == UNREADABLE else ("", "")
        return ShownInbox(account, None, NOT_CONNECTED, reason, step)
    waiting, failed = _waiting(inbox), _failed(inbox, account)
    if inbox.state == InboxState.DISCONNECTED:
        reason = error_messages.sentence(inbox.problem, inbox.problem_values)
        state = DISCONNECTED if inbox.connected_at else NOT_CONNECTED
        return ShownInbox(account, inbox, state, reason, "", waiting, failed)
    code, step = (lost, APPROVE) if lost else _trouble(integration, account, inbox)
    if code:
        values = inbox.problem_values if code == inbox.problem else {}
        return ShownInbox(account, inbox, PAUSED, error_messages.sentence(code, values), step, waiting, failed)
    if inbox.state == InboxState.WAITING:
        reason = error_messages.sentence(inbox.reason)
        return ShownInbox(account, inbox, WAITING, reason, CHECK, waiting, failed)
    return ShownInbox(account, inbox, CONNECTED, "", "", waiting, failed)


def _trouble(integration: Integration, account: Account, inbox: HubSpotInbox) -> tuple[str | None, str]:
    """Return why nothing goes through at the moment, and what a member can do about it."""
    if not account.is_connected:
        return account.problem or "line.disconnected", ACCOUNT
    if inbox.state == InboxState.WAITING:
        return None, ""
    if not scopes.has_feature(integration.scopes, "inbox"):
        return inbox.problem or PLAN, APPROVE
    needs_approval = inbox.problem in OF_PORTAL and inbox.problem != PLAN
    return inbox.problem, APPROVE if needs_approval else CHECK


def _waiting(inbox: HubSpotInbox) -> int:
    mine = HubSpotThread.inbox_id == inbox.id, HubSpotOutgoing.state == OutboxState.WAITING
    query = select(func.count()).select_from(HubSpotOutgoing)
    return db.session.scalar(query.join(HubSpotThread, HubSpotThread.id == HubSpotOutgoing.thread_id).where(*mine)) or 0


def _failed(inbox: HubSpotInbox, account: Account) -> int:
    """Count what HubSpot refused and what did not reach LINE, of the last month."""
    refused = select(func.count()).select_from(HubSpotOutgoing)
    refused = refused.join(HubSpotThread, HubSpotThread.id == HubSpotOutgoing.thread_id)
    mine = HubSpotThread.inbox_id == inbox.id, HubSpotOutgoing.state == OutboxState.REFUSED
    not_sent = select(func.count()).select_from(HubSpotAnswer)
    theirs = (
        HubSpotAnswer.integration_id == inbox.integration_id,
        HubSpotAnswer.thread_name.startswith(f"{account.id}:"),
        HubSpotAnswer.problem.is_not(None),
        HubSpotAnswer.state.in_((AnswerState.SETTLED, AnswerState.DONE)),
    )
    return (db.session.scalar(refused.where(*mine)) or 0) + (db.session.scalar(not_sent.where(*theirs)) or 0)
