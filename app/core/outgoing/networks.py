"""Which hosts may be called: public addresses, and private networks that the installation allows.

The address is looked at when the connection is made, after its name was looked up, so that a name which leads to the
inside of a network is no way around it.
"""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
# Addresses of NAT64, which hold an IPv4 address in their last four bytes.
_NAT64 = IPv6Network("64:ff9b::/96")
# All public addresses of IPv6 are in here.
_PUBLIC = IPv6Network("2000::/3")


class AddressNotAllowed(OSError):
    """The host leads to an address that may not be called."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "This address may not be called.")


@dataclass
class AllowedNetworks:
    """Private networks that may be called as well; set once by the factory."""

    networks: tuple[Network, ...] = ()


allowed = AllowedNetworks()


def is_allowed(written: str, *, is_encrypted: bool) -> bool:
    """Return whether the address may be called; without encryption only within the allowed networks."""
    address = _innermost(ip_address(written.partition("%")[0]))
    if any(address in network for network in allowed.networks):
        return True
    return is_encrypted and _is_public(address)


def may_lead_to(url: str) -> bool:
    """Return whether a URL may be called, as far as it tells: a name is looked up when it is called."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return True
    address = _written_in(host)
    return address is None or is_allowed(address, is_encrypted=parts.scheme == "https")


def _written_in(host: str) -> str | None:
    """Return the address that a host is written as, also in the short forms that systems read, such as 127.1."""
    if host == "localhost" or host.endswith(".localhost"):
        return "127.0.0.1"
    try:
        return host if ":" in host and ip_address(host) else socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    is_assigned = isinstance(address, IPv4Address) or address in _PUBLIC
    return is_assigned and address.is_global and not address.is_multicast


def _innermost(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def guarded_socket(*, is_encrypted: bool) -> Any:
    """Return how sockets are made for connections; one to an address that may not be called raises."""

    def make(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _name, place = info
        if not is_allowed(str(place[0]), is_encrypted=is_encrypted):
            raise AddressNotAllowed
        return socket.socket(family, kind, protocol)

    return make
