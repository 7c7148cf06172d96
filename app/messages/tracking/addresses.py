"""Public addresses of tracked links and images, set once by the factory from the settings."""

from __future__ import annotations

import re
import secrets
import string
from urllib.parse import urlsplit

from app.core.config import Config
from app.messages.content.web_address import WEB, is_openable

LETTERS = string.ascii_letters + string.digits
# Sixty-five bits: neither guessed nor drawn twice.
LENGTH = 11
CODE = re.compile(r"[0-9A-Za-z]{11}")
# These hosts act inside of LINE; a redirect would open a browser instead.
OF_LINE = ("line.me", "lin.ee")
# LINE reads these of the address that it opens, and not of the one that this leads to.
READ_BY_LINE = ("openExternalBrowser=1", "openInAppBrowser=0")


class Addresses:
    """Beginnings of addresses without a trailing slash: `short` for links, `media` for images and stored files.

    `liff` is where LINE opens LIFF apps, `liff_sdk` the script that LINE wants on their pages.
    """

    def __init__(self) -> None:
        self.short = self.media = "http://127.0.0.1:8000"
        self.liff, self.liff_sdk = "https://liff.line.me", ""

    def use(self, config: Config) -> None:
        """Take them from the settings."""
        self.short, self.media = config.short_url or config.public_url, config.public_url
        self.liff, self.liff_sdk = config.line_liff_url, config.line_liff_sdk_url

    def link(self, code: str, target: str) -> str:
        """Return the address of a link; what LINE reads of the target's query stands in it, too."""
        query = next((one for one in READ_BY_LINE if one in _query_parts(target)), "")
        return f"{self.short}/l/{code}" + (f"?{query}" if query else "")

    def image(self, code: str) -> str:
        """Return the address of an image; a width may stand behind it, as LINE's imagemap asks."""
        return f"{self.media}/o/{code}"

    def through_liff(self, liff_id: str, code: str, ticket: str) -> str:
        """Return the address at which LINE opens the LIFF app, which asks LINE who taps, and then leads on."""
        return f"{self.liff}/{liff_id}/{code}/{ticket}"

    def media_key(self, address: str) -> tuple[str, str] | None:
        """Return key and rest ("" or "/460") of a public address of a stored file of ours; None for others."""
        found = re.fullmatch(re.escape(self.media) + r"/media/([A-Za-z0-9_-]+)((?:/[0-9]+)?)", address)
        return (found[1], found[2]) if found else None


addresses = Addresses()


def new_code() -> str:
    """Return a code that cannot be guessed."""
    code, number = "", secrets.randbelow(len(LETTERS) ** LENGTH)
    for _ in range(LENGTH):
        number, digit = divmod(number, len(LETTERS))
        code += LETTERS[digit]
    return code


def _query_parts(address: str) -> tuple[str, ...]:
    """Return the parts of an address' query."""
    return tuple(address.partition("#")[0].partition("?")[2].split("&"))


def is_trackable(address: str) -> bool:
    """Return whether a redirect may lead there: a web address that is not one of LINE's own, as far as it is known."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    host = f".{(parts.hostname or '').lower()}"
    is_web = parts.scheme.lower() in WEB and is_openable(parts.netloc.rpartition("@")[2])
    return is_web and not host.endswith(tuple(f".{one}" for one in OF_LINE))
