"""Keep the media files that messages of workflows show, in all states of working copies and in all versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.media.models import MediaFile, MediaReference
from app.media.operations.references import set_references
from app.messages.content import message_set
from app.messages.content.message_set import UnreadableSet
from app.workflows.models import WorkflowDraft, WorkflowDraftState, WorkflowVersion


def keep_files(workflow_id: int) -> None:
    """Let the workflow use exactly the files of its working copies and versions; runs may be on an old one."""
    graphs = db.session.scalars(select(WorkflowVersion.graph).where(WorkflowVersion.workflow_id == workflow_id)).all()
    drafts = db.session.scalars(select(WorkflowDraft.graph).where(WorkflowDraft.workflow_id == workflow_id)).all()
    # Members may go back to these.
    query = select(WorkflowDraftState.graph).where(WorkflowDraftState.workflow_id == workflow_id)
    states = db.session.scalars(query).all()
    _use(workflow_id, {one for graph in (*graphs, *drafts, *states) for one in _files_in(graph)})


def release_files(workflow_id: int) -> None:
    """Let the workflow use no file any more."""
    _use(workflow_id, set())


def accounts_of_files(content: Mapping[str, Any]) -> set[int]:
    """Return the ids of the accounts whose files a stored message set shows."""
    found = set(_files_of(content))
    return set(db.session.scalars(select(MediaFile.account_id).where(MediaFile.id.in_(found)))) if found else set()


def _use(workflow_id: int, file_ids: set[int]) -> None:
    by_account: defaultdict[int, list[int]] = defaultdict(list)
    for row in db.session.execute(select(MediaFile.id, MediaFile.account_id).where(MediaFile.id.in_(file_ids))):
        by_account[row.account_id].append(row.id)
    for account_id in sorted({*by_account, *_accounts_before(workflow_id)}):
        set_references(account_id, _owner(account_id), workflow_id, by_account[account_id])


def _owner(account_id: int) -> str:
    """Return the kind of owner: files of each account have their own, since a workflow may answer for several."""
    return f"workflow:{account_id}"


def _accounts_before(workflow_id: int) -> set[int]:
    query = (
        select(MediaFile.account_id)
        .join(MediaReference, MediaReference.file_id == MediaFile.id)
        .where(MediaReference.owner_kind.like("workflow:%"), MediaReference.owner_id == workflow_id)
    )
    return set(db.session.scalars(query))


def _files_in(graph: Mapping[str, Any]) -> Iterator[int]:
    for node in graph.get("nodes", ()):
        yield from _files_of(node["settings"].get("content") or {})


def _files_of(content: Mapping[str, Any]) -> set[int]:
    try:
        return message_set.files_of(message_set.read(content)) if content else set()
    except UnreadableSet:
        return set()
