"""Characters that cannot be seen, turn direction, or belong together."""

from __future__ import annotations

import pytest

from app.core.characters import initial, is_visible, isolated
from app.core.i18n import _, in_language, listed, ngettext


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("", ""),
        ("\u3164\u2800", ""),
        ("hanako", "H"),
        ("花子", "花"),
        ("  \u200b花子", "花"),
        ("か\u3099んな", "か\u3099"),
        ("ｶﾞﾝ", "ｶﾞ"),
        ("🇯🇵🇺🇸", "🇯🇵"),
        ("👩\u200d👩\u200d👧 family", "👩\u200d👩\u200d👧"),
        ("👍🏽!", "👍🏽"),
        ("1\ufe0f\u20e3", "1\ufe0f\u20e3"),
        ("ßa", "ß"),
        # Not in the Unicode data of every Python; it is drawn all the same.
        ("\U0001fae8", "\U0001fae8"),
    ],
)
def test_an_initial_is_a_whole_character_that_can_be_seen(name: str, first: str) -> None:
    assert initial(name) == first


@pytest.mark.parametrize(
    "text", ["", " ", "\u3000\u00a0", "\u3164", "\u2800", "\u115f\uffa0", "\ufe0f", "\x00\x1b", "\u200e"]
)
def test_some_text_cannot_be_seen(text: str) -> None:
    assert not is_visible(text)
    assert is_visible(text + "a")


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("花子", "花子"),
        ("שלום", "\u2068שלום\u2069"),
        ("a\u202eb", "\u2068ab\u2069"),
        ("a\u2069b", "\u2068ab\u2069"),
        # Isolates that this function set itself stay where they are.
        ("\u2068שלום\u2069, 12", "\u2068\u2068שלום\u2069, 12\u2069"),
    ],
)
def test_only_text_that_could_turn_others_is_isolated(text: str, alone: str) -> None:
    assert isolated(text) == alone


def test_names_in_sentences_keep_their_own_direction(app: object) -> None:
    with in_language("en"):
        assert _("The tag “%(name)s” was deleted.", name="שלום") == "The tag “\u2068שלום\u2069” was deleted."
        assert ngettext("%(num)s of %(name)s", "%(num)s of %(name)s", 2, name="שלום") == "2 of \u2068שלום\u2069"
        assert listed(["שלום", "12"]) == "\u2068שלום\u2069 and 12"
