"""Receive an uploaded file, at most 500 MB, into a temporary file, and record its progress for the page.

No transaction is open while it is received. The temporary file is deleted when the process ends.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import IO

from sqlalchemy import delete, insert, update

from app.core.clock import now
from app.core.db import db, released
from app.core.disk import full_disk_said
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import _l
from app.core.names import shown_file_name
from app.imports.id_links.models import IdLinkUpload

MOST_BYTES = 500 * 1024 * 1024
# How often the received bytes are recorded, and looked whether a member has cancelled.
REPORT_SECONDS = 1.0


class UploadTooLarge(InvalidInput):
    """Raised for a file that is larger than MOST_BYTES; the rest of it was not read."""

    def __init__(self) -> None:
        super().__init__(file=_l("The file is larger than 500 MB, which is the most. Split it into several files."))


@dataclass(frozen=True)
class Sender:
    """The member, API key or system that sends a file; e-mails about a key's file go to the member who created it."""

    name: str
    member_id: int | None = None
    emails_to: int | None = None


class Upload:
    """One upload in progress. Inside `with`, `write` stores pieces; at the end file and row are deleted.

    An error inside also rolls the session's transaction back.
    """

    def __init__(self, account_id: int, sender: Sender, file_name: str, size: int | None) -> None:
        if size is not None and size > MOST_BYTES:
            raise UploadTooLarge
        self.account_id, self.sender, self.size = account_id, sender, 0
        self.file_name = shown_file_name(file_name)
        self._expected = size
        with full_disk_said():
            self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._reported_at = time.monotonic()
        self.id, self._is_handed_over = 0, False

    def __enter__(self) -> Upload:
        values = {"account_id": self.account_id, "member_id": self.sender.member_id, "by": self.sender.name}
        row = insert(IdLinkUpload).values(**values, file_name=self.file_name, size=self._expected)
        with released(), db.engine.begin() as connection:
            self.id = int(connection.execute(row.returning(IdLinkUpload.id)).scalar_one())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()
        if error is not None:
            # The row that `hand_over` deleted comes back, and deleting it below must not wait for that transaction.
            db.session.rollback()
        elif self._is_handed_over:
            return
        with db.engine.begin() as connection:
            connection.execute(delete(IdLinkUpload).where(IdLinkUpload.id == self.id))

    def receive(self, pieces: Iterable[bytes]) -> None:
        """Receive the whole file, with no transaction open for as long as that takes; raises as `write` does."""
        with released():
            for piece in pieces:
                self.write(piece)

    def write(self, piece: bytes) -> None:
        """Store the next piece. Raises UploadTooLarge, or Conflict when the upload was cancelled."""
        self.size += len(piece)
        if self.size > MOST_BYTES:
            raise UploadTooLarge
        with full_disk_said():
            self.file.write(piece)
        if time.monotonic() - self._reported_at >= REPORT_SECONDS:
            self._report()

    def hand_over(self) -> None:
        """Delete the row in the session's transaction, in which the file becomes an import.

        Raises Conflict when a member has cancelled before; a later cancel finds no upload.
        """
        row = delete(IdLinkUpload).where(IdLinkUpload.id == self.id).returning(IdLinkUpload.cancel_requested_at)
        if db.session.execute(row).scalar_one_or_none() is not None:
            raise _cancelled()
        self._is_handed_over = True

    def _report(self) -> None:
        self._reported_at = time.monotonic()
        report = update(IdLinkUpload).where(IdLinkUpload.id == self.id).values(received=self.size, heard_at=now())
        with db.engine.begin() as connection:
            row = connection.execute(report.returning(IdLinkUpload.cancel_requested_at)).one_or_none()
        if row is None or row.cancel_requested_at is not None:
            raise _cancelled()


def _cancelled() -> Conflict:
    return Conflict(_l("The upload was cancelled. Nothing of it was kept."))
