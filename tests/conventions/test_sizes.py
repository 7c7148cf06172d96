"""Budgets: what is small can be read. They are for attention, not for splitting sentences in half."""

from __future__ import annotations

import re
from statistics import median

from tests.conventions.source import ROOT, TEMPLATES, functions, python_files, short, templates

OURS = python_files("app", "sandbox", "bench", "bin", "tests")
# It stands first, below comments.
DOCSTRING = re.compile(r'(\s|#.*\n)*r?"""\s*\S')
ROUTE = re.compile(r"\.(route|get|post|put|patch|delete)\(")


def test_files_are_short() -> None:
    long = {short(path): len(path.read_text().splitlines()) for path in OURS}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_functions_are_short() -> None:
    sizes = {
        str(function): function.body_lines for path in python_files("app", "sandbox") for function in functions(path)
    }
    assert {name: lines for name, lines in sizes.items() if lines > 50} == {}
    assert median(sizes.values()) <= 8


def test_views_are_short() -> None:
    views = {
        str(function): function.body_lines
        for path in python_files("app")
        if "views" in str(path)
        for function in functions(path)
        if any(ROUTE.search(name) for name in function.decorators)
    }
    assert {name: lines for name, lines in views.items() if lines > 25} == {}


def test_templates_are_short() -> None:
    budgets = {name: 60 if name.rpartition("/")[2].startswith("_") else 150 for name in templates()}
    long = {name: len((TEMPLATES / name).read_text().splitlines()) for name in budgets}
    assert {name: lines for name, lines in long.items() if lines > budgets[name]} == {}


def test_the_tests_ground_is_short() -> None:
    long = {short(path): len(path.read_text().splitlines()) for path in OURS if path.name == "conftest.py"}
    assert {name: lines for name, lines in long.items() if lines > 200} == {}


def test_every_module_says_what_it_is_for() -> None:
    texts = {short(path): path.read_text() for path in OURS}
    silent = [name for name, text in texts.items() if text.strip() and not DOCSTRING.match(text)]
    assert silent == []


def test_everything_in_the_program_is_annotated() -> None:
    for path in python_files("app"):
        for function in functions(path):
            arguments = function.node.args
            named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            bare = [given.arg for given in named if given.annotation is None and given.arg not in {"self", "cls"}]
            assert bare == [] and function.node.returns is not None, f"{function} lacks annotations: {bare}"


def test_nothing_is_left_for_later() -> None:
    words = re.compile(r"\b(" + "TO" + "DO|FIX" + "ME|XX" + r"X)\b")
    texts = [*OURS, *(TEMPLATES / name for name in templates()), *(ROOT / "app" / "static" / "js").rglob("*.js")]
    assert [short(path) for path in texts if words.search(path.read_text())] == []
