"""Reads of connected accounts of other services; who may see an integration may see all its LINE accounts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, exists, select, true

from app.core.clock import database_now
from app.core.db import db
from app.core.errors import NotFound
from app.integrations.shared.models import Integration, IntegrationAccount, IntegrationState
from app.line.models import Account
from app.team.actors import Actor

LATELY = timedelta(days=7)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition of integrations that the actor may know; one without accounts is for who approved it."""
    if actor.accounts is None:
        return true()
    covered = select(IntegrationAccount.account_id).where(IntegrationAccount.integration_id == Integration.id)
    others = covered.where(IntegrationAccount.account_id.not_in(actor.accounts))
    is_own = Integration.connected_by == actor.member_id
    return ~exists(others.correlate(Integration)) & (exists(covered.correlate(Integration)) | is_own)


def integrations_for(actor: Actor, service: str | None = None) -> Sequence[Integration]:
    """Return what the actor may see of connected and once connected accounts, those of one service or all, by name."""
    query = select(Integration).where(visible_to(actor)).order_by(Integration.name, Integration.id)
    return db.session.scalars(query if service is None else query.where(Integration.service == service)).all()


def lost_integrations(actor: Actor) -> Sequence[Integration]:
    """Return what the actor may see of accounts whose service ended the exchange: until reconnected, or for a week."""
    is_refused = Integration.state == IntegrationState.RECONNECT_NEEDED
    was_uninstalled = Integration.state == IntegrationState.UNINSTALLED
    is_new = Integration.disconnected_at > database_now(-LATELY)
    query = select(Integration).where(visible_to(actor), is_refused | (was_uninstalled & is_new))
    return db.session.scalars(query.order_by(Integration.id)).all()


def find_integration(integration_id: int, service: str, actor: Actor, *, lock: bool = False) -> Integration:
    """Return the integration; raises NotFound for one that is not there or is not for this actor."""
    query = select(Integration).where(
        Integration.id == integration_id, Integration.service == service, visible_to(actor)
    )
    if lock:
        query = query.with_for_update(key_share=True, of=Integration).execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def integration_of(service: str, account_id: int) -> Integration | None:
    """Return the integration that covers the account's friends, connected or not; None where there never was one."""
    covers = IntegrationAccount.service == service, IntegrationAccount.account_id == account_id
    query = select(Integration).join(IntegrationAccount, IntegrationAccount.integration_id == Integration.id)
    return db.session.execute(query.where(*covers)).scalar_one_or_none()


def accounts_of(integration_id: int) -> Sequence[tuple[IntegrationAccount, Account]]:
    """Return the LINE accounts whose friends the integration covers, in the order of their numbers."""
    query = (
        select(IntegrationAccount, Account)
        .join(Account, Account.id == IntegrationAccount.account_id)
        .where(IntegrationAccount.integration_id == integration_id)
        .order_by(IntegrationAccount.number)
    )
    return [(covered, account) for covered, account in db.session.execute(query).all()]


def accounts_by_integration(integration_ids: Collection[int]) -> Mapping[int, list[Account]]:
    """Return the LINE accounts of each integration, in the order of their numbers."""
    found: dict[int, list[Account]] = {one: [] for one in integration_ids}
    query = (
        select(IntegrationAccount.integration_id, Account)
        .join(Account, Account.id == IntegrationAccount.account_id)
        .where(IntegrationAccount.integration_id.in_(integration_ids))
        .order_by(IntegrationAccount.number)
    )
    for integration_id, account in db.session.execute(query):
        found[integration_id].append(account)
    return found
