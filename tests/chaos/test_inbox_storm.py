"""A very short version of `make chaos STORM=inbox`."""

from __future__ import annotations

import pytest

from tests.chaos.test_storms import last_line_of


@pytest.mark.kill
@pytest.mark.timeout(300)
def test_messages_and_answers_of_the_chat_stay_once_and_in_order_whatever_happens() -> None:
    said = last_line_of("inbox", ROUNDS=1, MESSAGES=10, SEED=2)
    assert "chaos inbox: passed: 1 rounds of 10 messages and answers, each once and in order" in said
