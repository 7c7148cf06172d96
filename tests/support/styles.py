"""Classes of Tabler's style sheet, whole and as trimmed for the browser."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
WHOLE = ROOT / "node_modules" / "@tabler" / "core" / "dist" / "css" / "tabler.min.css"
TRIMMED = ROOT / "app" / "static" / "vendor" / "tabler.min.css"
CLASS = re.compile(r"\.(-?[_a-zA-Z](?:[\w-]|\\.)*)")


@cache
def classes_of(sheet: Path) -> frozenset[str]:
    """All classes that a style sheet has rules for."""
    return frozenset(name.replace("\\", "") for name in CLASS.findall(sheet.read_text()))


def classes_lost_in_trimming(names: Iterable[str]) -> list[str]:
    """Those of these classes that Tabler knows and the trimmed style sheet does not."""
    return sorted(set(names) & (classes_of(WHOLE) - classes_of(TRIMMED)))
