"""Lists of HubSpot in templates and files of workflows: they go by their names."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import _l
from app.integrations.hubspot.steps.lists import LISTS, static_lists
from app.integrations.shared.models import IntegrationAccount, RemoteList
from app.workflows.templates.names import NamedRows, register_rows


class NamedLists(NamedRows):
    """Static lists of the HubSpot account that covers a LINE account."""

    def names(self, account_ids: Collection[int], ids: Collection[int]) -> dict[int, str]:
        """Return the names of lists of these accounts by id."""
        covers = IntegrationAccount.integration_id == RemoteList.integration_id
        query = select(RemoteList.id, RemoteList.name).join(IntegrationAccount, covers)
        mine = (IntegrationAccount.account_id.in_(account_ids), RemoteList.id.in_(ids))
        return {row.id: row.name for row in db.session.execute(query.where(*mine))} if ids else {}

    def known(self, account_id: int, names: Collection[str]) -> dict[str, int]:
        """Return the ids of an account's lists by their name."""
        return {one.name: one.id for one in reversed(static_lists(account_id)) if one.name in names}

    def choices(self, account_id: int) -> list[tuple[int, str]]:
        """Return lists of an account as choices, by name."""
        return [(one.id, one.name) for one in static_lists(account_id)]


register_rows(NamedLists(setting=LISTS, model=RemoteList, label=_l("HubSpot list"), is_list=False))
