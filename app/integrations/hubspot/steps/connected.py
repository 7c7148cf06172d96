"""Which HubSpot account stands behind a LINE account, and whether it lets a step do its work, for all steps."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import Text, _l
from app.integrations.hubspot.gateway.scopes import closed_because
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.shared.models import Integration, IntegrationAccount
from app.integrations.shared.working import connected_ids
from app.line.models import Account
from app.workflows.definition.kinds import NodeProblem

NOT_CONNECTED = _l("HubSpot is not connected. Connect it under Integrations.")


def is_connected() -> Text | None:
    """Return why such steps do nothing: there is no HubSpot account that is connected."""
    found = db.session.scalar(connected_ids(HUBSPOT).limit(1))
    return NOT_CONNECTED if found is None else None


def integrations_by_account(account_ids: Collection[int]) -> Mapping[int, Integration]:
    """Return the HubSpot account of each of these LINE accounts, connected or not."""
    covers = IntegrationAccount.service == HUBSPOT, IntegrationAccount.account_id.in_(account_ids)
    query = select(IntegrationAccount.account_id, Integration).join(
        Integration, Integration.id == IntegrationAccount.integration_id
    )
    return {row[0]: row[1] for row in db.session.execute(query.where(*covers))}


def check_portals(account_ids: Sequence[int], field: str, feature: str) -> Iterator[NodeProblem]:
    """Tell of accounts that no HubSpot account covers, and of HubSpot accounts that did not grant what a step needs.

    `feature` is the key of one in `gateway.scopes`.
    """
    portals = integrations_by_account(account_ids)
    for account_id in account_ids:
        if account_id not in portals or not portals[account_id].is_connected:
            account = db.session.get(Account, account_id)
            words = _l("“%(account)s” is not connected to HubSpot.", account=account.name if account else account_id)
            yield NodeProblem(words, field)
    for portal in {one.id: one for one in portals.values() if one.is_connected}.values():
        if closed := closed_because(portal.scopes, feature):
            words = _l("%(reason)s Approve again on the screen Settings of HubSpot.", reason=closed)
            yield NodeProblem(words, field)
