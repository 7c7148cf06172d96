"""Tables of HubSpot alone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import Due, due_index


class ExecutionState(StrEnum):
    """RECEIVED → SENDING (the send is stored) → SETTLED (it is known what came of it) → DONE (HubSpot knows it too).

    What cannot be sent goes from RECEIVED to SETTLED.
    """

    RECEIVED = "received"
    SENDING = "sending"
    SETTLED = "settled"
    DONE = "done"


class HubSpotExecution(Due, Model):
    """A workflow of HubSpot asked for a LINE message to one contact; due: to be sent, or to be told to HubSpot."""

    __tablename__ = "hubspot_executions"
    __table_args__ = (
        # HubSpot repeats a request with the same callback.
        UniqueConstraint("integration_id", "callback_id"),
        due_index("hubspot_executions"),
        Index("ix_hubspot_executions_done_at", "done_at", postgresql_where=text("done_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    callback_id: Mapped[str]
    # The contact, and what it holds as its LINE user id.
    remote_id: Mapped[str]
    line_user_id: Mapped[str | None]
    # The fields of the action as the workflow filled them.
    inputs: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(server_default=ExecutionState.RECEIVED)
    account_id: Mapped[int | None]
    friend_id: Mapped[int | None]
    send_id: Mapped[int | None]
    # A value of the output "line_result", and the code of the sentence behind it.
    result: Mapped[str | None]
    result_code: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    done_at: Mapped[datetime | None]


class HubSpotRegistration(Model):
    """What HubSpot was told with the developer key of an app: its webhooks and its workflow action."""

    __tablename__ = "hubspot_registrations"

    app_id: Mapped[str] = mapped_column(primary_key=True)
    # When all of it was last found or made.
    registered_at: Mapped[datetime | None]
    # Why the last try failed: a code for the error messages.
    problem: Mapped[str | None]
    problem_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Up to which place the app's journal is read; None: it is not listened to yet.
    journal_offset: Mapped[str | None]
    # Before this, the journal is not asked for.
    journal_from: Mapped[datetime | None]
