"""Problems of JSON fields, each at its line in the text that the member sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.i18n import Text, _
from app.messages.composer.editing import JSON_FIELDS, SOURCE
from app.messages.content.building import ContentProblem
from app.messages.content.json_text import Places, line_and_column, places_of, typed_json, wrong_json


@dataclass(frozen=True)
class CodeProblem:
    """A sentence about a place in typed JSON, counted from 1. `name` is its property, unless the sentence says it."""

    line: int
    column: int
    name: str
    message: Text


def code_problems(content: Mapping[str, Any], problems: Iterable[ContentProblem]) -> dict[str, list[CodeProblem]]:
    """Return the problems of each JSON field in a set, by the path of the field and in the order of their lines."""
    said = list(problems)
    return {path: _of_field(path, typed, said) for path, typed in _fields(content, "")}


def is_in_code(path: str, fields: Iterable[str]) -> bool:
    """Return whether a problem's path is that of one of these JSON fields or of something in it."""
    return any(path == field or path.startswith(f"{field}.") for field in fields)


def _fields(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield path and text of each JSON field."""
    if isinstance(value, Mapping) and SOURCE in value:
        for name in JSON_FIELDS & value.keys():
            yield f"{path}.{name}", typed_json(value[name], value[SOURCE])
    elif isinstance(value, Mapping | list):
        for step, one in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _fields(one, f"{path}.{step}" if path else str(step))


def _of_field(field: str, typed: str, problems: Sequence[ContentProblem]) -> list[CodeProblem]:
    if wrong := wrong_json(typed):
        return [CodeProblem(wrong.line, wrong.column, "", wrong.why)]
    places = places_of(typed)
    found = [_placed(field, typed, one, places) for one in problems if is_in_code(one.path, [field])]
    found += _repeated(typed, places)
    return sorted(dict.fromkeys(found), key=lambda one: (one.line, one.column))


def _placed(field: str, typed: str, problem: ContentProblem, places: Places) -> CodeProblem:
    steps = problem.path[len(field) + 1 :].split(".") if problem.path != field else []
    line, column = line_and_column(typed, places.nearest(steps))
    named = next((one for one in reversed(steps) if not one.isdecimal()), "")
    return CodeProblem(line, column, "" if f"“{named}”" in str(problem.message) else named, problem.message)


def _repeated(typed: str, places: Places) -> list[CodeProblem]:
    return [
        CodeProblem(*line_and_column(typed, offset), steps[-1], _("Stands twice here; only the last counts."))
        for steps, offset in places.repeated.items()
    ]
