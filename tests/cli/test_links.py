"""`flask links`: files imported and exported from the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from app.cli import links
from app.core.db import db
from app.core.runs.models import Run
from app.core.runs.operations import request_cancel
from app.imports.id_links import queries
from tests.cli.conftest import Flasks
from tests.factories import line
from tests.imports.id_links.conftest import HEADER, csv_of, links_of, send, staged, uid


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "LOOK_SECONDS", 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "links.csv"
    path.write_bytes(csv_of((1, "one"), (2, "two")))
    return path


def test_a_file_is_imported_without_a_worker(flask: Flasks, file: Path) -> None:
    account = line.account()
    result = flask("links", "import", str(file), "--account", str(account.id))
    assert (result.exit_code, result.stdout) == (0, "Completed: 2 new, 2 unknown.\n")
    assert "Waiting for its turn" in result.stderr
    assert links_of(account) == {uid(1): "one", uid(2): "two"}
    (run,) = db.session.scalars(select(Run)).all()
    assert (run.input["file"], run.input["by"], run.member_id) == ("links.csv", "Tomoru", None)


def test_checking_only_changes_nothing(flask: Flasks, file: Path) -> None:
    account = line.account()
    result = flask("links", "import", str(file), "--account", account.basic_id, "--dry-run")
    assert (result.exit_code, result.stdout) == (0, "Checked: 2 new, 2 unknown.\n")
    assert links_of(account) == {}


def test_wrong_lines_fail_the_command_unless_the_others_are_wanted(flask: Flasks, file: Path) -> None:
    account = line.account()
    file.write_bytes(csv_of((1, "one")) + b"wrong\n")
    refused = flask("links", "import", str(file), "--account", str(account.id))
    assert refused.exit_code == 1
    assert "Line 3: The row has one column instead of two. wrong" in refused.stderr
    assert "Error: One line cannot be used, so nothing was changed." in refused.stderr
    assert (links_of(account), staged()) == ({}, [])
    taken = flask("links", "import", str(file), "--account", str(account.id), "--partial")
    assert (taken.exit_code, taken.stdout) == (0, "Completed: 1 new, 1 unknown, 1 invalid.\n")
    assert links_of(account) == {uid(1): "one"}


def test_standard_input_is_a_file_too(flask: Flasks) -> None:
    account = line.account()
    result = flask("links", "import", "-", "--account", str(account.id), input=csv_of((1, "one")).decode())
    assert result.exit_code == 0
    assert links_of(account) == {uid(1): "one"}


def test_an_earlier_import_goes_first(flask: Flasks, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account = line.account()
    earlier = send(account, csv_of((1, "earlier")))
    looks = iter([None, None])

    def cancel_it(seconds: float) -> None:
        if next(looks, "over") == "over":
            # Its end wakes the one that waits.
            request_cancel(db.session.get_one(Run, earlier.id))
            db.session.commit()

    monkeypatch.setattr(links.time, "sleep", cancel_it)
    result = flask("links", "import", str(file), "--account", str(account.id))
    assert result.exit_code == 0
    assert links_of(account) == {uid(1): "one", uid(2): "two"}


def test_what_is_exported_can_be_imported(flask: Flasks, tmp_path: Path) -> None:
    account, other = line.account(), line.account()
    first = tmp_path / "first.csv"
    first.write_bytes(HEADER + f'{uid(1)},"a,b"\n{uid(2)},"say ""hi"""\n'.encode())
    flask("links", "import", str(first), "--account", str(account.id))
    exported = flask("links", "export", "--account", str(account.id)).stdout
    assert exported.encode() == first.read_bytes()
    flask("links", "import", "-", "--account", str(other.id), input=exported)
    assert links_of(other) == links_of(account)


def test_an_unknown_account_or_file_is_named(flask: Flasks, file: Path) -> None:
    for wanted in ("@unknown", "9" * 30):
        assert f"There is no account “{wanted}”" in flask("links", "import", str(file), "--account", wanted).stderr
    assert flask("links", "import", "nowhere.csv", "--account", "1").exit_code == 2
    assert queries.imports(1).rows == []
