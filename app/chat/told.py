"""Sentences for what workflows decide about conversations: lines of threads, and who wrote a note."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.chat.filters import STATUSES
from app.core.i18n import _
from app.messages.conversations.models import ConversationMessage, ConversationStatus
from app.team.actors import ActorKind

STATUS_SET, ASSIGNED, HANDED_OVER = "status_set", "assigned", "handed_over"
# To whom a workflow gives a conversation.
MEMBER, NO_ONE, FIRST = "member", "none", "first"


def told_by_workflow(kind: str, content: Mapping[str, Any]) -> str:
    """Return what a line of this type says; "" for another type."""
    say = _SENTENCES.get(kind)
    return say(str(content.get("by") or ""), content) if say else ""


def writer_of(note: ConversationMessage) -> str:
    """Return who wrote a note."""
    by = str(note.content.get("by", ""))
    return _("Workflow “%(workflow)s”", workflow=by) if note.author_kind == ActorKind.WORKFLOW else by


def _status(workflow: str, content: Mapping[str, Any]) -> str:
    status = str(content.get("status"))
    if status == ConversationStatus.NONE or status not in STATUSES:
        return _("Workflow “%(workflow)s” took the status off", workflow=workflow)
    return _("Workflow “%(workflow)s” set %(status)s", workflow=workflow, status=STATUSES[status])


def _assigned(workflow: str, content: Mapping[str, Any]) -> str:
    if content.get("to") == MEMBER:
        return _("Workflow “%(workflow)s” assigned %(member)s", workflow=workflow, member=content.get("member"))
    if content.get("to") == FIRST:
        return _("Workflow “%(workflow)s” left it to the member who answers first", workflow=workflow)
    return _("Workflow “%(workflow)s” took the assignee off", workflow=workflow)


def _handed_over(workflow: str, content: Mapping[str, Any]) -> str:
    del content
    return _("Workflow “%(workflow)s” handed over to a person; automatic messages stop", workflow=workflow)


_SENTENCES: Mapping[str, Callable[[str, Mapping[str, Any]], str]] = {
    STATUS_SET: _status,
    ASSIGNED: _assigned,
    HANDED_OVER: _handed_over,
}
