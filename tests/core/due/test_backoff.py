"""The wait grows with each refusal up to the cap and no further."""

from __future__ import annotations

from datetime import timedelta

from app.core.due.backoff import Backoff


def test_the_wait_doubles_up_to_the_cap_and_no_further() -> None:
    backoff = Backoff(first=timedelta(seconds=10), longest=timedelta(seconds=70), jitter=0)
    waits = [backoff.wait(attempts).total_seconds() for attempts in range(1, 8)]
    assert waits == [10, 20, 40, 70, 70, 70, 70]
    assert backoff.wait(10_000).total_seconds() == 70


def test_jitter_only_shortens_and_spreads() -> None:
    backoff = Backoff(first=timedelta(seconds=100), longest=timedelta(seconds=100), jitter=0.2)
    waits = {backoff.wait(1).total_seconds() for _ in range(200)}
    assert len(waits) > 100
    assert 80 <= min(waits) < 90 < max(waits) <= 100
