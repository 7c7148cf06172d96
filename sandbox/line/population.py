"""A crowd of any size that takes no memory: person number N is computed, and a user id is turned back into N.

The id is N sent through a keyed permutation of 128 bits (a Feistel network), so ids look random, never
collide, and an id that belongs to no person is recognised without a table.
"""

import hashlib

from sandbox.line import names
from sandbox.line.people import DRAWN, Person, PopulationSettings

MASK = (1 << 64) - 1
ROUNDS = 4


def _mix(value: int) -> int:
    """Scramble 64 bits (the finishing steps of the splitmix generator)."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


class Population:
    """The synthesised people of one channel."""

    def __init__(self, seed: str, settings: PopulationSettings) -> None:
        digest = hashlib.sha512(seed.encode()).digest()
        self._keys = [int.from_bytes(digest[i * 8 : i * 8 + 8]) for i in range(ROUNDS)]
        self._salt = int.from_bytes(digest[56:64])
        self.settings = settings

    def user_id(self, index: int) -> str:
        """Return the user id of person number `index`."""
        left, right = index >> 64, index & MASK
        for key in self._keys:
            left, right = right, left ^ _mix((right + key) & MASK)
        return f"U{left << 64 | right:032x}"

    def index_of(self, user_id: str) -> int | None:
        """Return the number behind a user id, or None when no person of this population has it."""
        whole = int(user_id[1:], 16)
        left, right = whole >> 64, whole & MASK
        for key in reversed(self._keys):
            left, right = right ^ _mix((left + key) & MASK), left
        index = left << 64 | right
        return index if index < self.settings.followers else None

    def fate(self, index: int) -> str:
        """Return what became of this person: `friend`, `blocked`, `no-consent` or `gone`."""
        settings = self.settings
        if not (settings.blocked or settings.no_consent or settings.gone):
            return "friend"
        draw = _mix((index + self._salt) & MASK) / MASK
        for fate, share in (
            ("blocked", settings.blocked),
            ("no-consent", settings.no_consent),
            ("gone", settings.gone),
        ):
            if draw < share:
                return fate
            draw -= share
        return "friend"

    def person(self, index: int) -> Person:
        """Return person number `index` with name, picture and everything, always the same."""
        luck = _mix((index ^ self._salt) & MASK)
        fate = self.fate(index)
        return Person(
            user_id=self.user_id(index),
            display_name=names.display_name(luck),
            picture_url=DRAWN if luck >> 8 & 0xFF < 218 else None,
            status_message=names.status_message(luck >> 16) if luck >> 24 & 0xFF < 100 else None,
            language=names.language(luck) if luck >> 32 & 0xFF < 250 else None,
            state="blocked" if fate == "blocked" else "friend",
            consent=fate != "no-consent",
            gone=fate == "gone",
        )
