"""The refusal that all readers share."""

from __future__ import annotations


class WrongValue(ValueError):
    """The typed text is no such value; the message says what would be."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
