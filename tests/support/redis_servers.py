"""Redis servers of one test alone on free ports: with a password, behind TLS, watched by a Sentinel."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.embedded import programs
from tests.support.waiting import wait_until

HOST, PASSWORD = "127.0.0.1", "correct horse/battery@staple"
# Where no Redis is. Connect to it as the program does: a client of redis-py's own making asks again for seconds.
NOWHERE = "redis://127.0.0.1:1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class RedisServer:
    """One process on a port of its own; ends with `stop`."""

    def __init__(self, directory: Path, *options: str, sentinel: bool = False) -> None:
        self.port = free_port()
        config = directory / f"redis-{self.port}.conf"
        lines = [f"port {self.port}", f"bind {HOST}", f"dir {directory}", *options]
        lines += [] if sentinel else ['save ""', f'requirepass "{PASSWORD}"', f'masterauth "{PASSWORD}"']
        config.write_text("\n".join(lines) + "\n")
        self._command = [str(programs.redis_program()), str(config), *(["--sentinel"] if sentinel else [])]
        self.client = redis.Redis(HOST, self.port, password=None if sentinel else PASSWORD)
        self._start()

    def _start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        wait_until(self._answers, f"Redis answers on port {self.port}")

    def crash(self) -> None:
        """Kill it and start it again; it holds nothing then."""
        self.process.kill()
        self.process.wait()
        self._start()

    def _answers(self) -> bool:
        with suppress(redis.ConnectionError):
            return bool(self.client.ping())
        return False

    def stop(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()


@contextmanager
def redis_server(directory: Path, *options: str, sentinel: bool = False) -> Iterator[RedisServer]:
    server = RedisServer(directory, *options, sentinel=sentinel)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def tls_in_front(port: int, directory: Path) -> Iterator[tuple[int, Path]]:
    """A port that speaks TLS and hands on to `port`, and the certificate that clients have to know."""
    chain, key = certificate(directory)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    with socket.create_server((HOST, 0)) as listener:
        threading.Thread(target=_accept, args=(listener, context, port), daemon=True).start()
        yield int(listener.getsockname()[1]), chain
        # Wakes the thread that accepts, which closing alone does not.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError):
        while True:
            outside, _address = listener.accept()
            threading.Thread(target=_join, args=(outside, context, port), daemon=True).start()


def _join(outside: socket.socket, context: ssl.SSLContext, port: int) -> None:
    """Hand bytes to and fro until one side ends."""
    with (
        suppress(OSError),
        context.wrap_socket(outside, server_side=True) as client,
        socket.create_connection((HOST, port)) as server,
    ):
        threading.Thread(target=_copy, args=(server, client), daemon=True).start()
        _copy(client, server)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def certificate(directory: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Redis of a test")])
    moment = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(moment - datetime.timedelta(days=1))
    builder = builder.not_valid_after(moment + datetime.timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    builder = builder.add_extension(names, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signed = builder.sign(key, hashes.SHA256())
    certificate, secret = directory / "redis.crt", directory / "redis.key"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret
