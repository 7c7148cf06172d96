"""What a connection does not take over from an earlier one of the same account that was ended."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, update

from app.core.db import db
from app.integrations.shared.models import FieldMapping, Integration, RemoteList
from app.integrations.shared.step_models import RemoteChange


def forget_what_was_open(integration: Integration) -> None:
    """Give up changes that were still to be made, and let what has changed since start no workflow."""
    over = {"due_at": None, "leased_until": None, "reason": f"{integration.service}.disconnected"}
    _set(RemoteChange, integration, RemoteChange.ended_at.is_(None), **over, ended_at=func.now())
    _set(RemoteList, integration, RemoteList.is_followed, is_followed=False)
    _set(FieldMapping, integration, FieldMapping.synced_at.is_not(None), synced_at=None)


def _set(model: Any, integration: Integration, which: Any, **values: Any) -> None:
    change = update(model).where(model.integration_id == integration.id, which).values(**values)
    db.session.execute(change.execution_options(synchronize_session="fetch"))
