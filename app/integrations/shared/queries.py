"""Reads of connected accounts of other services; who may see an integration may see all its LINE accounts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, select, true

from app.core.db import db
from app.core.errors import NotFound
from app.integrations.shared.models import Integration, IntegrationAccount
from app.line.models import Account
from app.team.actors import Actor


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition of integrations that the actor may know."""
    if actor.accounts is None:
        return true()
    others = select(IntegrationAccount.account_id).where(
        IntegrationAccount.integration_id == Integration.id, IntegrationAccount.account_id.not_in(actor.accounts)
    )
    return ~exists(others.correlate(Integration))


def find_integration(integration_id: int, service: str, actor: Actor) -> Integration:
    """Return the integration; raises NotFound for one that is not there or is not for this actor."""
    query = select(Integration).where(
        Integration.id == integration_id, Integration.service == service, visible_to(actor)
    )
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
