"""The trimmed style sheet has a rule for every class in use that Tabler has one for."""

from __future__ import annotations

import ast
import re
from typing import TypeGuard

from tests.conventions.source import APP, python_files, short, template_source, templates, tree_of
from tests.support.styles import TRIMMED, WHOLE, classes_lost_in_trimming, classes_of

CLASSES = re.compile(r"class(?:=|')\s*[\"']([^\"]*)\"")
# A class that a template puts together of a fixed and a changing part: bg-{{ colour }}-lt.
COMPOSED = re.compile(r"([\w-]*-)\{\{.*?\}\}(-[\w-]+)?|\{\{.*?\}\}(-[\w-]+)")
# What may stand there: colours of components/badge.html and sizes of components/avatar.html.
CHANGING = ("green", "red", "yellow", "blue", "orange", "secondary", "xs", "sm", "md", "lg", "xl")
# Colours of Tabler whose badges the trimmed sheet has no rule for.
OTHER_COLOURS = {"azure", "cyan", "indigo", "lime", "pink", "purple", "teal"}
ENOUGH_FOR_EVERY_PAGE = 200_000


def test_every_class_of_a_template_is_kept() -> None:
    named = {
        word
        for name in templates()
        for value in CLASSES.findall(template_source(name))
        for word in re.findall(r"[\w-]+", value)
    }
    assert "btn" in named and classes_lost_in_trimming(named) == []


def test_every_class_that_a_template_puts_together_is_kept() -> None:
    shapes = {
        (before or "", after or last or "")
        for name in templates()
        for value in CLASSES.findall(template_source(name))
        for before, after, last in COMPOSED.findall(value)
    }
    assert ("bg-", "-lt") in shapes
    composed = {f"{begin}{part}{end}" for begin, end in shapes for part in CHANGING}
    assert classes_lost_in_trimming(composed) == []


def test_states_have_colours_that_are_kept() -> None:
    words = ((path, node.value) for path in python_files() for node in ast.walk(tree_of(path)) if _is_word(node))
    assert [f"{short(path)}: {word}" for path, word in words if word in OTHER_COLOURS] == []


def _is_word(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_every_class_of_a_script_is_kept() -> None:
    scripts = [path.read_text() for path in (APP / "static" / "js").rglob("*.js")]
    named = {name for text in scripts for name in re.findall(r"[\"'`.]([a-z][\w-]*)[\"'`]", text)}
    assert classes_lost_in_trimming(named) == []


def test_what_no_page_uses_is_left_out() -> None:
    assert "carousel-item" in classes_of(WHOLE) - classes_of(TRIMMED)
    assert TRIMMED.stat().st_size < ENOUGH_FOR_EVERY_PAGE < WHOLE.stat().st_size
