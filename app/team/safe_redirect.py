"""Where to go next, as told by a form or an address: only ever to a page of our own."""

from __future__ import annotations

from urllib.parse import urlsplit


def own_path(address: str | None, otherwise: str = "/") -> str:
    """Return the path of an address with its query when it stays on this site, else `otherwise`.

    Browsers read `//host`, `/\\host` and a slash followed by a tab as other sites, so these are refused.
    """
    path = (address or "").strip()
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return otherwise
    if any(ord(character) < 0x21 or ord(character) == 0x7F for character in path):
        return otherwise
    try:
        parts = urlsplit(path)
    except ValueError:
        return otherwise
    return path if not parts.scheme and not parts.netloc else otherwise
