"""Contacts and companies in any number that take no memory: each is computed from its place.

Two portals have the same people at the same ids, so that a mix-up of tenants shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.line.names import ENGLISH_FAMILY, ENGLISH_GIVEN, FAMILY, GIVEN

FIRST_ID = 1001
# Records that are made get ids from here on, beyond any that is computed.
FIRST_MADE = 500_000_001
FIRST_MODIFIED = 1_767_225_600_000
MAIL = "@people.example"
CITIES = ("東京", "大阪", "名古屋", "札幌", "福岡", "仙台", "京都", "Yokohama")
STAGES = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")
INDUSTRIES = ("商店", "商事", "工房", "珈琲", "製菓", "出版", "観光", "運輸")
MASK = (1 << 64) - 1


@dataclass
class PopulationSettings:
    """How many records are computed, and how many of them share one modification time."""

    contacts: int = 0
    companies: int = 0
    per_stamp: int = 1


def _luck(index: int) -> int:
    value = (index * 0x9E3779B97F4A7C15 + 1) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    return value ^ (value >> 27)


def stamp(index: int, per_stamp: int) -> int:
    """Return when record number `index` was made and last changed; it never falls with the index."""
    return FIRST_MODIFIED + index // max(1, per_stamp) * 1000


Make = Callable[[int, int], str]

# Each value follows from the place of the record and from its luck, a number that looks random.
CONTACT: dict[str, Make] = {
    "email": lambda index, _luck: f"person{index + 1}{MAIL}",
    "firstname": lambda _index, luck: _name(luck, luck >> 8, ENGLISH_GIVEN, GIVEN),
    "lastname": lambda _index, luck: _name(luck, luck >> 16, ENGLISH_FAMILY, FAMILY),
    "phone": lambda _index, luck: f"+8190{luck % 100_000_000:08d}",
    "city": lambda _index, luck: CITIES[(luck >> 24) % len(CITIES)],
    "lifecyclestage": lambda _index, luck: STAGES[(luck >> 32) % len(STAGES)],
}
COMPANY: dict[str, Make] = {
    "name": lambda index, luck: f"{FAMILY[luck % len(FAMILY)]}{INDUSTRIES[(luck >> 8) % len(INDUSTRIES)]} {index + 1}",
    "domain": lambda index, _luck: f"company{index + 1}.example",
    "city": lambda _index, luck: CITIES[(luck >> 16) % len(CITIES)],
}


def _name(luck: int, draw: int, english: tuple[str, ...], japanese: tuple[str, ...]) -> str:
    names = english if luck % 10 == 0 else japanese
    return names[draw % len(names)]


def luck_of(index: int, *, is_contact: bool) -> int:
    """Return the number that a record's values are drawn with."""
    return _luck(index if is_contact else index + 7)


def properties_of(index: int, *, is_contact: bool) -> dict[str, str]:
    """Return the values of contact or company number `index`."""
    luck = luck_of(index, is_contact=is_contact)
    return {name: make(index, luck) for name, make in (CONTACT if is_contact else COMPANY).items()}


def index_of_mail(email: str) -> int | None:
    """Return whose address this is; None for one that no computed contact has."""
    digits = email.removeprefix("person").removesuffix(MAIL)
    if not digits.isdecimal() or len(digits) > 9 or digits.startswith("0") or email != f"person{digits}{MAIL}":
        return None
    return int(digits) - 1
