"""Connect LINE accounts with HubSpot's inbox, look how they are connected, and remove the sync again."""

from __future__ import annotations

import secrets

from sqlalchemy import delete, select, update

from app.core import queue
from app.core.clock import database_now, now
from app.core.db import db, released
from app.core.error_messages import sentence
from app.core.errors import Conflict, InvalidInput, NotFound, PermanentFailure, RetryLater
from app.core.i18n import _, _l, sentences, when
from app.integrations.hubspot.gateway import channels
from app.integrations.hubspot.gateway.channels import ChannelMessage, Participant
from app.integrations.hubspot.inbox import portal
from app.integrations.hubspot.inbox.looking import LOOKS, look
from app.integrations.hubspot.inbox.models import (
    HubSpotInbox,
    HubSpotOutgoing,
    HubSpotThread,
    InboxState,
    OutboxState,
)
from app.integrations.hubspot.inbox.threads import TEST_CHAT, thread_name
from app.integrations.hubspot.inbox.words import OTHER_PORTAL, REMOVED, TAKEN, TOKEN_UNKNOWN
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.shared.models import Integration, IntegrationAccount
from app.line.models import Account
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "hubspot_inbox.connected": _l("connected %(target)s with HubSpot's inbox"),
        "hubspot_inbox.removed": _l("removed the inbox sync of %(target)s"),
        "hubspot_inbox.changed": _l("changed the LINE account of an inbox sync to %(target)s"),
        "hubspot_inbox.tested": _l("sent a test message of %(target)s to HubSpot's inbox"),
    },
    {"hubspot_inbox": _l("Inbox sync with HubSpot")},
)


@operation(Permission.INTEGRATIONS)
def connect(account: Account, channel_id: str, account_token: str, *, actor: Actor) -> HubSpotInbox:
    """Tell HubSpot which LINE account is connected, in a flow that began in its inbox settings.

    An account that was connected before goes on with what it has. Raises InvalidInput(account) with what can be done.
    """
    integration, inbox = _begun(account, channel_id, actor)
    integration_id, identifier, name = integration.id, inbox.identifier, account.name
    request = channels.describe_account(channel_id, account_token, name, identifier)
    try:
        with released():
            portal.call(integration, request)
    except PermanentFailure as error:
        if error.code != "hubspot.conflict":
            raise InvalidInput(account=_refusal(error)) from error
    _watch(inbox, actor)
    audit.record(actor, "hubspot_inbox.connected", target=inbox, target_name=name, account_id=inbox.account_id)
    _look_soon(inbox, integration_id)
    return inbox


def _begun(account: Account, channel_id: str, actor: Actor) -> tuple[Integration, HubSpotInbox]:
    """Return the integration of the account, and its inbox, made where it has none."""
    integration = integration_of(account.id)
    if integration is None or not actor.may_see_account(account.id):
        raise InvalidInput(account=_l("Choose a LINE account that is integrated with HubSpot."))
    found = find_inbox(integration.id, account.id, lock=True)
    if found is not None and found.state == InboxState.CONNECTED:
        raise InvalidInput(account=sentence(TAKEN))
    if found is None:
        identifier = f"line-{secrets.token_hex(12)}"
        ids = {"integration_id": integration.id, "account_id": account.id}
        found = HubSpotInbox(**ids, identifier=identifier, channel_id=channel_id, state=InboxState.DISCONNECTED)
        db.session.add(found)
        db.session.flush()
    found.channel_id = channel_id
    return integration, found


def _watch(inbox: HubSpotInbox, actor: Actor) -> None:
    if inbox.state == InboxState.DISCONNECTED:
        inbox.state, inbox.channel_account_id, inbox.problem, inbox.problem_values = InboxState.WAITING, None, None, {}
    inbox.connected_by, inbox.disconnected_at = actor.member_id, None


def _look_soon(inbox: HubSpotInbox, integration_id: int) -> None:
    """Look at once, so that the page shows what HubSpot says; a worker looks again."""
    LOOKS.order(inbox, after=2)
    db.session.flush()
    try:
        look(inbox)
    except (RetryLater, PermanentFailure):
        # It is connected all the same.
        db.session.rollback()
    queue.after_commit(db.session, "integrations.hubspot.inbox.look")


def _refusal(error: PermanentFailure) -> str:
    if error.code == "hubspot.not_found":
        return sentences([sentence(TOKEN_UNKNOWN), sentence(OTHER_PORTAL)])
    return sentence(error.code, dict(error.params))


@operation(Permission.INTEGRATIONS)
def check(inbox: HubSpotInbox, *, actor: Actor) -> None:
    """Ask HubSpot now how the channel is connected; raises RetryLater and PermanentFailure."""
    del actor
    look(inbox)


@operation(Permission.INTEGRATIONS)
def remove(inbox: HubSpotInbox, *, actor: Actor) -> bool:
    """Stop the sync of one LINE account; nothing is deleted at HubSpot. Returns whether HubSpot was told."""
    integration = db.session.get_one(Integration, inbox.integration_id)
    name = db.session.get_one(Account, inbox.account_id).name
    channel_id, channel_account_id = inbox.channel_id, inbox.channel_account_id
    end(inbox, REMOVED)
    audit.record(actor, "hubspot_inbox.removed", target=inbox, target_name=name, account_id=inbox.account_id)
    if channel_account_id is None or not integration.is_connected:
        return channel_account_id is None
    try:
        with released():
            portal.call(integration, channels.change_account(channel_id, channel_account_id, is_authorized=False))
    except (RetryLater, PermanentFailure):
        return False
    return True


def end(inbox: HubSpotInbox, problem: str) -> None:
    """Stop syncing: what waits for HubSpot is left, and what is there stays."""
    inbox.state, inbox.problem, inbox.problem_values = InboxState.DISCONNECTED, problem, {}
    inbox.disconnected_at = now()
    LOOKS.withdraw(inbox)
    mine = select(HubSpotThread.id).where(HubSpotThread.inbox_id == inbox.id)
    waiting = HubSpotOutgoing.thread_id.in_(mine), HubSpotOutgoing.state == OutboxState.WAITING
    quiet = {"synchronize_session": False}
    left = update(HubSpotOutgoing).where(*waiting).values(state=OutboxState.LEFT, ended_at=database_now())
    db.session.execute(left.execution_options(**quiet))
    still = update(HubSpotThread).where(HubSpotThread.inbox_id == inbox.id).values(due_at=None, leased_until=None)
    db.session.execute(still.execution_options(**quiet))


def end_all(integration_id: int) -> None:
    """Stop the inbox sync of all LINE accounts of an integration that is being removed."""
    for inbox in db.session.scalars(select(HubSpotInbox).where(HubSpotInbox.integration_id == integration_id)):
        if inbox.state != InboxState.DISCONNECTED:
            end(inbox, "hubspot.disconnected")


@operation(Permission.INTEGRATIONS)
def change_account(inbox: HubSpotInbox, account: Account, *, actor: Actor) -> None:
    """Let another LINE account of the integration use this channel from now on; raises InvalidInput(account)."""
    covered = db.session.get(IntegrationAccount, (inbox.integration_id, account.id))
    if covered is None or not actor.may_see_account(account.id):
        raise InvalidInput(account=_l("Choose a LINE account that is integrated with HubSpot."))
    other = find_inbox(inbox.integration_id, account.id, lock=True)
    if other is not None and other.id != inbox.id:
        if other.state != InboxState.DISCONNECTED:
            raise InvalidInput(account=sentence(TAKEN))
        other.account_id = inbox.account_id
    _forget_threads(inbox, other)
    inbox.account_id = account.id
    audit.record(actor, "hubspot_inbox.changed", target=inbox, target_name=account.name, account_id=account.id)
    if inbox.channel_account_id is not None:
        _rename(inbox, account.name)


def _forget_threads(*inboxes: HubSpotInbox | None) -> None:
    """Threads are of the account that had them: conversations of the other one begin at their next message."""
    ids = [one.id for one in inboxes if one is not None]
    gone = delete(HubSpotThread).where(HubSpotThread.inbox_id.in_(ids))
    db.session.execute(gone.execution_options(synchronize_session=False))


def _rename(inbox: HubSpotInbox, name: str) -> None:
    integration = db.session.get_one(Integration, inbox.integration_id)
    request = channels.change_account(inbox.channel_id, str(inbox.channel_account_id), name=name)
    inbox.name = name
    try:
        with released():
            portal.call(integration, request)
    except (RetryLater, PermanentFailure):
        # The name at HubSpot is all that is missing; people can change it there.
        return


@operation(Permission.INTEGRATIONS)
def send_test(inbox: HubSpotInbox, *, actor: Actor) -> None:
    """Put a message into HubSpot's inbox now; raises RetryLater, PermanentFailure, and Conflict while not connected."""
    if inbox.state != InboxState.CONNECTED or inbox.channel_account_id is None:
        raise Conflict(_l("It is not connected yet."))
    integration = db.session.get_one(Integration, inbox.integration_id)
    account = db.session.get_one(Account, inbox.account_id)
    text = _("Test message of Tomoru for %(account)s, sent on %(when)s.", account=account.name, when=when(now()))
    message = ChannelMessage(
        inbox.channel_account_id,
        "INCOMING",
        now(),
        text,
        Participant(TEST_CHAT, "Tomoru"),
        Participant(inbox.identifier),
        thread_name(account.id, TEST_CHAT),
        f"test-{secrets.token_hex(8)}",
    )
    channel_id, account_id, name = inbox.channel_id, account.id, account.name
    with released():
        portal.call(integration, channels.publish(channel_id, message))
    inbox.last_published_at = now()
    audit.record(actor, "hubspot_inbox.tested", target=inbox, target_name=name, account_id=account_id)


def integration_of(account_id: int) -> Integration | None:
    """Return the connected HubSpot account that covers a LINE account."""
    mine = IntegrationAccount.integration_id == Integration.id
    query = select(Integration).join(IntegrationAccount, mine).where(IntegrationAccount.account_id == account_id)
    found = db.session.scalars(query.where(Integration.service == HUBSPOT)).one_or_none()
    return found if found is not None and found.is_connected else None


def find_inbox(integration_id: int, account_id: int, *, lock: bool = False) -> HubSpotInbox | None:
    """Return the inbox of a LINE account."""
    mine = HubSpotInbox.integration_id == integration_id, HubSpotInbox.account_id == account_id
    query = select(HubSpotInbox).where(*mine).execution_options(populate_existing=True)
    return db.session.scalars(query.with_for_update() if lock else query).one_or_none()


def get_inbox(integration_id: int, inbox_id: int, actor: Actor, *, lock: bool = False) -> HubSpotInbox:
    """Return an inbox of the integration; raises NotFound for others, and for accounts that the actor may not see."""
    found = db.session.get(HubSpotInbox, inbox_id, with_for_update=lock or None, populate_existing=True)
    if found is None or found.integration_id != integration_id or not actor.may_see_account(found.account_id):
        raise NotFound
    return found
