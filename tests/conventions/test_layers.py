"""A package imports only from the layers below it; pyproject.toml names them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conventions.source import ROOT, python_files, short, tree_of


def test_the_layers_are_kept() -> None:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sandbox_shares_no_code_with_the_program() -> None:
    for path in python_files("sandbox"):
        imported = [line for line in path.read_text().splitlines() if line.startswith(("from app", "import app"))]
        assert imported == [], f"{short(path)} imports from the program."


def test_packages_hold_a_docstring_and_no_code() -> None:
    for path in python_files("app"):
        if path.name == "__init__.py" and path.parent.name not in {"views", "queries", "operations"}:
            body = [node for node in tree_of(path).body[1:] if type(node).__name__ not in {"Import", "ImportFrom"}]
            assert body == [], f"{short(path)} holds code."
