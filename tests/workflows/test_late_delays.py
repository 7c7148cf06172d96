"""Delays whose time passed while the system was away, on the movable clock: each step as it says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.workflows import active, says, step
from tests.workflows.conftest import Shop, history, let_pass, runs, said, settle


@pytest.mark.parametrize(
    ("late", "away", "is_sent"),
    [
        ({"policy": "go"}, 50, True),
        ({"policy": "skip", "hours": 3}, 3.9, True),
        ({"policy": "skip", "hours": 3}, 5, False),
        ({}, 50, True),
    ],
    ids=["goes on", "within the hours", "after the hours", "says nothing"],
)
def test_a_delay_goes_on_or_ends_the_run(
    shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch, late: dict[str, Any], away: float, is_sent: bool
) -> None:
    wait = step("delay", amount=1, unit="hours", late=late)
    active(shop.account, step("message", any=True), wait, step("send_message", content=says("Later")))
    shop.say(hana, "Hi")
    settle()
    let_pass(monkeypatch, hours=away)
    settle()
    (run,) = runs()
    assert said(shop) == ([["Later"]] if is_sent else []) and run.state == "succeeded"
    assert [kind for kind, _result, _exit in history(run)] == (["delay", "send_message"] if is_sent else ["delay"])


def test_each_delay_of_a_run_has_its_own_policy(shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    active(
        shop.account,
        step("message", any=True),
        step("delay", amount=1, unit="hours", late={"policy": "go"}),
        step("send_message", content=says("First")),
        step("delay", amount=1, unit="hours", late={"policy": "ask", "hours": 1}),
        step("send_message", content=says("Second")),
    )
    shop.say(hana, "Hi")
    settle()
    let_pass(monkeypatch, hours=9)
    settle()
    assert said(shop) == [["First"]] and runs()[0].state == "waiting"
    # The first move of the clock stands in the second delay's time.
    let_pass(monkeypatch, hours=20)
    settle()
    assert said(shop) == [["First"]] and (runs()[0].state, runs()[0].problem) == ("held", "workflows.late")
