"""Statements of many threads in one: the first thread works for all that wait, and hands on to one that has come since.

The costs of a round trip and of a commit are shared exactly when there are many; a lone caller waits for no one.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
# While calls come in crowds, a moment's wait lets more of them share a statement; a lone call never waits.
GATHER_SECONDS = 0.001


class _Job(Generic[Asked, Answer]):
    """One call on its way."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.answer: Answer | None = None
        self.error: BaseException | None = RuntimeError("The thread that was to do this did not.")
        self.leads = False
        # Comes free when the answer is there, or when it falls to this one to work for those who wait.
        self.turn = threading.Lock()
        self.turn.acquire()


class Grouped(Generic[Asked, Answer]):
    """Calls of `act` with all that is asked at the same time; it returns the answers in the same order."""

    def __init__(self, act: Callable[[Sequence[Asked]], Sequence[Answer]]) -> None:
        self._act = act
        self._lock = threading.Lock()
        self._waiting: deque[_Job[Asked, Answer]] = deque()
        self._is_led, self._is_busy = False, False

    def ask(self, asked: Asked) -> Answer:
        """Return the answer; raises what `act` raised for the group."""
        job: _Job[Asked, Answer] = _Job(asked)
        with self._lock:
            self._waiting.append(job)
            job.leads, self._is_led = not self._is_led, True
        if not job.leads:
            job.turn.acquire()
        if job.leads:
            self._lead()
        if job.error is not None:
            raise job.error
        return job.answer  # type: ignore[return-value]

    def _lead(self) -> None:
        if self._is_busy:
            time.sleep(GATHER_SECONDS)
        jobs = [self._waiting.popleft() for _ in range(len(self._waiting))]
        self._is_busy = len(jobs) > 1
        try:
            answers = self._act([job.asked for job in jobs])
            for job, answer in zip(jobs, answers, strict=True):
                job.answer, job.error = answer, None
        except Exception as error:
            for job in jobs:
                job.error = error
        finally:
            with self._lock:
                self._is_led = bool(self._waiting)
                if self._is_led:
                    self._waiting[0].leads = True
                    self._waiting[0].turn.release()
            for job in jobs:
                job.turn.release()
