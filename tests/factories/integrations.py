"""Rows of connected services."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from app.core.clock import now
from app.core.db import db
from app.integrations.hubspot.gateway.scopes import COMPANIES_READ, REQUIRED
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

_numbers = count(243_000_001)


def integration(*accounts: Account, service: str = "hubspot", **values: Any) -> Integration:
    """A stored, connected integration that covers these accounts, with a token that is good for a while."""
    number = next(_numbers)
    row = Integration(
        **{
            "service": service,
            "remote_id": str(number),
            "name": f"{number}.example",
            "state": IntegrationState.CONNECTED,
            "scopes": [*REQUIRED, COMPANIES_READ],
            "access_token": f"access-{number}",
            "refresh_token": f"refresh-{number}",
            "access_expires_at": now() + timedelta(minutes=30),
            "connected_at": now(),
            **values,
        }
    )
    db.session.add(row)
    db.session.flush()
    for place, account in enumerate(accounts, 1):
        db.session.add(
            IntegrationAccount(integration_id=row.id, account_id=account.id, service=row.service, number=place)
        )
    db.session.commit()
    return row


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
    values = {"remote_id": f"{number}", "is_active": True, "size": len(members), "members": len(members)}
    values |= {"is_followed": "synced_at" in columns or bool(members)} | columns
    made = RemoteList(integration_id=of.id, name=name or f"List {number}", **values)
    db.session.add(made)
    db.session.flush()
    db.session.add_all(RemoteListMember(list_id=made.id, remote_id=one.remote_id) for one in members)
    db.session.commit()
    return made
