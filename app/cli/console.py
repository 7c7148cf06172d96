"""What all commands share: errors become one clear sentence and a non-zero exit, and tables line up."""

from __future__ import annotations

import functools
import logging
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click
from flask.cli import AppGroup
from flask_babel import force_locale
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.core import error_messages
from app.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, PermanentFailure, RetryLater
from app.core.secrets import UnreadableSecret


class Commands(AppGroup):
    """A group of commands with examples in their help, English answers, and no traceback for what may be expected."""

    def command(self, *args: Any, **kwargs: Any) -> Callable[[Callable[..., Any]], click.Command]:  # type: ignore[override]
        """Declare a command; `examples` are lines for the end of its help, `logs` lets it write ordinary log lines."""
        examples: Sequence[str] = kwargs.pop("examples", ())
        logs: bool = kwargs.pop("logs", False)
        if examples:
            kwargs["epilog"] = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in examples)
        declare = super().command(*args, **kwargs)
        return lambda function: declare(_plainly(function if logs else _quietly(function)))


def command(name: str, **options: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command that belongs to no group."""
    return Commands().command(name, **options)


def _quietly(function: Callable[..., Any]) -> Callable[..., Any]:
    """On a terminal the answer counts; log lines only when something is wrong."""

    @functools.wraps(function)
    def quiet(*args: Any, **kwargs: Any) -> Any:
        root = logging.getLogger()
        level = root.level
        root.setLevel(max(level, logging.WARNING))
        try:
            return function(*args, **kwargs)
        finally:
            root.setLevel(level)

    return quiet


def _plainly(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            with force_locale("en"):
                return function(*args, **kwargs)
        except UnreadableSecret:
            problem = "None of ENCRYPTION_KEYS opens a stored secret; `flask secrets rotate` says which."
            raise click.ClickException(f"{problem} Add the key that wrote it.") from None
        except (InvalidInput, NotFound, NotAllowed, Conflict, RetryLater, PermanentFailure) as error:
            with force_locale("en"):
                raise click.ClickException(_sentence(error)) from None
        except OperationalError as error:
            raise click.ClickException(f"The database cannot be used: {_first_line(error.orig)}") from None
        except ProgrammingError as error:
            problem = _first_line(error.orig)
            raise click.ClickException(f"The database is not as expected ({problem}). Run: flask db upgrade") from None

    return guarded


def _sentence(error: Exception) -> str:
    match error:
        case InvalidInput():
            return " ".join(f"{name}: {text}" if name else str(text) for name, text in error.fields.items())
        case RetryLater() | PermanentFailure():
            return error_messages.sentence(error.code, error.params)
        case NotAllowed() | Conflict() if error.message:
            return str(error.message)
    return "There is no such thing."


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or ["no answer"])[0]


def fail(sentence: str) -> NoReturn:
    """End the command with this sentence and exit code 1."""
    raise click.ClickException(sentence)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows in columns; wide Japanese characters count as two."""
    lines = [list(headings), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
