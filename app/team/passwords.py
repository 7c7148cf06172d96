"""Passwords: what is acceptable, how they are stored (scrypt), and checking them in the same time for any address."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from werkzeug.security import check_password_hash, generate_password_hash

from app.core.errors import InvalidInput
from app.core.i18n import Text, _l

LEAST = 10
MOST = 256
# Every try costs a guesser 32 MB and some 60 ms.
METHOD = "scrypt:32768:8:1"
# Long enough to pass the length rule, and tried first by anybody who guesses.
COMMON = frozenset((Path(__file__).parent / "common_passwords.txt").read_text().split())


def check_strength(password: str, email: str, name: str, field: str = "password") -> None:
    """Raise InvalidInput for `field` when this password would be too easy to guess for this person."""
    problem = _weakness(password, email, name)
    if problem:
        raise InvalidInput({field: problem})


def _weakness(password: str, email: str, name: str) -> Text | None:
    plain = _form(password).casefold()
    if len(plain) < LEAST:
        return _l("Use at least %(least)s characters.", least=LEAST)
    if len(password) > MOST:
        return _l("Use at most %(most)s characters.", most=MOST)
    own = {email.casefold(), email.partition("@")[0].casefold(), _form(name).casefold()}
    if {plain, plain.replace(" ", "")} & (own | {word.replace(" ", "") for word in own}):
        return _l("Choose something else than your name or e-mail address.")
    if plain in COMMON or len(set(plain)) < 4:
        return _l("This password is among the first that others would guess. Choose another one.")
    return None


def hashed(password: str) -> str:
    """Return what is stored of a password."""
    return generate_password_hash(_form(password), METHOD)


def matches(stored: str | None, password: str) -> bool:
    """Return whether this is the password. Without a stored one it takes as long and is False."""
    fits = check_password_hash(stored or _decoy(), _form(password[:MOST]))
    return fits and stored is not None


@cache
def _decoy() -> str:
    """Return a hash with the cost of a real one."""
    return generate_password_hash("no member signs in with this", METHOD)


def _form(text: str) -> str:
    """Normalize characters that keyboards produce in several ways, such as full-width digits."""
    return unicodedata.normalize("NFKC", text)
