"""The sentences of the console in the reader's language, from its own catalogue."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from babel.support import NullTranslations, Translations

CATALOGUES = Path(__file__).parents[2] / "app" / "translations"
Words = Callable[..., str]


def words_in(language: str) -> Words:
    """A function from the English sentence to the reader's; keyword arguments fill the placeholders."""

    def say(sentence: str, **values: object) -> str:
        return str(_catalogue(language).gettext(sentence)) % values

    return say


@lru_cache
def _catalogue(language: str) -> NullTranslations:
    return NullTranslations() if language == "en" else Translations.load(CATALOGUES, [language])
