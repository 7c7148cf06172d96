"""Dataclasses to JSON and back, and checked partial changes: the sandbox's whole state is made of them."""

from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")


class BadFieldError(ValueError):
    """A field that does not exist or a value of the wrong kind; the text says which."""


_hints: Callable[[Any], dict[str, Any]] = cache(get_type_hints)


def dump(record: Any) -> dict[str, Any]:
    """Return the record as plain JSON values."""
    return asdict(record)


def revive(kind: type[Record], data: dict[str, Any]) -> Record:
    """Return the record that `dump` wrote; fields of an older version that no longer exist are ignored."""
    hints = _hints(kind)
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: _value(hints[name], value) for name, value in data.items() if name in names})


def _value(hint: Any, value: Any) -> Any:
    if is_dataclass(hint) and isinstance(value, dict):
        return revive(hint, value)  # type: ignore[arg-type]
    arguments = get_args(hint)
    if get_origin(hint) is dict and isinstance(value, dict):
        return {key: _value(arguments[1], item) for key, item in value.items()}
    if get_origin(hint) is list and isinstance(value, list):
        return [_value(arguments[0], item) for item in value]
    return value


def change(record: Any, changes: dict[str, Any], *, allowed: set[str] | None = None) -> None:
    """Set the named fields, nested records field by field; all of them or, with `BadFieldError`, none."""
    _check(record, changes, allowed, "")
    _apply(record, changes)


def _check(record: Any, changes: dict[str, Any], allowed: set[str] | None, path: str) -> None:
    hints = _hints(type(record))
    for name, value in changes.items():
        if name not in hints or (allowed is not None and name not in allowed):
            raise BadFieldError(f"{path}{name}: no such field")
        current = getattr(record, name)
        if is_dataclass(current) and isinstance(value, dict):
            _check(current, value, None, f"{path}{name}.")
        elif not _fits(hints[name], value):
            raise BadFieldError(f"{path}{name}: {value!r} does not fit")


def _apply(record: Any, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        current = getattr(record, name)
        if is_dataclass(current) and isinstance(value, dict):
            _apply(current, value)
        else:
            setattr(record, name, value)


def _fits(hint: Any, value: Any) -> bool:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return any(_fits(option, value) for option in get_args(hint))
    if origin is Literal:
        return value in get_args(hint)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if hint is NoneType:
        return value is None
    return isinstance(value, origin or hint)
