"""What the phases of a sync share: its lease, the integration, and how long one sitting may last."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core import shutdown
from app.core.db import db
from app.core.runs.lease import Lease
from app.integrations.hubspot.sync.cursor import SyncCursor
from app.integrations.hubspot.sync.reader import SyncReader
from app.integrations.shared.models import Integration

# A slice stops after so many seconds, so that the worker looks at the queue.
SLICE_SECONDS = 5.0


@dataclass
class SyncSlice:
    """One slice of a sync."""

    lease: Lease
    reader: SyncReader
    integration: Integration
    until: float = field(default_factory=lambda: time.monotonic() + SLICE_SECONDS)

    @property
    def run_id(self) -> int:
        return self.lease.run.id

    @property
    def cursor(self) -> SyncCursor:
        return self.lease.cursor(SyncCursor)

    @property
    def is_over(self) -> bool:
        """Return whether the slice has lasted long enough."""
        return time.monotonic() >= self.until

    def save(
        self, cursor: SyncCursor, *, add: Mapping[str, int] | None = None, done: int = 0, total: int | None = None
    ) -> None:
        """Store progress together with what it is about."""
        self.lease.save(cursor=cursor, add=add, done=done, total=total)
        db.session.commit()
        shutdown.raise_if_requested()
