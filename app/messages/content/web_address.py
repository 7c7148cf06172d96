"""Say what is wrong with an address that a link opens, wherever a link can stand."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address

from app.core.i18n import Text, _l

SCHEMES = ("http", "https", "line", "tel")
WEB = ("http", "https")
# RFC 1035: a name has 253 characters, its labels between dots 63, as the DNS writes them.
LONGEST_NAME, LONGEST_LABEL = 253, 63
_LABEL = re.compile(r"[^\W_]([\w-]*[^\W_])?")
_PORT = re.compile(r"[0-9]{1,5}")
# Browsers take a name whose last label is such a number for an IPv4 address.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
NOT_WHOLE = _l("Write the whole address, beginning with https://.")
NO_HOST = _l("The address needs its host, as in https://www.example.com/, before anything that is filled in.")
WRONG_HOST = _l(
    "No browser can open this address: its host or port cannot be. Write it as in https://www.example.com/."
)


def wrong_address(start: str, *, is_whole: bool, schemes: tuple[str, ...] = SCHEMES) -> Text | None:
    """Return what LINE or a reader's phone would not take of an address; None when it is fine.

    `start` is the part before the first personal value, `is_whole` says that there is none.
    """
    scheme, colon, rest = start.partition(":")
    if not colon or scheme.lower() not in schemes:
        return NOT_WHOLE
    if not rest.strip("/"):
        return NOT_WHOLE if is_whole or scheme.lower() not in WEB else NO_HOST
    if any(one.isspace() for one in start):
        return _l("An address holds no blanks.")
    if scheme.lower() not in WEB:
        return None
    host, is_ended = _host(rest)
    if not host or "@" in host or not (is_whole or is_ended):
        return NO_HOST
    return None if is_openable(host) else WRONG_HOST


def is_openable(host: str) -> bool:
    """Return whether a browser could look for this host, which may end with a port."""
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not colon:
        name = host
    elif not (_PORT.fullmatch(port) and 0 < int(port) < 65_536):
        return False
    if name.startswith("["):
        return name.endswith("]") and _is_address(IPv6Address, name[1:-1])
    labels = unicodedata.normalize("NFKC", name).lower().split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _is_address(IPv4Address, ".".join(labels))
    written = [_in_dns(one) for one in labels]
    is_short = len(".".join(written)) <= LONGEST_NAME and max(map(len, written)) <= LONGEST_LABEL
    return is_short and all(map(_LABEL.fullmatch, labels))


def _in_dns(label: str) -> str:
    """Return the label as the DNS writes it, where letters of other alphabets become longer."""
    return label if label.isascii() else f"xn--{label.encode('punycode', 'replace').decode()}"


def _is_address(kind: type[IPv4Address] | type[IPv6Address], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    # A zone behind an IPv6 address names a network card of one machine.
    return "%" not in text


def _host(rest: str) -> tuple[str, bool]:
    """Return what stands between `//` and the path, and whether something follows it."""
    if not rest.startswith("//"):
        return "", False
    host = re.split(r"[/?#]", rest[2:], maxsplit=1)
    return host[0], len(host) > 1
