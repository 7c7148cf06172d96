"""The family of errors that operations raise; views do not catch them, one handler turns them into an answer."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.i18n import Text


class TomoruError(Exception):
    """Base of all errors that carry a sentence for the reader."""


class NotFound(TomoruError):
    """There is no such thing, or this person may not know of it."""


class NotAllowed(TomoruError):
    """The person is known and the thing is visible, but the act is not permitted."""

    def __init__(self, message: Text | None = None) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(TomoruError):
    """Something was typed that cannot be used; `fields` maps field name to a sentence ("" is the whole form)."""

    def __init__(self, fields: Mapping[str, Text] | None = None, **kwargs: Text) -> None:
        self.fields: dict[str, Text] = {**(fields or {}), **kwargs}
        super().__init__("; ".join(f"{name}: {text}" for name, text in self.fields.items()))


class Conflict(TomoruError):
    """The thing has changed in between, or is in a state in which this cannot be done; the message says so."""

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = message


class OutOfSpace(TomoruError):
    """There is no room to store something; the message says whose limit it is."""

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = message


class TooMany(TomoruError):
    """Too much at the same time; the message says what has to end first."""

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = message


class Unavailable(TomoruError):
    """A service that a page needs does not answer now; the message names it."""

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = message


class RetryLater(TomoruError):
    """An outside service cannot do it now; try again after `after` seconds. `code` names the reason."""

    def __init__(self, code: str, after: float = 5.0, **params: object) -> None:
        super().__init__(code)
        self.code, self.after, self.params = code, after, params


class PermanentFailure(TomoruError):
    """It will never work without a person changing something. `code` names the reason."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params
