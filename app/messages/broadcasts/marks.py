"""Notice that the database is older than what was sent: a backup was restored, or a standby took over too early.

Before LINE is called, a number in the database is raised, committed, and then written to Redis and to disk. Whichever
of these two is ahead of the database has seen calls of which the database knows nothing.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from uuid import UUID, uuid4

import redis
import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.config import Config
from app.core.db import db
from app.core.queue import broker
from app.messages.broadcasts.models import LedgerMark

log = structlog.get_logger(__name__)
# The only row.
ROW = 1
KEY = "tomoru:ledger:"
_RAISE = """
if tonumber(redis.call('GET', KEYS[1]) or '-1') < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1])
end
"""


class Marks:
    """The number outside of the database; files lie in a folder of the directory of uploaded files."""

    def __init__(self) -> None:
        self.folder = Path("ledger")

    def use(self, config: Config, root: Path) -> None:
        """Take the directory from the settings; a relative one is below `root`."""
        self.folder = root / Path(config.media_dir).expanduser() / "ledger"

    def publish(self, installation: UUID, number: int) -> None:
        """Write a committed number to Redis and to disk; one that cannot be written is logged."""
        try:
            broker.client.eval(_RAISE, 1, f"{KEY}{installation}", number)
        except (redis.RedisError, OSError) as error:
            log.warning("ledger.mark_not_in_redis", error=type(error).__name__)
        try:
            self._raise_on_disk(installation, number)
        except OSError as error:
            log.warning("ledger.mark_not_on_disk", error=type(error).__name__)

    def _raise_on_disk(self, installation: UUID, number: int) -> None:
        """Write the number unless a greater one is there; workers that publish at the same time wait in line."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{installation}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._on_disk(installation) < number:
                fresh = self.folder / f"{installation}.{os.getpid()}"
                fresh.write_text(str(number))
                fresh.replace(self.folder / str(installation))

    def read(self, installation: UUID) -> int:
        """Return the greatest number that is found outside; 0 for none."""
        return max(self._in_redis(installation), self._on_disk(installation))

    def _in_redis(self, installation: UUID) -> int:
        try:
            return int(broker.client.get(f"{KEY}{installation}") or 0)  # type: ignore[arg-type]
        except (redis.RedisError, OSError, ValueError):
            return 0

    def _on_disk(self, installation: UUID) -> int:
        try:
            return int((self.folder / str(installation)).read_text())
        except (OSError, ValueError):
            return 0


marks = Marks()


def advance_mark() -> tuple[UUID, int]:
    """Raise the number in the caller's transaction; what it returns is published after the commit."""
    raised = (
        insert(LedgerMark)
        .values(id=ROW, installation=uuid4(), number=1)
        .on_conflict_do_update(index_elements=[LedgerMark.id], set_={"number": LedgerMark.number + 1})
        .returning(LedgerMark.installation, LedgerMark.number)
    )
    row = db.session.execute(raised).one()
    return row.installation, row.number


def is_behind() -> bool:
    """Return whether the database is older than what was sent."""
    installation = db.session.scalar(select(LedgerMark.installation))
    if installation is None:
        return False
    # Outside first: a number that is raised in between is raised in the database before.
    outside = marks.read(installation)
    return outside > (db.session.scalar(select(LedgerMark.number)) or 0)


def catch_up() -> None:
    """Raise the number in the database beyond those outside, in the caller's transaction."""
    row = db.session.get_one(LedgerMark, ROW, with_for_update=True, populate_existing=True)
    row.number = max(row.number, marks.read(row.installation)) + 1
