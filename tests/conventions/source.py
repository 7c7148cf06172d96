"""Read Tomoru's own source: which files there are, and what they call."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
APP = ROOT / "app"
TEMPLATES = APP / "templates"


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """All Python files of these folders below the root, without what was installed."""
    found = (path for folder in folders or ("app",) for path in sorted((ROOT / folder).rglob("*.py")))
    return tuple(path for path in found if "vendor" not in path.parts)


@cache
def tree_of(path: Path) -> ast.Module:
    """The file as a syntax tree."""
    return ast.parse(path.read_text(), str(path))


@cache
def templates() -> tuple[str, ...]:
    """Names of all templates, as they are rendered."""
    return tuple(str(path.relative_to(TEMPLATES)) for path in sorted(TEMPLATES.rglob("*.html")))


@cache
def template_source(name: str) -> str:
    """A template's text without its comments."""
    return re.sub(r"\{#.*?#\}", "", (TEMPLATES / name).read_text(), flags=re.DOTALL)


def short(path: Path) -> str:
    """The path below the root."""
    return str(path.relative_to(ROOT))


@dataclass(frozen=True)
class Function:
    """A function or method, with where it stands."""

    path: Path
    node: ast.FunctionDef | ast.AsyncFunctionDef

    def __str__(self) -> str:
        return f"{short(self.path)}:{self.node.lineno} {self.node.name}"

    @property
    def body_lines(self) -> int:
        """Lines of the body, its docstring not counted."""
        body = self.node.body[1:] if ast.get_docstring(self.node) is not None else self.node.body
        return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0

    @property
    def decorators(self) -> list[str]:
        return [ast.unparse(decorator) for decorator in self.node.decorator_list]


def functions(path: Path) -> Iterator[Function]:
    """All functions and methods of a file."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Function(path, node)


def calls(path: Path, *names: str) -> Iterator[ast.Call]:
    """All calls of functions with these last names: `queue.wake(...)` is a call of `wake`."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and _last_name(node.func) in names:
            yield node


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def text_of(node: ast.expr | None) -> str | None:
    """The literal text of an expression, None when it is not one."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def argument(call: ast.Call, position: int, keyword: str) -> ast.expr | None:
    """An argument of a call, by position or name."""
    if len(call.args) > position:
        return call.args[position]
    return next((given.value for given in call.keywords if given.arg == keyword), None)
