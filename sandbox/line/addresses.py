"""Which web addresses LINE would take. Real ones must be https; hosts near by may use plain http here."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit


def is_web_address(value: Any, longest: int) -> bool:
    """Whether it is an https address of at most so many characters; http only for this machine or network."""
    if not isinstance(value, str) or len(value) > longest:
        return False
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or any(character.isspace() for character in value):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_near(host))


def _is_near(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".test"))
