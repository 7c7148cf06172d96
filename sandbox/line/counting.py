"""LINE counts most text in UTF-16 units, and labels and template texts in what a reader sees as one character."""

import unicodedata

JOINER = "\u200d"
REGIONAL = range(0x1F1E6, 0x1F200)
SKIN_TONES = range(0x1F3FB, 0x1F400)


def utf16_units(text: str) -> int:
    """Return the length in UTF-16 code units: characters outside the basic plane, such as most emoji, count two."""
    return len(text) + sum(character > "\uffff" for character in text)


def graphemes(text: str) -> int:
    """Return the number of visible characters."""
    return len(grapheme_list(text))


def grapheme_list(text: str) -> list[str]:
    """Return the visible characters, each whole: marks, joined emoji, skin tones and flags are part of one."""
    found: list[str] = []
    is_joined = flag_is_open = False
    for character in text:
        is_flag_half = ord(character) in REGIONAL
        if found and (character == JOINER or _extends(character) or is_joined or (is_flag_half and flag_is_open)):
            found[-1] += character
            flag_is_open = False
        else:
            found.append(character)
            flag_is_open = is_flag_half
        is_joined = character == JOINER
    return found


def _extends(character: str) -> bool:
    if unicodedata.category(character) in ("Mn", "Me", "Mc"):
        return True
    return ord(character) in SKIN_TONES or "\ufe00" <= character <= "\ufe0f"
