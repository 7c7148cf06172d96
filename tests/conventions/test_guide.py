"""The guide for contributors names files and modules that are there."""

from __future__ import annotations

import re

import pytest

from tests.conventions.source import ROOT, python_files

GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
NAMES = sorted(set(re.findall(r"`([^`\n]+)`", GUIDE)))
PATH = re.compile(r"[\w./-]+\.(?:py|js|html|css|sql|toml|yaml)|[\w.-]+(?:/[\w.-]+)+/?")
MODULE = re.compile(r"(?:app\.)?[a-z_]+(?:\.[a-z_]+)+")
# Patterns of names, no names.
PATTERNS = {"_noun.html", "index/show/new/edit"}
FOLDERS = ("app", "tests", "bench", "sandbox", "migrations", "docs", "deploy", "bin", ".ci")


def _files() -> set[str]:
    top = {path.name for path in ROOT.iterdir()}
    return top | {str(path.relative_to(ROOT)) for folder in FOLDERS for path in (ROOT / folder).rglob("*")}


FILES = _files()
SOURCES = "\n".join(file.read_text() for file in python_files())


@pytest.mark.parametrize("name", [name for name in NAMES if PATH.fullmatch(name) and name not in PATTERNS])
def test_a_path_in_the_guide_is_there(name: str) -> None:
    wanted = name.rstrip("/")
    assert any(path == wanted or path.endswith(f"/{wanted}") for path in FILES), name


@pytest.mark.parametrize("name", [name for name in NAMES if MODULE.fullmatch(name) and not PATH.fullmatch(name)])
def test_a_module_or_name_in_the_guide_is_there(name: str) -> None:
    last = name.rpartition(".")[2]
    is_file = any(path.endswith((f"/{last}.py", f"/{last}")) for path in FILES)
    used = re.compile(rf"(?:def|class) {last}\b|^\s*{last}(?::.*)? = |\.{last}\b", re.MULTILINE)
    assert is_file or used.search(SOURCES), name
