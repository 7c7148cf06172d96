"""What an import does to the links: new, same, changed, duplicated, shared, checked only, exported and brought back."""

from __future__ import annotations

import re
import threading
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text

from app.core.characters import edges_trimmed
from app.core.db import db
from app.core.runs import operations as runs
from app.core.runs.models import Run, RunState
from app.imports.id_links.csv_writer import lines, links_file
from app.imports.id_links.operations import allow_shared, cancel_import, remove_all, sweep
from app.imports.id_links.pipeline import apply
from app.imports.id_links.pipeline.check_file import HEADER as NAMES
from app.imports.id_links.queries import SharedId, shared_ids
from app.line.models import Account
from app.team.actors import SYSTEM, Actor
from app.team.models import AuditEntry
from tests.factories import friends as friends_factory
from tests.factories import line as line_factory
from tests.imports.conftest import work
from tests.imports.id_links.conftest import (
    HEADER,
    bring_in,
    csv_of,
    faults_of,
    finish_all,
    links_of,
    send,
    staged,
    uid,
)


def difference(run: Run) -> tuple[int, int, int]:
    """(new, changed, unchanged)."""
    return run.counts["new"], run.counts["changed"], run.counts["unchanged"]


def test_rows_become_links_and_everything_is_counted(account: Account) -> None:
    friends_factory.friend(account, line_user_id=uid(1))
    bring_in(account, csv_of((1, "one"), (2, "two"), (3, "three")))
    run = bring_in(account, csv_of((1, "one"), (2, "zwei"), (4, "vier"), (4, "four"), (5, "one")))
    assert links_of(account) == {uid(1): "one", uid(2): "zwei", uid(3): "three", uid(4): "four", uid(5): "one"}
    assert (run.state, run.reason) == (RunState.COMPLETED, None)
    assert run.counts == {
        "rows": 5, "new": 2, "changed": 1, "unchanged": 1, "duplicates": 1, "unknown": 3, "shared": 1, "invalid": 0,
        "bom": 0,
    }  # fmt: skip
    assert (run.done, run.total) == (3, 3)
    assert staged() == []


def test_the_same_file_again_changes_nothing(account: Account) -> None:
    content = csv_of((1, "one"), (2, "two"))
    bring_in(account, content)
    run = bring_in(account, content)
    assert {name: run.counts[name] for name in ("new", "changed", "unchanged")} == {
        "new": 0,
        "changed": 0,
        "unchanged": 2,
    }


def test_the_last_row_of_a_line_user_counts_wherever_it_stands(account: Account) -> None:
    run = bring_in(account, HEADER + f'{uid(1)},a\n{uid(1)},"b,c"\n{uid(1)},"d\ne"\n{uid(2)},x\n{uid(1)},z'.encode())
    assert links_of(account) == {uid(1): "z", uid(2): "x"}
    assert run.counts["duplicates"] == 3


def test_characters_are_counted_and_not_bytes(account: Account) -> None:
    user_ids = ["x" * 191, "漢" * 191, "😀" * 191, 'say ""hi""', "a b", "–"]
    rows = "".join(f'{uid(number)},"{user_id}"\r\n' for number, user_id in enumerate(user_ids))
    run = bring_in(account, HEADER.replace(b"\n", b"\r\n") + rows.encode())
    assert faults_of(run) == []
    assert list(links_of(account).values()) == [user_id.replace('""', '"') for user_id in user_ids]


def test_any_letter_or_digit_may_stand_in_a_line_user_id(account: Account) -> None:
    assert bring_in(account, HEADER + b"UABCDEFGHIJKLMNOPQRSTUVWXYZabcdef,x\n").state == RunState.COMPLETED


@pytest.mark.parametrize("content", [HEADER, HEADER.strip(), b'"line_user_id","user_id"\r\n'])
def test_a_header_alone_is_a_file_of_no_rows(account: Account, content: bytes) -> None:
    run = bring_in(account, content)
    assert (run.state, run.counts["rows"], links_of(account)) == (RunState.COMPLETED, 0, {})


def test_other_accounts_are_left_alone(account: Account) -> None:
    other = line_factory.account()
    bring_in(other, csv_of((1, "theirs")))
    bring_in(account, csv_of((1, "ours")))
    assert (links_of(other), links_of(account)) == ({uid(1): "theirs"}, {uid(1): "ours"})


def test_checking_only_changes_nothing_and_counts(account: Account) -> None:
    bring_in(account, csv_of((1, "one"), (2, "two")))
    run = bring_in(account, csv_of((1, "one"), (2, "zwei"), (3, "three")), dry_run=True)
    assert run.state == RunState.COMPLETED
    assert {name: run.counts[name] for name in ("new", "changed", "unchanged")} == {
        "new": 1,
        "changed": 1,
        "unchanged": 1,
    }
    assert links_of(account) == {uid(1): "one", uid(2): "two"}
    assert staged() == []


def test_a_shared_user_id_is_reported_or_refused_as_the_account_has_it(
    account: Account, people: SimpleNamespace
) -> None:
    bring_in(account, csv_of((1, "one"), (2, "two")))
    content = csv_of((3, "three"), (4, "three"), (5, "one"), (2, "moved"), (6, "two"))
    allow_shared(account, False, actor=Actor.of_member(people.alice))
    refused = bring_in(account, content)
    assert (refused.state, refused.reason_values) == (RunState.FAILED, {"count": "3"})
    assert faults_of(refused) == [(line, "user_id_shared") for line in (2, 3, 4)]
    assert links_of(account) == {uid(1): "one", uid(2): "two"}
    partial = bring_in(account, content, partial=True)
    assert (partial.state, partial.counts["invalid"], partial.counts["shared"]) == (RunState.COMPLETED, 3, 0)
    assert links_of(account) == {uid(1): "one", uid(2): "moved", uid(6): "two"}
    allow_shared(account, True, actor=Actor.of_member(people.alice))
    allowed = bring_in(account, content)
    assert allowed.counts["shared"] == 2
    assert links_of(account)[uid(5)] == "one"
    for run in (refused, partial, allowed):
        assert shared_ids(run.id) == [SharedId("one", 2), SharedId("three", 2)]


def test_user_ids_are_named_by_how_many_share_them(account: Account) -> None:
    bring_in(account, csv_of((1, "often"), (2, "twice")))
    run = bring_in(account, csv_of((3, "often"), (4, "often"), (5, "twice"), (6, "once")))
    assert shared_ids(run.id) == [SharedId("often", 3), SharedId("twice", 2)]
    assert shared_ids(bring_in(account, csv_of((6, "once"))).id) == []


@pytest.mark.parametrize(
    "written", ["c-1 ", " c-1", "\tc-1\t", "\u3000c-1\u3000", "\u00a0c-1", "c-1\u200b", "\ufeffc-1", '" c-1 "', "'c-1"]
)
def test_blanks_around_a_value_are_not_stored(account: Account, written: str) -> None:
    run = bring_in(account, HEADER + f"{uid(1)},{written}\n {uid(2)} ,c-2\n".encode())
    assert (run.state, faults_of(run)) == (RunState.COMPLETED, [])
    kept = "'c-1" if written.startswith("'") else "c-1"
    assert links_of(account) == {uid(1): kept, uid(2): "c-2"}


def test_a_row_that_is_given_up_leaves_its_user_id_taken(account: Account, people: SimpleNamespace) -> None:
    """2 wants the user ID of 1, and 1 wants that of 3; 3 stays, so neither can move."""
    bring_in(account, csv_of((1, "a"), (2, "b"), (3, "c")))
    allow_shared(account, False, actor=Actor.of_member(people.alice))
    run = bring_in(account, csv_of((2, "a"), (1, "c")), partial=True)
    assert faults_of(run) == [(2, "user_id_shared"), (3, "user_id_shared")]
    assert links_of(account) == {uid(1): "a", uid(2): "b", uid(3): "c"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.integers(0, 10**6),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=191)
        .map(edges_trimmed)
        .filter(bool),
        max_size=30,
    )
)
def test_what_is_exported_is_what_was_imported(account: Account, links: list[tuple[str, str]]) -> None:
    pairs = [(uid(number), user_id) for number, user_id in links.items()]
    run = bring_in(account, "".join(lines(pairs, NAMES)).encode())
    assert (run.state, faults_of(run)) == (RunState.COMPLETED, [])
    stored = links_of(account)
    assert {line_user_id: stored[line_user_id] for line_user_id, _user_id in pairs} == dict(pairs)
    file = links_file(account.id)
    exported = "".join(file.pieces).encode()
    assert len(exported) == file.size
    again = bring_in(account, exported)
    assert difference(again) == (0, 0, len(stored))


def test_what_a_spreadsheet_would_run_stands_after_an_apostrophe_until_it_is_imported(account: Account) -> None:
    user_ids = ["=1+1", "+81", "-5", "@x", "＝1", "'=1", "' =1", "a=1", "'a", '=HYPERLINK("x","y")']
    bring_in(account, "".join(lines([(uid(at), one) for at, one in enumerate(user_ids)], NAMES)).encode())
    assert links_of(account) == {uid(at): one for at, one in enumerate(user_ids)}

    file = links_file(account.id)
    written = "".join(file.pieces)

    assert len(written.encode()) == file.size
    assert not re.search(r'^U\w{32},"?[=+\-@＝]', written, re.MULTILINE)
    assert difference(bring_in(account, written.encode())) == (0, 0, len(user_ids))


def test_imports_of_one_account_take_turns_in_order(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "SITTING_SECONDS", 0)
    other = line_factory.account()
    first, second = send(account, csv_of((1, "first"))), send(account, csv_of((1, "second")))
    elsewhere = send(other, csv_of((1, "elsewhere")))
    work(second, sittings=3)
    assert (second.is_active, links_of(account)) == (True, {})
    assert work(elsewhere, sittings=9).state == RunState.COMPLETED
    assert work(first, sittings=9).state == RunState.COMPLETED
    assert links_of(account) == {uid(1): "first"}
    assert work(second, sittings=9).state == RunState.COMPLETED
    assert links_of(account) == {uid(1): "second"}


def test_who_is_next_is_woken_when_the_one_before_is_cancelled(account: Account) -> None:
    first, second = send(account, csv_of((1, "first"))), send(account, csv_of((2, "second")))
    work(second)
    cancel_import(account, first.id, actor=SYSTEM)
    db.session.commit()
    db.session.refresh(second)
    assert (first.state, second.counts) == (RunState.CANCELLED, {})
    finish_all()
    assert links_of(account) == {uid(2): "second"}


@pytest.mark.parametrize("phase", ["checking", "comparing", "storing"])
def test_a_cancel_leaves_what_was(account: Account, monkeypatch: pytest.MonkeyPatch, phase: str) -> None:
    monkeypatch.setattr(runs, "SITTING_SECONDS", 0)
    bring_in(account, csv_of((1, "one")))
    run = send(account, csv_of((1, "eins"), (2, "zwei")))
    while run.cursor.get("phase") != phase:
        work(run)
    cancel_import(account, run.id, actor=SYSTEM)
    db.session.commit()
    work(run)
    assert (run.state, links_of(account), staged()) == (RunState.CANCELLED, {uid(1): "one"}, [])


def test_a_cancel_reaches_the_great_transaction(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for by another connection while links are being stored, it stops a statement that would take minutes."""
    from app.core.runs import keepalive

    monkeypatch.setattr(keepalive, "BEAT_SECONDS", 0.05)
    slow = apply._APPLY.replace("SELECT :account_id,", "SELECT :account_id + length(pg_sleep(200)::text),")
    monkeypatch.setattr(apply, "_APPLY", slow)
    monkeypatch.setattr(runs, "SITTING_SECONDS", 0)
    run = send(account, csv_of((1, "one")))
    while run.cursor.get("phase") != "storing":
        work(run)
    timer = threading.Timer(0.3, ask, (db.engine, run.id))
    timer.start()
    work(run)
    timer.join()
    assert (run.state, links_of(account)) == (RunState.CANCELLED, {})


def ask(engine: Engine, run_id: int) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE runs SET cancel_requested_at = now() WHERE id = :id"), {"id": run_id})


@pytest.mark.parametrize("command", ["TRUNCATE", "DROP TABLE"])
def test_a_file_that_the_database_lost_is_asked_for_again(
    account: Account, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(runs, "SITTING_SECONDS", 0)
    for phase in ("checking", "comparing", "storing"):
        run = send(account, csv_of((1, "one")))
        while run.cursor.get("phase") != phase:
            work(run)
        for name in staged():
            db.session.execute(text(f"{command} staging.{name}"))
        db.session.commit()
        work(run)
        assert (run.state, run.reason) == (RunState.FAILED, "id_links.file_lost")
    assert links_of(account) == {}


def test_all_links_go_when_it_is_their_turn(account: Account, people: SimpleNamespace) -> None:
    other = line_factory.account()
    bring_in(other, csv_of((1, "theirs")))
    before = send(account, csv_of((1, "one"), (2, "two")))
    removal = remove_all(account, actor=Actor.of_member(people.alice))
    db.session.commit()
    work(removal)
    assert removal.is_active, "The import goes first."
    work(before)
    work(removal)
    assert (removal.state, removal.counts) == (RunState.COMPLETED, {"removed": 2})
    assert (links_of(account), links_of(other)) == ({}, {uid(1): "theirs"})


def test_what_was_done_is_written_down(account: Account, people: SimpleNamespace) -> None:
    bring_in(account, csv_of((1, "one")), member=people.bob, name="C:\\crm\\export.csv")
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.actor_name, entry.target_name) for entry in entries] == [
        ("id_link_import.started", "Bob", "export.csv"),
        ("id_link_import.completed", "Bob", "export.csv"),
    ]
    assert entries[1].details == {"new": 1, "changed": 0, "invalid": 0}


def test_the_sweep_forgets_what_belongs_to_nothing(account: Account) -> None:
    run = send(account, csv_of((1, "one")))
    db.session.execute(text("CREATE TABLE staging.rows_987654 (line_user_id text)"))
    db.session.commit()
    assert sweep() == 1
    assert "rows_987654" not in staged()
    assert work(run, sittings=5).state == RunState.COMPLETED


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("/home/crm/links.csv", "links.csv"),
        ("顧客　名簿's “新”.csv", "顧客 名簿's “新”.csv"),
        ("a\u202egpj.csv", "agpj.csv"),
        ("a\x00\x1b\ud800b.csv", "ab.csv"),
        ("\x00", "–"),
        ("x" * 5_000, "x" * 169 + "…" + "x" * 30),
    ],
)
def test_file_names_are_shown_as_they_are_but_for_what_no_one_sees(account: Account, name: str, shown: str) -> None:
    assert send(account, csv_of((1, "one")), name=name).input["file"] == shown
