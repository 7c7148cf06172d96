"""Migrations are numbered and in one line, and lead to exactly what the models say."""

from __future__ import annotations

import re
import subprocess
import sys

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from app.core.db import db
from app.core.db.partitions import is_compared
from tests.conventions.source import ROOT, python_files

VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))


def test_they_are_numbered_one_after_the_other() -> None:
    numbers = [re.fullmatch(r"(\d{4})_[a-z_]+\.py", path.name).group(1) for path in VERSIONS]  # type: ignore[union-attr]
    assert numbers == [f"{number:04d}" for number in range(1, len(VERSIONS) + 1)]


def test_they_follow_each_other_in_one_line() -> None:
    script = ScriptDirectory(str(ROOT / "migrations"))
    assert len(script.get_heads()) == 1
    walked = [(revision.revision, revision.down_revision) for revision in script.walk_revisions()][::-1]
    before = [None, *(revision for revision, _down in walked[:-1])]
    assert [down for _revision, down in walked] == before


def test_every_table_is_known_to_the_program() -> None:
    """Rotation, pruning and migrations see only the models that the factory brings in."""
    program = "import app.factory, sys; print(*(name for name in sys.modules if name.endswith('.models')))"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    models = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in python_files("app")}
    assert {name for name in models if name.endswith(".models")} <= set(loaded.stdout.split())


def test_the_migrated_database_is_what_the_models_say(migrated_app: Flask) -> None:
    with migrated_app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_compared})
        differences = compare_metadata(context, db.metadata)
    assert differences == []
