"""Tell upper layers what was changed at a service, in the transaction that applies it here."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.core.db import db
from app.core.events import announce
from app.integrations.shared.events import ListKnown, ListMembersChanged, RemoteValueChange, RemoteValuesChanged
from app.integrations.shared.models import RemoteList


def tell_values(integration_id: int, changes: Sequence[RemoteValueChange]) -> None:
    """Announce values that were changed at the service and that friends have now."""
    if changes:
        announce(RemoteValuesChanged(integration_id=integration_id, changes=changes))


def tell_known(integration_id: int, list_id: int) -> None:
    """Announce that the members of a list are known now."""
    announce(ListKnown(integration_id=integration_id, list_id=list_id))


def tell_members(list_id: int, remote_ids: Sequence[str], *, is_added: bool) -> None:
    """Announce who joined a list or left it, once all who were on it are known."""
    query = select(RemoteList.integration_id).where(RemoteList.id == list_id, RemoteList.is_followed)
    if remote_ids and (integration_id := db.session.scalar(query)) is not None:
        about = {"integration_id": integration_id, "list_id": list_id}
        announce(ListMembersChanged(**about, remote_ids=remote_ids, is_added=is_added))
