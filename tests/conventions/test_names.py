"""A public class has one meaning: no other class in app/ has its name."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.conventions.source import python_files, short, tree_of


def test_no_two_public_classes_share_a_name() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for path in python_files("app"):
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(short(path))
    assert len(found) > 200
    assert {name: places for name, places in found.items() if len(places) > 1} == {}
