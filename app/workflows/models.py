"""Workflows, their versions, what starts them, and their runs, step by step."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import Due, due_index
from app.core.secrets import EncryptedOrLost
from app.folders.models import FiledRow, FolderRow


class WorkflowStatus(StrEnum):
    """DRAFT (never started) → ACTIVE ⇄ INACTIVE → ARCHIVED ⇄ INACTIVE."""

    DRAFT = "draft"
    ACTIVE = "active"
    INACTIVE = "inactive"
    ARCHIVED = "archived"


class ReEntry(StrEnum):
    """How often a friend may enter: EVERY event, ONCE ever, one run at a time (WAIT), or after some DAYS again."""

    EVERY = "every"
    ONCE = "once"
    NOT_WHILE_RUNNING = "not_while_running"
    AFTER_DAYS = "after_days"


class OnBlock(StrEnum):
    """What a friend's block does with runs that wait: END them, or FREEZE them until the friend is back."""

    END = "end"
    FREEZE = "freeze"


class WorkflowRunState(StrEnum):
    """RUNNING (due now) ⇄ WAITING (for a moment or an event) ⇄ HELD (its workflow is paused, or its friend blocked).

    SUCCEEDED, FAILED and CANCELLED are final; a failed one may be tried again.
    """

    RUNNING = "running"
    WAITING = "waiting"
    HELD = "held"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (WorkflowRunState.RUNNING, WorkflowRunState.WAITING, WorkflowRunState.HELD)
IS_OPEN = text("ended_at IS NULL")


class WorkflowFolder(FolderRow):
    """A folder of workflows; it belongs to no account, since a workflow may answer for several."""

    __tablename__ = "workflow_folders"
    # The function `same_look` is made by a migration, which says what it takes for the same.
    __table_args__ = (Index("uq_workflow_folders_name", text("same_look(name)"), unique=True),)


class Workflow(FiledRow):
    """An automation: its versions say what it does, the active one answers."""

    __tablename__ = "workflows"
    __table_args__ = (Index("ix_workflows_folder_id", "folder_id"),)

    folder_id: Mapped[int | None] = mapped_column(ForeignKey("workflow_folders.id", ondelete="SET NULL"))
    description: Mapped[str] = mapped_column(server_default="")
    status: Mapped[str] = mapped_column(server_default=WorkflowStatus.DRAFT)
    # Numbers of `WorkflowVersion`: the one saved last, and the one that was started last.
    latest_version: Mapped[int] = mapped_column(server_default="0")
    active_version: Mapped[int | None]
    # The entry rules of the version that was started last, as its graph has them.
    re_entry: Mapped[str] = mapped_column(server_default=ReEntry.EVERY)
    # Of AFTER_DAYS.
    re_entry_days: Mapped[int | None]
    on_block: Mapped[str] = mapped_column(server_default=OnBlock.END)
    # Raised with every change of name, settings or graph; a member who saves says which one they saw.
    revision: Mapped[int] = mapped_column(server_default="1")
    started_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    # `updated_at` is of the name, the settings or the graph.
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))

    @property
    def is_active(self) -> bool:
        """Return whether it answers, and its runs go on."""
        return self.status == WorkflowStatus.ACTIVE


class WorkflowAccount(Model):
    """An account that the latest version of a workflow answers for."""

    __tablename__ = "workflow_accounts"

    workflow_id: Mapped[int] = mapped_column(
        ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class WorkflowFormerAccount(Model):
    """An account of earlier versions: the started one may still answer for it, or runs of its friends may be open."""

    __tablename__ = "workflow_former_accounts"

    workflow_id: Mapped[int] = mapped_column(
        ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class WorkflowVersion(Model):
    """A workflow as it was saved once; it never changes."""

    __tablename__ = "workflow_versions"
    __table_args__ = (UniqueConstraint("workflow_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workflow_id: Mapped[int] = mapped_column(ForeignKey("workflows.id", ondelete="CASCADE"))
    number: Mapped[int]
    # As `definition.graph` reads it.
    graph: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))


class WorkflowDraft(Model):
    """The working copy of a workflow while it has changes that were not saved; all members share it."""

    __tablename__ = "workflow_drafts"

    workflow_id: Mapped[int] = mapped_column(
        ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    graph: Mapped[dict[str, Any]]
    # The number of the version that it began as.
    base_version: Mapped[int]
    # Another text after each change; a page says which one it was drawn from.
    stamp: Mapped[str]
    # Which of its states it is in.
    state: Mapped[int]
    # Who changed it last.
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class WorkflowDraftState(Model):
    """A state of a working copy, to which members go back and forth. Only the newest ones are kept."""

    __tablename__ = "workflow_draft_states"

    workflow_id: Mapped[int] = mapped_column(
        ForeignKey("workflow_drafts.workflow_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    graph: Mapped[dict[str, Any]]


class WorkflowClipboard(Model):
    """The steps that a member has copied or cut last, to be pasted in any workflow."""

    __tablename__ = "workflow_clipboards"

    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # As in a version's graph; the first one is where the flow enters.
    nodes: Mapped[list[Any]] = mapped_column(JSONB)


class WorkflowTrigger(Due, Model):
    """A trigger of an active version, for one account; events are matched with these rows. Pausing removes them.

    For one that follows the clock the row is the work order, see `engine/clocks.py`.
    """

    __tablename__ = "workflow_triggers"
    __table_args__ = (
        UniqueConstraint("workflow_id", "account_id", "node_id"),
        Index("ix_workflow_triggers_event", "account_id", "kind"),
        due_index("workflow_triggers"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    workflow_id: Mapped[int] = mapped_column(ForeignKey("workflows.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    node_id: Mapped[str]
    version_id: Mapped[int] = mapped_column(ForeignKey("workflow_versions.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    settings: Mapped[dict[str, Any]]
    # The moment for which a trigger that follows the clock fires next, or is firing; None for all others.
    occurrence: Mapped[datetime | None]
    # The greatest id of friends who have entered for it; None until those who are to enter are stored.
    entered_up_to: Mapped[int | None]
    # Moments up to this one are not late any more: a member has decided that they count.
    released_until: Mapped[datetime | None]


class WorkflowAdmission(Model):
    """A friend who enters by a trigger that follows the clock; stored at its moment, removed once all have entered."""

    __tablename__ = "workflow_admissions"

    trigger_id: Mapped[int] = mapped_column(
        ForeignKey("workflow_triggers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # No foreign key: there may be a million, each of which would be looked up.
    friend_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class WorkflowSecret(Model):
    """What the webhooks of a step are signed with; settings hold its id. It is written once and never shown."""

    __tablename__ = "workflow_secrets"

    id: Mapped[int] = mapped_column(primary_key=True)
    # None when it cannot be read any more, since the key that encrypted it was lost.
    secret: Mapped[str | None] = mapped_column(EncryptedOrLost, nullable=False)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class WorkflowEntry(Model):
    """When a friend last entered a workflow and finished it; kept when runs are pruned, for `re_entry` and segments."""

    __tablename__ = "workflow_entries"
    __table_args__ = (Index("ix_workflow_entries_friend_id", "friend_id"),)

    workflow_id: Mapped[int] = mapped_column(
        ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    friend_id: Mapped[int] = mapped_column(
        ForeignKey("friends.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # None only inside the transaction in which the friend enters for the first time.
    entered_at: Mapped[datetime | None]
    # Of the last run that succeeded.
    finished_at: Mapped[datetime | None]


class WorkflowRun(Due, Model):
    """One friend's way through a version; the row is the work order."""

    __tablename__ = "workflow_runs"
    __table_args__ = (
        # An event that is told twice starts one run.
        UniqueConstraint("workflow_id", "event_key", "friend_id"),
        due_index("workflow_runs"),
        Index("ix_workflow_runs_awaits", "friend_id", postgresql_where=text("awaits IS NOT NULL")),
        Index("ix_workflow_runs_open", "friend_id", "workflow_id", postgresql_where=IS_OPEN),
        Index("ix_workflow_runs_list", "workflow_id", text("started_at DESC"), text("id DESC")),
        Index("ix_workflow_runs_friend", "friend_id", text("started_at DESC"), text("id DESC")),
        # Counts of open runs by node read this alone.
        Index(
            "ix_workflow_runs_state",
            "workflow_id",
            "state",
            text("started_at DESC"),
            text("id DESC"),
            postgresql_include=["node_id"],
        ),
        Index("ix_workflow_runs_ended_at", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    workflow_id: Mapped[int] = mapped_column(ForeignKey("workflows.id", ondelete="CASCADE"))
    # No foreign keys: a version goes with its workflow, and the account's friends with the account.
    version_id: Mapped[int]
    account_id: Mapped[int]
    friend_id: Mapped[int] = mapped_column(ForeignKey("friends.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(server_default=WorkflowRunState.RUNNING)
    # The event that started it, and what it brought.
    event_key: Mapped[str]
    trigger_node: Mapped[str]
    trigger: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Ids of the workflows by whose doing it was started, the first one first.
    chain: Mapped[list[Any]] = mapped_column(server_default="[]")
    # Answers by name.
    answers: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # The node at which it stands; None once it has ended.
    node_id: Mapped[str | None]
    # Steps that are over.
    steps: Mapped[int] = mapped_column(server_default="0")
    # What the decision under way at this node keeps.
    begun: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Events by which it goes on, such as "answer"; None when only time makes it go on.
    awaits: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    # The awaited event that has come.
    event: Mapped[dict[str, Any] | None]
    # When a held run was due.
    held_due_at: Mapped[datetime | None]
    # Why it has failed: a code of the error messages and its values.
    problem: Mapped[str | None]
    problem_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    started_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    ended_at: Mapped[datetime | None]

    @property
    def waits_for_time(self) -> bool:
        """Return whether it goes on by itself at some time, though an event may come before."""
        return self.state == WorkflowRunState.WAITING and self.due_at is not None


class WorkflowStep(Model):
    """A step of a run that is over."""

    __tablename__ = "workflow_steps"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    node_id: Mapped[str]
    kind: Mapped[str]
    # "done", "skipped", "failed", or "retried" for one that had failed and was tried again by a member; "cancelled" for
    # the one at which the run stood when it was cancelled.
    result: Mapped[str]
    # The exit that was taken; None where the run ended.
    exit: Mapped[str | None]
    # What the history says of it, such as the tags that were put on or the code of what failed.
    note: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class WorkflowQuestion(Model):
    """A question that a version of a workflow asks, or once asked, by the name of its answer."""

    __tablename__ = "workflow_questions"

    workflow_id: Mapped[int] = mapped_column(
        ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    # What kind of answer is expected, and the values to choose from.
    kind: Mapped[str]
    choices: Mapped[list[Any]] = mapped_column(server_default="[]")


class WorkflowAnswer(Model):
    """What a friend answered last; it outlives the run."""

    __tablename__ = "workflow_answers"
    __table_args__ = (Index("ix_workflow_answers_friend_id", "friend_id"),)

    workflow_id: Mapped[int] = mapped_column(
        ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    friend_id: Mapped[int] = mapped_column(
        ForeignKey("friends.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    value: Mapped[Any] = mapped_column(JSONB)
    answered_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class WorkflowDay(Model):
    """Runs of a workflow that began, and that ended, on one day of the workspace; they outlive the runs."""

    __tablename__ = "workflow_days"

    workflow_id: Mapped[int] = mapped_column(
        ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    started: Mapped[int] = mapped_column(server_default="0")
    succeeded: Mapped[int] = mapped_column(server_default="0")
    failed: Mapped[int] = mapped_column(server_default="0")
    cancelled: Mapped[int] = mapped_column(server_default="0")


class WorkflowNodeDay(Model):
    """Steps of a node on one day, by the exit that was taken and the version of the run; they outlive the runs."""

    __tablename__ = "workflow_node_days"

    workflow_id: Mapped[int] = mapped_column(
        ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    node_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    # The exit, "" where the run ended at the node.
    exit: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[str] = mapped_column(primary_key=True)
    # 0 for what was counted before versions were told apart.
    version_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default="0")
    number: Mapped[int] = mapped_column(server_default="0")
