"""The two languages of the pages: English stands in the pages themselves, Japanese in one small dictionary."""

import json
from functools import cache
from pathlib import Path

from aiohttp import web

LANGUAGES = {"en": "English", "ja": "日本語"}
COOKIE = "sandbox_language"
YEAR = 365 * 24 * 3600


@cache
def dictionary(language: str) -> dict[str, str]:
    """Return the translations into this language; English needs none."""
    path = Path(__file__).parent / "words" / f"{language}.json"
    words: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return words


def language_of(request: web.Request) -> str:
    """Return what the reader chose, else the first language of their browser that the pages speak."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    for _, tag in sorted(_wishes(request.headers.get("Accept-Language", "")), reverse=True):
        if tag in LANGUAGES:
            return tag
    return "en"


def _wishes(header: str) -> list[tuple[float, str]]:
    """Return weight and language of each wish; of equal wishes the earlier one weighs a little more."""
    wishes = []
    for place, part in enumerate(header.split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((float(weight or 1) - place / 1000, tag.split("-")[0].lower()))
        except ValueError:
            continue
    return wishes


def say(language: str, text: str, **values: object) -> str:
    """Return the text in this language; `{name}` stands for a value."""
    text = dictionary(language).get(text, text)
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
