"""Connect and disconnect accounts of services: states, grants, and the LINE accounts that are covered.

States: pending → connected → reconnect needed, uninstalled or disconnected → connected again, always in the same row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import database_now, now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import _l
from app.integrations.shared.approvals import NotApproved
from app.integrations.shared.beginning import forget_what_was_open
from app.integrations.shared.choosing import cover, require_free
from app.integrations.shared.creating import order_all_later
from app.integrations.shared.fields import make_where_missing
from app.integrations.shared.mappings import look_at_fields
from app.integrations.shared.marking_runs import mark_all_later
from app.integrations.shared.models import Integration, IntegrationAccount, IntegrationState, RemoteUnlink
from app.integrations.shared.queries import visible_to
from app.integrations.shared.services import SERVICES, sync_soon
from app.integrations.shared.written import forget_problems
from app.line.models import Account
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "integration.approved": _l("approved %(service)s for %(target)s"),
        "integration.connected": _l("connected %(service)s, account %(target)s"),
        "integration.reconnected": _l("reconnected %(service)s, account %(target)s"),
        "integration.disconnected": _l("disconnected %(service)s, account %(target)s"),
        "integration.account_added": _l("added the LINE account %(account)s to %(service)s, account %(target)s"),
        "integration.account_removed": _l("removed the LINE account %(account)s from %(service)s, account %(target)s"),
        "integration.changed": _l("changed the settings of %(service)s, account %(target)s"),
    },
    {"integration": _l("Integrations")},
)
# Of a token's life; then it is renewed.
RENEWED_AFTER = 0.8


@dataclass(frozen=True)
class IntegrationGrant:
    """Tokens as a service has given them, for `expires_in` seconds, and what they allow."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: float
    scopes: tuple[str, ...]

    def columns(self) -> dict[str, Any]:
        """Return what the integration's row keeps of it."""
        received = now()
        return {
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "access_expires_at": received + timedelta(seconds=self.expires_in),
            "renew_from": received + timedelta(seconds=self.expires_in * RENEWED_AFTER),
            "scopes": list(self.scopes),
        }


@dataclass(frozen=True)
class RemoteAccount:
    """An account of a service that has approved, as the service describes it."""

    service: str
    remote_id: str
    name: str
    details: Mapping[str, Any]


@operation(Permission.INTEGRATIONS)
def connect(
    remote: RemoteAccount, grant: IntegrationGrant, account_ids: Collection[int], *, actor: Actor
) -> Integration:
    """Connect the account for these LINE accounts, or continue the one that was there; all its data stay.

    Raises NotApproved where it is connected for other LINE accounts already, or one of these is held elsewhere.
    """
    integration = _hold(remote, actor)
    covered = set(_covered(integration))
    if integration.is_connected and not set(account_ids) <= covered:
        raise _already(remote, integration)
    try:
        accounts = require_free(remote.service, account_ids, actor, integration.id)
    except InvalidInput as refusal:
        raise NotApproved(refusal.fields["accounts"]) from refusal
    action = "integration.reconnected" if integration.connected_at else "integration.connected"
    if not integration.is_connected:
        cover(integration, [account.id for account in accounts])
    _describe(integration, remote)
    keep_grant(integration, grant)
    _start(integration, actor)
    note(integration, action, actor)
    return integration


@operation(Permission.INTEGRATIONS)
def hold_approval(remote: RemoteAccount, grant: IntegrationGrant, *, actor: Actor) -> Integration:
    """Keep what was approved at the service's own side, until the member has chosen LINE accounts and confirmed.

    Raises NotApproved for an account that is connected already.
    """
    integration = _hold(remote, actor)
    if integration.is_connected:
        raise _already(remote, integration)
    _describe(integration, remote)
    keep_grant(integration, grant)
    integration.state, integration.reason, integration.connected_by = IntegrationState.PENDING, None, actor.member_id
    note(integration, "integration.approved", actor)
    return integration


@operation(Permission.INTEGRATIONS)
def confirm(integration: Integration, account_ids: Collection[int], *, actor: Actor) -> None:
    """Connect what was approved at the service's side for these LINE accounts; raises InvalidInput or Conflict."""
    if integration.state != IntegrationState.PENDING:
        raise Conflict(_l("This account is connected already, or was disconnected in the meantime."))
    accounts = require_free(integration.service, account_ids, actor, integration.id)
    action = "integration.reconnected" if integration.connected_at else "integration.connected"
    cover(integration, [account.id for account in accounts])
    _start(integration, actor)
    note(integration, action, actor)


@operation(Permission.INTEGRATIONS)
def add_account(integration: Integration, account_id: int, *, actor: Actor) -> None:
    """Cover another LINE account; the next sync reads everything, so that its friends are found."""
    (account,) = require_free(integration.service, [account_id], actor, integration.id)
    covered = _covered(integration)
    if account_id in covered:
        raise Conflict(_l("This LINE account is integrated already."))
    cover(integration, [*covered, account_id])
    _read_all_again(integration)
    note(integration, "integration.account_added", actor, account=account.name)


@operation(Permission.INTEGRATIONS)
def make_in_accounts(integration: Integration, names: Sequence[str], *, actor: Actor) -> None:
    """Make attributes in the accounts that lack them; the next sync reads everything, so that they are filled.

    Raises Conflict where an attribute cannot be made, and NotAllowed for an actor who may not change attributes.
    """
    for name in names:
        make_where_missing(integration.id, name, actor=actor)
    _read_all_again(integration)


@operation(Permission.INTEGRATIONS)
def remove_account(integration: Integration, account_id: int, *, actor: Actor) -> None:
    """Stop covering a LINE account; its data stay, and its number is kept for it. Raises Conflict for the last one."""
    covered = _covered(integration)
    if account_id not in covered:
        raise Conflict(_l("This LINE account is not integrated any more."))
    if len(covered) == 1:
        raise Conflict(_l("An integration needs at least one LINE account. Disconnect it instead."))
    name = covered[account_id]
    cover(integration, [one for one in covered if one != account_id])
    look_at_fields(integration.id)
    note(integration, "integration.account_removed", actor, account=name)


@operation(Permission.INTEGRATIONS)
def change_settings(integration: Integration, sync_minutes: int, creates_records: bool, *, actor: Actor) -> None:
    """Set how often is synced, and whether friends without a record get one."""
    if creates_records and not integration.creates_records:
        _forget_gone(integration)
    integration.sync_minutes, integration.creates_records = sync_minutes, creates_records
    if integration.is_connected and integration.next_sync_at is not None:
        integration.next_sync_at = min(integration.next_sync_at, now() + timedelta(minutes=sync_minutes))
    if integration.is_connected:
        order_all_later(integration)
    note(integration, "integration.changed", actor, sync_minutes=sync_minutes, creates_records=creates_records)


@operation(Permission.INTEGRATIONS)
def disconnect(integration: Integration, *, actor: Actor) -> None:
    """End the exchange and forget the tokens; all data stay."""
    if integration.state == IntegrationState.DISCONNECTED:
        raise Conflict(_l("The account is disconnected already."))
    forget_grant(integration)
    integration.state, integration.reason = IntegrationState.DISCONNECTED, None
    integration.next_sync_at, integration.disconnected_at = None, now()
    note(integration, "integration.disconnected", actor)


def _read_all_again(integration: Integration) -> None:
    """Let the next sync read all records, after accounts or their attributes have changed."""
    look_at_fields(integration.id)
    integration.watermarks = {}
    sync_soon(integration)


def _forget_gone(integration: Integration) -> None:
    """Let friends whose record was deleted at the service get another one."""
    gone = RemoteUnlink.integration_id == integration.id, RemoteUnlink.is_gone
    db.session.execute(delete(RemoteUnlink).where(*gone).execution_options(synchronize_session=False))


def note(integration: Integration, action: str, actor: Actor, **details: Any) -> None:
    """Write the line of the audit log for what was done with an integration."""
    name, service = label_of(integration), SERVICES[integration.service].name
    audit.record(actor, action, target=integration, target_name=name, service=service, **details)


def label_of(integration: Integration) -> str:
    """Return what people call it, else its number."""
    return integration.name or integration.remote_id


def keep_grant(integration: Integration, grant: IntegrationGrant) -> None:
    """Take new tokens; a renewal that is under way changes nothing any more."""
    for name, value in grant.columns().items():
        setattr(integration, name, value)
    _next_grant(integration)


def forget_grant(integration: Integration) -> None:
    """Forget the tokens; a renewal that is under way changes nothing any more."""
    integration.access_token = integration.refresh_token = None
    integration.access_expires_at = integration.renew_from = None
    _next_grant(integration)


def _next_grant(integration: Integration) -> None:
    integration.grant_number += 1
    integration.renewal_claimed_until = None


def _start(integration: Integration, actor: Actor) -> None:
    """Let data be exchanged; who only approves again goes on with the connection that was there."""
    if integration.state not in (IntegrationState.CONNECTED, IntegrationState.RECONNECT_NEEDED):
        forget_what_was_open(integration)
        integration.connected_at, integration.connected_by = now(), actor.member_id
    integration.state, integration.reason, integration.disconnected_at = IntegrationState.CONNECTED, None, None
    integration.next_sync_at = database_now()
    # Everything is compared with what was written before, perhaps long ago.
    forget_problems(integration.id)
    mark_all_later(integration.id, f"connected:{now().isoformat()}")


def _hold(remote: RemoteAccount, actor: Actor) -> Integration:
    """Return the row of this account, locked, made where it is new; raises NotApproved where it is not the actor's."""
    values = {"service": remote.service, "remote_id": remote.remote_id, "connected_by": actor.member_id}
    db.session.execute(insert(Integration).values(**values).on_conflict_do_nothing())
    mine = select(Integration).where(Integration.service == remote.service, Integration.remote_id == remote.remote_id)
    found = db.session.scalars(mine.where(visible_to(actor)).with_for_update(key_share=True)).one_or_none()
    if found is None:
        raise NotApproved(
            _l(
                "%(name)s is or was connected for LINE accounts that you may not see. Ask an administrator.",
                name=remote.name or remote.remote_id,
            )
        )
    return found


def _already(remote: RemoteAccount, integration: Integration) -> NotApproved:
    sentence = _l(
        "%(name)s is connected already. Its settings let you add LINE accounts, or approve again.",
        name=remote.name or remote.remote_id,
    )
    return NotApproved(sentence, integration.id)


def _covered(integration: Integration) -> dict[int, str]:
    """Return id and name of the LINE accounts that are covered."""
    query = (
        select(Account.id, Account.name)
        .join(IntegrationAccount, IntegrationAccount.account_id == Account.id)
        .where(IntegrationAccount.integration_id == integration.id)
    )
    return {row.id: row.name for row in db.session.execute(query)}


def _describe(integration: Integration, remote: RemoteAccount) -> None:
    """Keep what the service says; what it did not say this time stays."""
    integration.name = remote.name or integration.name
    integration.details = {**integration.details, **remote.details}
