"""A short version of `make chaos`: every trouble that needs no root, one after the other, in one installation."""

from __future__ import annotations

import random

import pytest

from tests.chaos.storms import CLOCK, clock, kills, outages, restarts, storm_of


@pytest.mark.kill
@pytest.mark.timeout(420)
def test_nothing_is_lost_or_repeated_whatever_happens() -> None:
    faults, words = storm_of(kills, outages, clock, restarts, prepare=CLOCK).run(8, random.Random(1))
    assert faults == [], words
