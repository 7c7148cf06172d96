"""LINE accounts of an integration: which can be chosen, and the number that each one keeps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.integrations.shared.models import Integration, IntegrationAccount, IntegrationState
from app.line.access import visible_accounts
from app.line.models import Account
from app.team.actors import Actor

# An account of one in these states may be taken into another integration.
OVER = (IntegrationState.DISCONNECTED, IntegrationState.UNINSTALLED)


@dataclass(frozen=True)
class AccountChoice:
    """A LINE account that may be chosen, unless it has another integration of the service."""

    account: Account
    # The name of the other account of the service.
    taken_by: str = ""


def choices_of(service: str, actor: Actor, integration_id: int | None = None) -> Sequence[AccountChoice]:
    """Return the LINE accounts that the actor may see, with what holds them elsewhere."""
    held = _held(service, integration_id)
    return [AccountChoice(account, held.get(account.id, "")) for account in visible_accounts(actor)]


def require_free(
    service: str, account_ids: Collection[int], actor: Actor, integration_id: int | None = None
) -> Sequence[Account]:
    """Return the chosen LINE accounts; raises InvalidInput(accounts) for none, or one held elsewhere."""
    wanted = set(account_ids)
    chosen = [one for one in choices_of(service, actor, integration_id) if one.account.id in wanted]
    if not chosen or len(chosen) != len(wanted):
        raise InvalidInput(accounts=_l("Choose at least one LINE account."))
    for one in chosen:
        if one.taken_by:
            words = {"account": one.account.name, "other": one.taken_by}
            raise InvalidInput(accounts=_l("%(account)s is integrated with %(other)s already.", **words))
    return [one.account for one in chosen]


def cover(integration: Integration, account_ids: Collection[int]) -> None:
    """Let the integration cover exactly these LINE accounts; each keeps the number that it has or once had.

    They are taken out of integrations that are over.
    """
    rows = db.session.scalars(
        select(IntegrationAccount).where(
            IntegrationAccount.service == integration.service,
            (IntegrationAccount.integration_id == integration.id) | IntegrationAccount.account_id.in_(account_ids),
        )
    ).all()
    here = {row.account_id for row in rows if row.integration_id == integration.id}
    wanted = set(account_ids)
    for row in rows:
        if row.integration_id != integration.id or row.account_id not in wanted:
            db.session.delete(row)
    db.session.flush()
    known = {str(row.account_id): row.number for row in rows if row.integration_id == integration.id}
    integration.account_numbers = {**known, **integration.account_numbers}
    for account_id in sorted(wanted - here):
        _add(integration, account_id)


def _add(integration: Integration, account_id: int) -> None:
    known, key = integration.account_numbers, str(account_id)
    number = known.get(key) or max(known.values(), default=0) + 1
    integration.account_numbers = {**known, key: number}
    db.session.add(
        IntegrationAccount(
            integration_id=integration.id, account_id=account_id, service=integration.service, number=number
        )
    )


def _held(service: str, integration_id: int | None) -> Mapping[int, str]:
    """Return the name of the account of the service that holds a LINE account, by the LINE account's id."""
    query = (
        select(IntegrationAccount.account_id, Integration.name, Integration.remote_id)
        .join(Integration, Integration.id == IntegrationAccount.integration_id)
        .where(Integration.service == service, Integration.state.not_in(OVER))
    )
    if integration_id is not None:
        query = query.where(Integration.id != integration_id)
    return {row.account_id: row.name or row.remote_id for row in db.session.execute(query)}
