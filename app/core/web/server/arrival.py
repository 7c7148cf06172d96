"""A request on its way: the bytes so far, and whether a thread can serve it without waiting for the client."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

END = b"\r\n\r\n"
# Longer heads are handed on, and refused there.
MOST_HEAD = 64 * 1024
# Ordinary requests are at most as long as the program takes (`MAX_CONTENT_LENGTH`); it refuses longer ones unread.
MOST_BODY = 2 * 1024 * 1024


@dataclass(frozen=True)
class Head:
    """What the first lines say: `size` is the number of their bytes, `length` that of the body."""

    method: str
    path: str
    size: int
    length: int
    # The client says the length as it goes, or wants to be asked for the body first.
    is_unsized: bool


class IncomingRequest:
    """The bytes of one request, and of what follows it on the same connection."""

    def __init__(self, begun_with: bytes = b"") -> None:
        self.data = bytearray()
        self.head: Head | None = None
        self.add(begun_with)

    def add(self, data: bytes) -> None:
        """Take what has come."""
        searched = max(0, len(self.data) - len(END))
        self.data += data
        if self.head is None and (found := self.data.find(END, searched)) >= 0:
            self.head = read_head(bytes(self.data[: found + len(END)]))

    @property
    def is_whole(self) -> bool:
        """Whether nothing more is needed to serve it, or it must be refused."""
        if self.head is None:
            return len(self.data) > MOST_HEAD
        if self.head.is_unsized or self.head.length > MOST_BODY:
            return True
        return len(self.data) >= self.head.size + self.head.length


def read_head(data: bytes) -> Head:
    """Read the lines that matter here. What cannot be read is left to gunicorn, which refuses it."""
    first, *lines = data.decode("latin-1").split("\r\n")
    method, _, target = first.partition(" ")
    path = unquote(target.partition(" ")[0].partition("?")[0])
    length, is_unsized = 0, False
    for line in lines:
        name, _, value = line.partition(":")
        match name.strip().lower():
            case "content-length":
                length = int(value) if value.strip().isdecimal() else 0
            case "transfer-encoding" | "expect":
                is_unsized = True
    return Head(method, path, len(data), length, is_unsized)
