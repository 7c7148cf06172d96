"""The pages of the guide in their order, read once for each language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.core.i18n import Text, _l
from app.help.rendering import RenderedPage, Section, rendered, with_addresses

FOLDER = Path(__file__).parent.parent.parent / "docs" / "guide"

# The contents: groups of pages, each page a file in every language's folder.
GROUPS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (_l("First steps"), ("start", "accounts", "import-friends")),
    (_l("Friends"), ("friends", "tags", "segments", "id-links")),
    (_l("Messages"), ("messages", "broadcasts", "results", "rich-menus")),
    (_l("Automation"), ("workflows", "qr-codes")),
    (_l("Chat"), ("chat",)),
    (_l("Integrations"), ("hubspot", "hubspot-inbox")),
    (_l("Team and settings"), ("members", "settings")),
    (_l("Look it up"), ("statuses", "troubles")),
)
PAGES = tuple(name for _group, names in GROUPS for name in names)


@dataclass(frozen=True)
class GuidePage:
    """One page in one language."""

    name: str
    rendered: RenderedPage

    @property
    def title(self) -> str:
        """Return the first heading."""
        return self.sections[0].title

    @property
    def sections(self) -> tuple[Section, ...]:
        """Return the page's sections; the first one is its beginning."""
        return self.rendered.sections

    @property
    def contents(self) -> list[Section]:
        """Return the sections that a list of contents names."""
        return [section for section in self.sections if section.level == 2]


@lru_cache
def page_of(language: str, name: str) -> GuidePage | None:
    """Return the page of this name in this language."""
    if name not in PAGES:
        return None
    source = (FOLDER / language / f"{name}.md").read_text(encoding="utf-8")
    return GuidePage(name, with_addresses(rendered(source)))


def pages_of(language: str) -> list[GuidePage]:
    """Return all pages in their order."""
    return [page for name in PAGES if (page := page_of(language, name))]


def groups_of(language: str) -> list[tuple[Text, list[GuidePage]]]:
    """Return the contents of the guide."""
    return [(group, [page for name in names if (page := page_of(language, name))]) for group, names in GROUPS]


def beside(language: str, name: str) -> tuple[GuidePage | None, GuidePage | None]:
    """Return the pages before and after this one."""
    place = PAGES.index(name)
    before, after = PAGES[place - 1 : place] if place else (), PAGES[place + 1 : place + 2]
    return (page_of(language, before[0]) if before else None, page_of(language, after[0]) if after else None)
