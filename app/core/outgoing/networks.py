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

Network = IPv4Network | IPv6Network
# Addresses of NAT64, which hold an IPv4 address in their last four bytes.
_NAT64 = IPv6Network("64:ff9b::/96")


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
    return is_encrypted and address.is_global and not address.is_multicast


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
