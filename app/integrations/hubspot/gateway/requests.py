"""Requests to HubSpot as values: both clients make them, and `read` turns the answer into something typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from app.core.errors import RetryLater
from app.core.outgoing.exchange import Answer

T = TypeVar("T")


class CallLimit(StrEnum):
    """Which of a portal's limits a call counts against."""

    GENERAL = "general"
    SEARCH = "search"
    NONE = "none"


@dataclass(frozen=True)
class FormPart:
    """A part of a form; one with a file name is a file."""

    name: str
    value: str | bytes = field(repr=False)
    file_name: str | None = None
    content_type: str | None = None


@dataclass(frozen=True)
class HubSpotRequest(Generic[T]):
    """A call and how its answer is read; `is_repeatable` says that doing it twice does it once."""

    method: str
    path: str
    read: Callable[[Any], T]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    # Parts of a form in place of `body`, which the asynchronous client alone can send.
    form: tuple[FormPart, ...] = ()
    limit: CallLimit = CallLimit.GENERAL
    is_repeatable: bool = True

    def result(self, answer: Answer) -> T:
        """Read an answer that is a success; raises RetryLater `hubspot.unreadable` when it is no JSON object."""
        if answer.status != 204 and not isinstance(answer.body, dict):
            raise RetryLater("hubspot.unreadable", after=5)
        return self.read(answer.body)


def nothing(body: Any) -> None:
    """Read an answer of which only the success matters."""
    del body
