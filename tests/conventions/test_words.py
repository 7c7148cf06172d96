"""English in code, tests, pages and documents uses the field's words, none of a list of private ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

from tests.conventions.source import ROOT, short

FORBIDDEN = frozenset(
    re.findall(
        r"\w+",
        "nobody somebody everybody whoever anew deed deeds amid mend mends mended mending meanwhile house"
        " floor floors door doors",
    )
)
WORD = re.compile("[A-Za-z]+")
# Rounding down is called so in programs, and a user of the operating system bears the other name.
PLAIN = re.compile(r"\b[Mm]ath\.floor|[`\"]nobody[`\"]")
FOLDERS = ("app", "sandbox", "docs", "deploy", "bin", "bench", "migrations", "tests")
FILES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", "pyproject.toml", "worker.py", "compose.yaml")
ENDINGS = {".py", ".html", ".js", ".mjs", ".css", ".md", ".txt", ""}
CATALOGUE = ROOT / "app/translations/ja/LC_MESSAGES/messages.po"


def texts() -> list[Path]:
    """Every file of our own that holds English."""
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.is_file()]
    ours = [path for path in found if path.suffix in ENDINGS and not {"vendor", "__pycache__"} & set(path.parts)]
    return [path for path in ours if path != Path(__file__)] + [ROOT / name for name in FILES]


def old_words(text: str) -> Iterator[tuple[int, str]]:
    """(line, word) of every word that is on the list."""
    # Most texts have none, and to look at all lines of them would take long.
    if FORBIDDEN.isdisjoint(WORD.findall(text.lower())):
        return
    for number, line in enumerate(text.splitlines(), start=1):
        for found in WORD.finditer(PLAIN.sub("", line)):
            if found[0].lower() in FORBIDDEN:
                yield number, found[0]


def test_no_word_of_the_old_language_is_left() -> None:
    found = {short(path): list(old_words(path.read_text())) for path in texts()}
    assert len(found) > 300
    assert {name: words for name, words in found.items() if words} == {}


def test_no_sentence_of_the_catalogue_has_one() -> None:
    with CATALOGUE.open("rb") as file:
        sentences = [str(message.id) for message in read_po(file) if message.id]
    assert len(sentences) > 500
    assert [sentence for sentence in sentences if list(old_words(sentence))] == []


def test_the_list_finds_words_at_all() -> None:
    assert list(old_words("Nobody knows\nwhat was mended")) == [(1, "Nobody"), (2, "mended")]
    assert list(old_words("def test_it_waits_for_somebody_to_come():")) == [(1, "somebody")]
