"""A worker that dies at the very worst moment: a judgement is stored already, and the run is not ended yet."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.clock import now
from app.core.db import db
from app.core.runs.lease import Lease
from app.core.runs.models import Run, RunState
from app.imports.id_links.operations import allow_shared
from app.imports.id_links.pipeline import window
from app.line.models import Account
from app.team.actors import Actor
from tests.imports.conftest import work
from tests.imports.id_links.conftest import HEADER, bring_in, csv_of, faults_of, links_of, send, staged, uid


class Died(BaseException):
    """What no worker outlives."""


def die_once(monkeypatch: pytest.MonkeyPatch, run: Run, name: str, value: str) -> None:
    """Work until the cursor says so and is committed; from then on the hold has run out, and others may go on."""
    commit = db.session.commit

    def fatal() -> None:
        commit()
        if db.session.scalar(select(Run.cursor).where(Run.id == run.id)).get(name) == value:
            raise Died

    with monkeypatch.context() as patch:
        patch.setattr(db.session, "commit", fatal)
        with pytest.raises(Died):
            work(run)
    db.session.rollback()
    db.session.execute(update(Run).where(Run.id == run.id).values(leased_until=now()))
    db.session.commit()


def test_a_check_stays_a_check(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_in(account, csv_of((1, "one")))
    run = send(account, csv_of((1, "eins"), (2, "zwei")), dry_run=True)
    die_once(monkeypatch, run, "phase", "storing")
    assert work(run).state == RunState.COMPLETED
    assert (links_of(account), staged()) == ({uid(1): "one"}, [])


def test_a_file_with_a_user_id_that_is_taken_changes_nothing(
    account: Account, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_in(account, csv_of((1, "one")))
    allow_shared(account, False, actor=Actor.of_member(people.alice))
    run = send(account, csv_of((2, "one"), (3, "three")))
    die_once(monkeypatch, run, "phase", "storing")
    work(run)
    assert (run.state, run.reason) == (RunState.FAILED, "id_links.one_invalid_row")
    assert links_of(account) == {uid(1): "one"}


@pytest.mark.parametrize(("content", "code"), [(b"user_id,line_user_id\n", "header_swapped"), (b"", "empty")])
def test_a_file_that_cannot_be_read_is_blamed_once(
    account: Account, monkeypatch: pytest.MonkeyPatch, content: bytes, code: str
) -> None:
    run = send(account, content)
    die_once(monkeypatch, run, "unreadable", code)
    work(run)
    assert (run.state, run.reason) == (RunState.FAILED, f"id_links.{code}")
    assert (faults_of(run), run.counts["invalid"]) == ([(1, code)], 1)


def test_rows_that_are_given_up_are_counted_once(account: Account, people: SimpleNamespace) -> None:
    allow_shared(account, False, actor=Actor.of_member(people.alice))
    run = bring_in(account, HEADER + f"{uid(1)},one\n{uid(2)},one\nwrong\n".encode(), partial=True)
    assert (run.counts["rows"], run.counts["invalid"]) == (0, 3)


def test_lines_are_counted_without_a_gap_after_a_window_was_undone(
    account: Account, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Positions in the database count on from the last stored window, so a row's line can be told from them."""
    allow_shared(account, False, actor=Actor.of_member(people.alice))
    monkeypatch.setattr(window, "WINDOW", 1_000)
    rows = [*((number, f"user-{number}") for number in range(1, 101)), (101, "user-1")]
    run = send(account, csv_of(*rows), partial=True)
    save, saves = Lease.save, []

    def die_at_the_second_window(lease: Lease, **values: Any) -> None:
        saves.append(values)
        if len(saves) == 2:
            raise Died
        save(lease, **values)

    with monkeypatch.context() as patch:
        patch.setattr(Lease, "save", die_at_the_second_window)
        with pytest.raises(Died):
            work(run)
    db.session.rollback()
    db.session.execute(update(Run).where(Run.id == run.id).values(leased_until=now()))
    db.session.commit()
    assert work(run, sittings=5).state == RunState.COMPLETED
    assert faults_of(run) == [(2, "user_id_shared"), (102, "user_id_shared")]
