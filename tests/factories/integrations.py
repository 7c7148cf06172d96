"""Rows of connected services."""

from __future__ import annotations

from itertools import count
from typing import Any

from app.core.db import db
from app.integrations.shared.models import (
    FieldMapping,
    Integration,
    IntegrationAccount,
    IntegrationState,
    RemoteLink,
    RemoteList,
    RemoteListMember,
    RemoteRecord,
)
from app.line.models import Account

_numbers = count(1_001)


def integration(*accounts: Account, **columns: Any) -> Integration:
    """A connected HubSpot portal that covers these accounts."""
    values = {"service": "hubspot", "remote_id": "243000001", "state": IntegrationState.CONNECTED} | columns
    made = Integration(**values)
    db.session.add(made)
    db.session.flush()
    for number, account in enumerate(accounts, start=1):
        db.session.add(
            IntegrationAccount(integration_id=made.id, account_id=account.id, service=made.service, number=number)
        )
    db.session.commit()
    return made


def mapping(of: Integration, remote_name: str, field: str, **columns: Any) -> FieldMapping:
    """A property that is kept equal to a field of friends."""
    values = {"record_kind": "contact", "remote_label": remote_name, "remote_type": "string"} | columns
    made = FieldMapping(integration_id=of.id, remote_name=remote_name, field=field, **values)
    db.session.add(made)
    db.session.commit()
    return made


def link(of: Integration, friend: Any, remote_id: str | None, **columns: Any) -> RemoteLink:
    """A friend and a contact of the same person."""
    values = {"found_by": "line_user_id"} | columns
    made = RemoteLink(
        integration_id=of.id, account_id=friend.account_id, friend_id=friend.id, remote_id=remote_id, **values
    )
    db.session.add(made)
    db.session.commit()
    return made


def record(
    of: Integration, remote_id: str = "", *, kind: str = "contact", company_id: str | None = None, **properties: Any
) -> RemoteRecord:
    """A contact, or a company, as last read."""
    made = RemoteRecord(
        integration_id=of.id,
        kind=kind,
        remote_id=remote_id or f"{next(_numbers)}",
        company_id=company_id,
        properties=properties,
    )
    db.session.add(made)
    db.session.commit()
    return made


def remote_list(of: Integration, *members: RemoteRecord, name: str = "", **columns: Any) -> RemoteList:
    """A list of the service with these members."""
    number = next(_numbers)
    values = {"remote_id": f"{number}", "is_active": True, "size": len(members), "members": len(members)} | columns
    made = RemoteList(integration_id=of.id, name=name or f"List {number}", **values)
    db.session.add(made)
    db.session.flush()
    db.session.add_all(RemoteListMember(list_id=made.id, remote_id=one.remote_id) for one in members)
    db.session.commit()
    return made
