"""Every sentence of the program is in the Japanese catalogue, translated, and with the same values in it."""

from __future__ import annotations

import ast
import re
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.conventions.source import APP, ROOT, python_files, short, tree_of

JAPANESE = APP / "translations" / "ja" / "LC_MESSAGES" / "messages.po"
pytestmark = pytest.mark.skipif(not JAPANESE.parent.parent.parent.exists(), reason="There is no catalogue yet.")
KEYWORDS: dict[str, Any] = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}


@pytest.fixture(scope="module")
def said() -> dict[Any, str]:
    """Every sentence of the source, with the file it stands in."""
    return {message if isinstance(message, str) else message[0]: name for name, message in messages()}


@cache
def messages() -> tuple[tuple[str, str | tuple[str, ...]], ...]:
    """(file, sentence) of everything that is said; a tuple of both forms where a number decides."""
    mapping, options = parse_mapping_cfg((ROOT / "babel.cfg").open())
    found = extract_from_dir(str(ROOT), mapping, options, keywords=KEYWORDS, directory_filter=_is_ours)
    return tuple((name, message) for name, _line, message, _notes, _context in found)


def _is_ours(directory: str) -> bool:
    return not any(
        part.startswith(".") or part in {"node_modules", "vendor", "tests"} for part in Path(directory).parts
    )


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return read_po(BytesIO(JAPANESE.read_bytes()), locale="ja")


def test_the_source_says_something(said: dict[Any, str]) -> None:
    assert len(said) > 100


def test_no_sentence_is_said_both_with_and_without_a_number() -> None:
    """Both would share one translation, and the one without a number would show its placeholder."""
    numbered = {message[0] for _name, message in messages() if isinstance(message, tuple)}
    assert numbered & {message for _name, message in messages()} == set()


def test_every_sentence_is_in_the_catalogue(said: dict[Any, str], catalogue: Catalog) -> None:
    missing = {message: place for message, place in said.items() if message not in catalogue}
    assert missing == {}


def test_every_sentence_is_translated(catalogue: Catalog) -> None:
    assert [message.id for message in catalogue if message.id and (not _texts(message) or message.fuzzy)] == []


def test_values_are_the_same_in_both_languages(catalogue: Catalog) -> None:
    for message in catalogue:
        original = message.id if isinstance(message.id, str) else message.id[-1]
        wanted = set(re.findall(r"%\((\w+)\)[sd]", original))
        for text in _texts(message):
            assert set(re.findall(r"%\((\w+)\)[sd]", text)) == wanted, f"{original!r} and {text!r} differ in values."


def test_no_sentence_stands_within_another_string() -> None:
    """Those who collect the sentences do not look into f-strings."""
    hidden = [
        f"{short(path)}:{call.lineno}"
        for path in python_files("app")
        for string in ast.walk(tree_of(path))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"_", "_l", "ngettext"}
    ]
    assert hidden == []


def test_nothing_in_the_catalogue_is_out_of_use(said: dict[Any, str], catalogue: Catalog) -> None:
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue if message.id}
    assert known - set(said) == set()
    assert not catalogue.obsolete


def _texts(message: Message) -> list[str]:
    texts = [message.string] if isinstance(message.string, str) else list(message.string)
    return [text for text in texts if text]
