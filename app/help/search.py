"""Find sections of the guide by words, folded as every search of the console folds them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from app.core.text_folding import fold_all
from app.help.guide import GuidePage, pages_of
from app.help.rendering import Section

MOST = 30
EXCERPT = 160


@dataclass(frozen=True)
class FoundSection:
    """A section that holds all words, with a piece of its text that holds one."""

    page: GuidePage
    section: Section
    excerpt: str


@dataclass(frozen=True)
class _Entry:
    page: GuidePage
    section: Section
    title: str
    blocks: tuple[str, ...]


def search(language: str, asked: str) -> list[FoundSection]:
    """Return the sections that hold every word, those with words in their titles first."""
    words = fold_all([asked])[0].split()
    if not words:
        return []
    ranked = [(_rank(entry, words), entry) for entry in _entries(language)]
    fitting = sorted(((rank, entry) for rank, entry in ranked if rank is not None), key=lambda one: one[0])
    return [FoundSection(entry.page, entry.section, _excerpt(entry, words)) for _rank_, entry in fitting[:MOST]]


@lru_cache
def _entries(language: str) -> list[_Entry]:
    sections = [(page, section) for page in pages_of(language) for section in page.sections]
    folded = iter(fold_all(text for _page, section in sections for text in (section.title, *section.blocks)))
    return [
        _Entry(page, section, next(folded), tuple(next(folded) for _block in section.blocks))
        for page, section in sections
    ]


def _rank(entry: _Entry, words: list[str]) -> int | None:
    everything = "\n".join((entry.title, *entry.blocks))
    if not all(word in everything for word in words):
        return None
    return -sum(word in entry.title for word in words)


def _excerpt(entry: _Entry, words: list[str]) -> str:
    """Return the paragraph that holds most of the words, cut around the first one."""
    if not entry.blocks:
        return ""
    hits = [sum(word in block for word in words) for block in entry.blocks]
    best = hits.index(max(hits))
    text, folded = entry.section.blocks[best], entry.blocks[best]
    first = min((place for word in words if (place := folded.find(word)) >= 0), default=0)
    start = max(0, first - EXCERPT // 3) if len(text) > EXCERPT else 0
    end = start + EXCERPT
    return ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")
