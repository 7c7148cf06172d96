"""ZIP files that are written while the browser receives them: their files may be larger than memory and disk."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any
from zipfile import ZipFile


class _Pipe(io.RawIOBase):
    """What was written since it was taken last. It has no place to go back to, which ZipFile can do without."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def zip_pieces(entries: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """Yield a ZIP file of these entries, each a name and its content in pieces; contents are not compressed."""
    pipe = _Pipe()
    with ZipFile(pipe, "w") as archive:
        for name, pieces in entries:
            with archive.open(name, "w", force_zip64=True) as entry:
                for piece in pieces:
                    entry.write(piece)
                    yield pipe.take()
    yield pipe.take()
