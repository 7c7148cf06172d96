"""What `make chaos` says: every way to lose or repeat something is a fault, and it says why it cannot be tried."""

from __future__ import annotations

import os

import pytest
from flask import Flask

from app.core.db import db
from app.core.runs.models import Run, RunState
from app.line.models import Account, EventState, WebhookEvent
from tests.chaos import __main__ as chaos
from tests.chaos import verdict
from tests.chaos.webhooks import Deliveries
from tests.factories import friends, line

IDS = ["U" + letter * 32 for letter in "abc"]


@pytest.fixture
def account(app: Flask) -> Account:
    made = line.account()
    for user_id in IDS[:2]:
        friends.friend(made, line_user_id=user_id)
    db.session.commit()
    return made


def faults(account: Account, followers: list[str], new: int, state: RunState = RunState.COMPLETED) -> list[str]:
    run = Run(kind="test", subject_id=account.id, state=state, counts={"new": new}, done=new)
    db.session.add(run)
    db.session.commit()
    return verdict.faults_of_imports({account.id: followers}, [run.id])


def test_every_friend_once_is_no_fault(account: Account) -> None:
    assert faults(account, IDS[:2], 2) == []


@pytest.mark.parametrize(
    ("followers", "new", "state", "words"),
    [
        (IDS, 3, RunState.COMPLETED, "1 friends were lost"),
        (IDS[:1], 1, RunState.COMPLETED, "1 friends are not LINE's"),
        (IDS[:2], 4, RunState.COMPLETED, "it counted {'new': 4} of 2"),
        (IDS[:2], 2, RunState.FAILED, "the import ended as failed (None)"),
    ],
)
def test_a_difference_is_a_fault(account: Account, followers: list[str], new: int, state: RunState, words: str) -> None:
    assert faults(account, followers, new, state) == [f"account {account.id}: {words}"]


def test_an_event_that_is_missing_or_not_processed_is_a_fault(account: Account) -> None:
    event = WebhookEvent(
        account_id=account.id, event_id="E1", type="message", source_id="", occurred_at=account.created_at, payload={}
    )
    db.session.add(event)
    db.session.commit()
    assert len(verdict.faults_of_webhooks(Deliveries(2, ["web1: no answer"]))) == 3
    event.state = EventState.PROCESSED
    db.session.commit()
    assert verdict.faults_of_webhooks(Deliveries(1)) == []


def test_without_root_it_is_skipped_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("STORM", "hosts")
    assert chaos.main() == 0
    assert capsys.readouterr().out.startswith("chaos hosts: skipped: network namespaces ")
