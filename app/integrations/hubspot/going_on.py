"""Let what waits for a portal go on as soon as it is connected again, instead of at the time of its next try."""

from __future__ import annotations

from sqlalchemy import select, update

from app.core import queue
from app.core.clock import database_now
from app.core.db import db
from app.core.due.registry import DueKind
from app.core.queue import Queue
from app.integrations.hubspot.changing.run import CHANGES
from app.integrations.hubspot.changing.storing import WAKE as MAKE
from app.integrations.hubspot.groups.ordering import WRITE
from app.integrations.hubspot.groups.writing import GROUPS
from app.integrations.hubspot.inbox.answering import ANSWERS
from app.integrations.hubspot.inbox.portal import OF_PORTAL
from app.integrations.hubspot.inbox.publishing import THREADS
from app.integrations.hubspot.inbox.receiving import WAKE as ANSWER
from app.integrations.hubspot.inbox.recording import PUBLISH
from app.integrations.shared.models import Integration


def go_on(integration: Integration) -> None:
    """Make due at once what was put off because nothing of the portal worked; the caller commits."""
    for kind, actor in ((THREADS, PUBLISH), (CHANGES, MAKE), (GROUPS, WRITE)):
        _make_due(kind, integration.id)
        queue.after_commit(db.session, actor, integration.id)
    _make_due(ANSWERS, integration.id)
    queue.after_commit(db.session, ANSWER, queue=Queue.SENDING)


def _make_due(kind: DueKind, integration_id: int) -> None:
    mine = kind.model.integration_id == integration_id, kind.column("due_at") > database_now()
    put_off = select(kind.id).where(*mine, kind.column("reason").in_(OF_PORTAL))
    # What is held is being ordered or worked on at this moment.
    free = put_off.with_for_update(skip_locked=True)
    again = update(kind.model).where(kind.id.in_(free)).values(**kind.ordered())
    db.session.execute(again.execution_options(synchronize_session=False))
