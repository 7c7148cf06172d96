"""Say what is wrong with an address that a link opens, wherever a link can stand."""

from __future__ import annotations

import re

from app.core.i18n import Text, _l

SCHEMES = ("http", "https", "line", "tel")
WEB = ("http", "https")
# RFC 1035: a name has 253 characters, its labels between dots 63. Letters of other alphabets are written otherwise
# in the DNS; browsers do that.
LONGEST_NAME, LONGEST_LABEL = 253, 63
_LABEL = re.compile(r"[^\W_]([\w-]*[^\W_])?")
_PORT = re.compile(r"[0-9]{1,5}")
_IPV6 = re.compile(r"\[[0-9a-fA-F:.]{2,45}\]")
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
    if not colon or scheme.lower() not in schemes or not rest.strip("/"):
        return NOT_WHOLE
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
    labels = name.split(".")
    is_name = len(name) <= LONGEST_NAME and all(len(one) <= LONGEST_LABEL and _LABEL.fullmatch(one) for one in labels)
    return is_name or _IPV6.fullmatch(name) is not None


def _host(rest: str) -> tuple[str, bool]:
    """Return what stands between `//` and the path, and whether something follows it."""
    if not rest.startswith("//"):
        return "", False
    host = re.split(r"[/?#]", rest[2:], maxsplit=1)
    return host[0], len(host) > 1
