"""Lists and properties of HubSpot in templates and files of workflows: they go by their names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from app.core.db import db
from app.core.i18n import _l
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.steps.lists import LISTS, lists_of, names_of_lists, static_lists
from app.integrations.hubspot.steps.property_plans import PROPERTIES
from app.integrations.shared.lists import WATCHED
from app.integrations.shared.models import RemoteList
from app.integrations.shared.properties import properties_at
from app.integrations.shared.queries import integration_of
from app.integrations.shared.step_models import RemoteProperty
from app.workflows.templates.names import NamedRows, register_rows


@dataclass(frozen=True, kw_only=True)
class NamedLists(NamedRows):
    """Lists of the HubSpot account that covers a LINE account; those that may be changed, or all."""

    find: Callable[[int], Sequence[RemoteList]]

    def names(self, account_ids: Collection[int], ids: Collection[int]) -> dict[int, str]:
        """Return the names of lists of these accounts by id."""
        return dict(names_of_lists(ids, list(account_ids))) if ids else {}

    def known(self, account_id: int, names: Collection[str]) -> dict[str, int]:
        """Return the ids of an account's lists by their name."""
        return {one.name: one.id for one in reversed(self.find(account_id)) if one.name in names}

    def choices(self, account_id: int) -> list[tuple[int, str]]:
        """Return lists of an account as choices, by name."""
        return [(one.id, one.name) for one in self.find(account_id)]


class NamedProperties(NamedRows):
    """Properties of the HubSpot account that covers a LINE account, by the names that HubSpot knows them by."""

    def names(self, account_ids: Collection[int], ids: Collection[int]) -> dict[int, str]:
        """Return the names of properties by id."""
        del account_ids
        query = select(RemoteProperty.id, RemoteProperty.name).where(RemoteProperty.id.in_(ids))
        return {row.id: row.name for row in db.session.execute(query)} if ids else {}

    def known(self, account_id: int, names: Collection[str]) -> dict[str, int]:
        """Return the ids of an account's properties by their name; contacts come before companies."""
        query = self._there(account_id, RemoteProperty.name.in_(names)).order_by(None)
        found = db.session.scalars(query.order_by(RemoteProperty.record_kind.desc())).all()
        return {one.name: one.id for one in found}

    def choices(self, account_id: int) -> list[tuple[int, str]]:
        """Return properties of an account as choices, by label."""
        return [(one.id, one.label) for one in db.session.scalars(self._there(account_id))]

    def _there(self, account_id: int, *where: Any) -> Select[Any]:
        found = integration_of(HUBSPOT, account_id)
        return properties_at(found.id if found else 0, *where)


register_rows(NamedProperties(setting=PROPERTIES, model=RemoteProperty, label=_l("HubSpot property"), is_list=False))
for _setting, _find in ((LISTS, static_lists), (WATCHED, lists_of)):
    register_rows(NamedLists(setting=_setting, model=RemoteList, label=_l("HubSpot list"), is_list=False, find=_find))
