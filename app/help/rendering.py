"""Turn a Markdown page of the guide into HTML and into sections that are searched.

HTML in the text stays text. A heading carries its anchor in braces: `## Add a tag {#add}`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from flask import url_for
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

HEADING = re.compile(r"(?P<words>.*?)\s*\{#(?P<anchor>[a-z0-9-]+)\}")
PAGE_LINK = re.compile(r"(?P<page>[a-z0-9-]+)\.md(?:#(?P<anchor>[a-z0-9-]+))?")
PICTURE = re.compile(r"\.\./pictures/(?P<language>[a-z]+)/(?P<name>[a-z0-9-]+)\.webp")
MARKDOWN = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True)
class Section:
    """What stands below one heading; the first section of a page has the page's own name and no anchor."""

    title: str
    anchor: str
    level: int
    # The plain text of its paragraphs and list items.
    blocks: tuple[str, ...]


@dataclass(frozen=True)
class RenderedPage:
    """A page without its first heading, and its sections, of which the first one is what stands above the others."""

    tokens: tuple[Token, ...]
    sections: tuple[Section, ...]

    @property
    def html(self) -> Markup:
        """Return the page's HTML."""
        # markdown-it escapes what is no Markdown, and pages are files of ours.
        return Markup(MARKDOWN.renderer.render(list(self.tokens), MARKDOWN.options, {}))  # noqa: S704


def rendered(source: str) -> RenderedPage:
    """Read one page, whose first line is its heading."""
    tokens = MARKDOWN.parse(source)
    for opening, words in pairwise(tokens):
        if opening.type == "heading_open":
            _move_anchor(opening, words)
    return RenderedPage(tuple(tokens[3:]), tuple(_sections(tokens)))


def with_addresses(page: RenderedPage) -> RenderedPage:
    """Return the page with links to other pages and pictures as addresses of this console."""
    for token in page.tokens:
        for child in token.children or ():
            _address(child)
    return page


def _move_anchor(opening: Token, words: Token) -> None:
    found = HEADING.fullmatch(words.content)
    if not found:
        return
    opening.attrSet("id", found["anchor"])
    words.content = found["words"]
    words.children = MARKDOWN.parseInline(found["words"])[0].children


def _sections(tokens: list[Token]) -> list[Section]:
    sections: list[Section] = []
    heading: Token | None = None
    for token in tokens:
        if token.type == "heading_open":
            heading = token
        elif token.type == "inline" and heading is not None:
            sections.append(Section(plain(token), str(heading.attrGet("id") or ""), int(heading.tag[1]), ()))
            heading = None
        elif token.type == "inline":
            last = sections.pop()
            sections.append(Section(last.title, last.anchor, last.level, (*last.blocks, plain(token))))
    return sections


def plain(token: Token) -> str:
    """Return the words of a paragraph without marks."""
    return "".join(" " if child.type == "softbreak" else child.content for child in token.children or ()).strip()


def _address(token: Token) -> None:
    if token.type == "link_open":
        _lead(token)
    elif token.type == "image" and (found := PICTURE.fullmatch(str(token.attrGet("src")))):
        token.attrSet("src", url_for("help.picture", folder=found["language"], name=found["name"]))
        token.attrSet("loading", "lazy")


def _lead(token: Token) -> None:
    target = str(token.attrGet("href"))
    if found := PAGE_LINK.fullmatch(target):
        token.attrSet("href", url_for("help.show", page=found["page"], _anchor=found["anchor"]))
    elif target.startswith("https://"):
        token.attrSet("target", "_blank")
        token.attrSet("rel", "noopener")
