"""Hosts as network namespaces on a bridge of their own, each with one cable that can be pulled."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# Addresses that are set aside for tests of networks and belong to no one (RFC 2544).
PREFIX = "198.18.77"
BRIDGE = "tomoru-chaos"
STORES = f"{PREFIX}.1"


@dataclass(frozen=True)
class Host:
    """One namespace, and the end of its cable at the bridge."""

    name: str
    number: int

    @property
    def address(self) -> str:
        """Where the other hosts reach it."""
        return f"{PREFIX}.{self.number}"

    @property
    def namespace(self) -> str:
        """Its name for `ip netns`."""
        return f"tomoru-{self.name}"

    @property
    def cable(self) -> str:
        """The interface at the bridge; names of interfaces have 15 letters at most."""
        return f"tmr-{self.name}"

    def command(self, *words: str) -> tuple[str, ...]:
        """Turn a command into one that runs on this host; the process id stays the command's own."""
        return ("ip", "netns", "exec", self.namespace, *words)

    def cut_off(self) -> None:
        """Pull the cable: nothing arrives any more, and neither side is told."""
        ip("link", "set", self.cable, "down")

    def reconnect(self) -> None:
        """Put the cable back."""
        ip("link", "set", self.cable, "up")


def ip(*words: str) -> None:
    """Call `ip`; raises subprocess.CalledProcessError, with its own words on standard error."""
    subprocess.run(("ip", *words), check=True)


def missing() -> str:
    """Say why hosts cannot be made here; empty when they can."""
    if not sys.platform.startswith("linux"):
        return "network namespaces are Linux's"
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "the program `ip` is missing (Debian's package iproute2)"
    tried = subprocess.run(("ip", "netns", "add", "tomoru-trial"), capture_output=True, text=True, check=False)
    subprocess.run(("ip", "netns", "delete", "tomoru-trial"), capture_output=True, check=False)
    return f"network namespaces are not allowed here ({tried.stderr.strip()})" if tried.returncode else ""


@contextmanager
def network(names: tuple[str, ...]) -> Iterator[dict[str, Host]]:
    """Make these hosts by name, all reaching each other and the stores at `STORES`; take everything down at the end."""
    hosts = {name: Host(name, number) for number, name in enumerate(names, start=11)}
    _take_down(hosts)
    try:
        ip("link", "add", BRIDGE, "type", "bridge")
        ip("address", "add", f"{STORES}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for host in hosts.values():
            _connect(host)
        yield hosts
    finally:
        _take_down(hosts)


def _connect(host: Host) -> None:
    inside = ("-n", host.namespace)
    ip("netns", "add", host.namespace)
    ip("link", "add", host.cable, "type", "veth", "peer", "name", "eth0", "netns", host.namespace)
    ip("link", "set", host.cable, "master", BRIDGE, "up")
    ip(*inside, "address", "add", f"{host.address}/24", "dev", "eth0")
    ip(*inside, "link", "set", "eth0", "up")
    ip(*inside, "link", "set", "lo", "up")


def _take_down(hosts: dict[str, Host]) -> None:
    """Remove what is there; a run that was killed may have left some of it."""
    for host in hosts.values():
        _quietly("link", "delete", host.cable)
        _quietly("netns", "delete", host.namespace)
    _quietly("link", "delete", BRIDGE)


def _quietly(*words: str) -> None:
    subprocess.run(("ip", *words), capture_output=True, check=False)
