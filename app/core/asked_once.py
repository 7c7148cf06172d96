"""Answers that several parts of one page need, such as its menu and its filter."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from flask import g, has_request_context, request

Answer = TypeVar("Answer")


def asked_once(question: Hashable, ask: Callable[[], Answer]) -> Answer:
    """Return the answer to a question; a request that only shows asks it once, any other one each time."""
    if not has_request_context() or request.method != "GET":
        return ask()
    known = g.setdefault("answers", {})
    if question not in known:
        known[question] = ask()
    return cast(Answer, known[question])
