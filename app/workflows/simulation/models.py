"""What test runs and replays keep."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class WorkflowTestRun(Model):
    """A member's test run of a workflow. It is played again from these rows each time that it is shown."""

    __tablename__ = "workflow_test_runs"

    workflow_id: Mapped[int] = mapped_column(
        ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    # As `setups.PlayedSetup.as_json` writes it.
    setup: Mapped[dict[str, Any]]
    # What was pressed, the first one first; see `playing.PlayedPress`.
    choices: Mapped[list[Any]] = mapped_column(server_default="[]")
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"), index=True)


class WorkflowReplay(Model):
    """A workflow, as it was edited at that moment, run over the events of a period; its run fills in what it counts."""

    __tablename__ = "workflow_replays"

    id: Mapped[int] = mapped_column(primary_key=True)
    workflow_id: Mapped[int] = mapped_column(ForeignKey("workflows.id", ondelete="CASCADE"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime]
    # Accounts of both versions: those who may see them all may know the replay.
    account_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    # The working copy, as `definition.graph` reads it, and the version that was active.
    graph: Mapped[dict[str, Any]]
    active_version_id: Mapped[int | None]
    # Figures of both, as `replaying.figures` writes them, and how many friends get more, fewer or as many messages.
    drafted: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    active: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    compared: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # The member's name, as it was then.
    begun_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), index=True)

    @property
    def last_moment(self) -> datetime:
        """Return the end of the last day, or the moment up to which there were events."""
        return self.until - timedelta(microseconds=1)


class WorkflowReplayFriend(Model):
    """A friend to whom something happened in the period of a replay."""

    __tablename__ = "workflow_replay_friends"

    # No foreign keys: there may be a million, each of which would be looked up. `removing` removes them.
    replay_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    friend_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    events: Mapped[int]


class WorkflowReplaySend(Model):
    """What a friend would have got, and when."""

    __tablename__ = "workflow_replay_sends"
    __table_args__ = (Index("ix_workflow_replay_sends_list", "replay_id", text("at DESC"), text("id DESC")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # No foreign key, as above.
    replay_id: Mapped[int]
    account_id: Mapped[int]
    friend_id: Mapped[int] = mapped_column(index=True)
    node_id: Mapped[str]
    at: Mapped[datetime]
    messages: Mapped[int]
    # "reply", "push", or "capped" for what the frequency cap holds back.
    via: Mapped[str]
