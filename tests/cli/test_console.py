"""What all commands share: one clear sentence and a non-zero exit when something cannot be done."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.cli import commands, console
from app.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, PermanentFailure, RetryLater


def ran(error: Exception) -> Result:
    group = console.Commands("group")

    @group.command("fail", with_appcontext=False)
    def fail() -> None:
        raise error

    return CliRunner().invoke(group, ["fail"])


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (InvalidInput(email="Use another."), "email: Use another."),
        (InvalidInput({"": "Nothing fits."}), "Nothing fits."),
        (NotFound(), "There is no such thing."),
        (NotAllowed("Only on Mondays."), "Only on Mondays."),
        (Conflict("Someone was faster."), "Someone was faster."),
        (RetryLater("unexpected"), "Something unexpected went wrong."),
        (PermanentFailure("unexpected"), "Something unexpected went wrong."),
        (OperationalError("SELECT", {}, Exception("no route\nto host")), "The database cannot be used: no route"),
        (ProgrammingError("SELECT", {}, Exception("no table")), "Run: flask db upgrade"),
    ],
)
def test_an_expected_failure_is_one_sentence(error: Exception, sentence: str) -> None:
    result = ran(error)
    assert result.exit_code == 1
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_a_bug_is_not_hidden() -> None:
    assert isinstance(ran(ZeroDivisionError()).exception, ZeroDivisionError)


def test_columns_line_up_beside_japanese(capsys: pytest.CaptureFixture[str]) -> None:
    console.table(("NAME", "STATE"), [("灯珈琲", "ok"), ("Kumo", "ok")])
    assert capsys.readouterr().out == "NAME    STATE\n灯珈琲  ok\nKumo    ok\n"


def every_command(command: click.Command, path: str = "flask") -> list[tuple[str, click.Command]]:
    here = [(path, command)]
    children = command.commands.items() if isinstance(command, click.Group) else []
    return here + [found for name, child in children for found in every_command(child, f"{path} {name}")]


COMMANDS = [found for top in commands.COMMANDS for found in every_command(top, f"flask {top.name}")]


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path for path, _ in COMMANDS])
def test_every_command_explains_itself(path: str, command: click.Command) -> None:
    result = CliRunner().invoke(command, ["--help"])
    assert result.exit_code == 0
    assert command.help and command.help.strip().endswith((".", "…"))
    if not isinstance(command, click.Group):
        assert path in result.output, "The help shows no example."
