"""Answers of batches: what succeeded, and what did not, which is no error of the whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from app.core import lenient_json
from app.integrations.hubspot.gateway.bad_values import BadValue, read_bad_values
from app.integrations.hubspot.gateway.errors import read_message

R = TypeVar("R")


class BatchFailure(NamedTuple):
    """Inputs that failed: `ids` are those of the inputs, `category` is HubSpot's word."""

    ids: tuple[str, ...]
    category: str
    message: str
    values: tuple[BadValue, ...] = ()

    @property
    def is_not_found(self) -> bool:
        """Return whether there are no such records, or no longer."""
        return self.category == "OBJECT_NOT_FOUND"


class BatchResult(NamedTuple, Generic[R]):
    """What a batch answered; together, both name every input of a read or write."""

    results: list[R]
    failures: list[BatchFailure]

    @property
    def missing(self) -> set[str]:
        """Return the ids that lead nowhere."""
        return {one for failure in self.failures if failure.is_not_found for one in failure.ids}


def read_batch(read: Callable[[Any], R]) -> Callable[[Any], BatchResult[R]]:
    """Return how an answer of 200, 201 or 207 is read whose entries `read` takes."""

    def read_answer(body: Any) -> BatchResult[R]:
        results = [read(one) for one in lenient_json.items(body, "results")]
        return BatchResult(results, [_failure(one) for one in lenient_json.items(body, "errors")])

    return read_answer


def _failure(error: Any) -> BatchFailure:
    context = lenient_json.mapping(error, "context")
    # Inputs of writes carry their id as the trace.
    ids = lenient_json.items(context, "ids") or lenient_json.items(context, "objectWriteTraceId")
    category = lenient_json.text(error, "category") or ""
    return BatchFailure(tuple(str(one) for one in ids), category, read_message(error), read_bad_values(error))
