"""The set-up's own modules, which stand outside the program."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

BIN = Path(__file__).parents[2] / "bin"


@pytest.fixture
def setup_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    """`_assets`, `_browser`, `_python`, `_steps` and `_translations`, by name."""
    monkeypatch.syspath_prepend(str(BIN))
    names = [path.stem for path in BIN.glob("_*.py")]
    yield {name: import_module(name) for name in names}
    for name in names:
        del sys.modules[name]
