"""The guide as files: the same in both languages, true words, links that lead somewhere, a section for each page."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask

from app.help.guide import FOLDER, PAGES
from app.help.places import SECTIONS, section_of
from app.help.rendering import HEADING
from tests.conventions.source import APP, python_files, template_source, templates
from tests.conventions.test_routes import PUBLIC, PUBLIC_ROOMS
from tests.help.pictures import PICTURES

LANGUAGES = ("en", "ja")
BOLD = re.compile(r"\*\*(.+?)\*\*")
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)]+)\)")
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
SPOKEN = re.compile(r"""aria-label="\{\{ _\('([^'{}]+)'\) \}\}""")
HEADING_LINE = re.compile(r"^(#+) (.+)$", re.MULTILINE)
JAPANESE = APP / "translations" / "ja" / "LC_MESSAGES" / "messages.po"
# Blueprints whose routes answer no member: programs, LINE, and answers that are no pages.
NO_PAGES = {"help", "broadcasts_api", "chat_api", "id_links_api", "preferences", "static"}


def source(language: str, page: str) -> str:
    return (FOLDER / language / f"{page}.md").read_text(encoding="utf-8")


def headings(language: str, page: str) -> list[tuple[int, str]]:
    """Level and anchor of each heading; the first has no anchor."""
    found = HEADING_LINE.findall(source(language, page))
    return [(len(marks), match["anchor"] if (match := HEADING.fullmatch(words)) else "") for marks, words in found]


def anchors(language: str, page: str) -> set[str]:
    return {anchor for _level, anchor in headings(language, page) if anchor}


def parts(language: str, page: str) -> list[str]:
    return re.split(r"^#+ ", source(language, page), flags=re.MULTILINE)


@cache
def japanese() -> dict[str, str]:
    """Each sentence of the console in Japanese."""
    with JAPANESE.open("rb") as file:
        return {one.id: str(one.string) for one in read_po(file, locale="ja") if isinstance(one.id, str) and one.id}


@cache
def only_spoken() -> set[str]:
    """The sentences of the console that stand in labels for screen readers and nowhere else."""
    texts = [template_source(name) for name in templates()]
    spoken = {words for text in texts for words in SPOKEN.findall(text)}
    rest = "\n".join([SPOKEN.sub("", text) for text in texts] + [path.read_text() for path in python_files()])
    return {words for words in spoken if not re.search(rf"""_l?\(["']{re.escape(words)}["']""", rest)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_is_listed_and_each_listed_page_is_there(language: str) -> None:
    assert {file.stem for file in (FOLDER / language).glob("*.md")} == set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_have_the_same_headings(page: str) -> None:
    english = headings("en", page)
    assert english == headings("ja", page)
    assert english[0] == (1, "")
    assert all(level > 1 and anchor for level, anchor in english[1:])
    assert len(anchors("en", page)) == len(english) - 1, "An anchor stands twice."


@pytest.mark.parametrize("page", PAGES)
def test_bold_words_are_words_of_the_console(page: str) -> None:
    unknown = set(BOLD.findall(source("en", page))) - japanese().keys()
    assert not unknown, "Bold words must stand in the console exactly so."


@pytest.mark.parametrize("page", PAGES)
def test_bold_words_can_be_seen(page: str) -> None:
    """A label that only screen readers say is not what most readers look for."""
    assert set(BOLD.findall(source("en", page))) & only_spoken() == set()


@pytest.mark.parametrize("page", PAGES)
def test_each_part_names_the_same_words_in_japanese(page: str) -> None:
    for english, translated in zip(parts("en", page), parts("ja", page), strict=True):
        wanted = {japanese()[words] for words in BOLD.findall(english)}
        assert set(BOLD.findall(translated)) == wanted, translated.partition("\n")[0]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_links_lead_to_sections_that_are_there(language: str, page: str) -> None:
    for target in LINK.findall(source(language, page)):
        if target.startswith("https://"):
            continue
        name, _hash, anchor = target.partition("#")
        assert name.removesuffix(".md") in PAGES, target
        assert not anchor or anchor in anchors(language, name.removesuffix(".md")), target


def _pages_of_members(app: Flask) -> set[str]:
    rules = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return {name for name in rules - PUBLIC if name.partition(".")[0] not in NO_PAGES | PUBLIC_ROOMS}


def test_each_page_of_the_console_has_its_section(app: Flask) -> None:
    assert not {endpoint for endpoint in _pages_of_members(app) if not section_of(endpoint)}


def test_each_page_that_makes_something_leads_to_how_it_is_made(app: Flask) -> None:
    """And not to the top of the guide's page, from which readers would have to look for it."""
    making = {endpoint for endpoint in _pages_of_members(app) if endpoint.endswith(".new")}
    assert {endpoint for endpoint in making if "#" not in section_of(endpoint)} == set()


def test_each_section_that_pages_lead_to_is_there() -> None:
    for section in SECTIONS.values():
        page, _hash, anchor = section.partition("#")
        assert page in PAGES, section
        assert not anchor or anchor in anchors("en", page) & anchors("ja", page), section


def test_each_named_place_is_one_of_the_console(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    known = endpoints | {endpoint.partition(".")[0] for endpoint in endpoints}
    assert not SECTIONS.keys() - known


def pictures(language: str) -> list[tuple[str, str]]:
    """What stands for each picture, and its file, in the order of the pages."""
    return [found for page in PAGES for found in IMAGE.findall(source(language, page))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_picture_is_made_by_the_script_and_is_there(language: str) -> None:
    named = pictures(language)
    assert all(words.strip() for words, _file in named)
    assert {file for _words, file in named} == {f"../pictures/{language}/{name}.webp" for name in PICTURES}
    assert {file.stem for file in (FOLDER / "pictures" / language).iterdir()} == set(PICTURES)


def test_both_languages_show_the_same_pictures_in_the_same_places() -> None:
    names = [[Path(file).stem for _words, file in pictures(language)] for language in LANGUAGES]
    assert names[0] == names[1]


def test_pictures_are_light() -> None:
    assert sum(file.stat().st_size for file in (FOLDER / "pictures").rglob("*.webp")) < 3_000_000
