"""Public files of 100 kB served from disk, against a bare Flask view with `send_file` under the same web server."""

from __future__ import annotations

import io
import os
import secrets
import tempfile
from pathlib import Path
from types import SimpleNamespace

from PIL import Image

from app.core.db import db
from app.media.models import Visibility
from app.media.operations.files import add_file
from app.media.receiving import Incoming
from app.team.actors import SYSTEM
from bench._load import Load, post_all
from bench._processes import web
from bench.harness import Result, installation

SIZE = 100_000
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "4000"))
CONNECTIONS = 32
ROUNDS = 5


def run() -> list[Result]:
    """Measure megabytes a second at saturation."""
    with tempfile.TemporaryDirectory() as folder, installation("media_serve") as here:
        content, copy = _picture(), Path(folder) / "copy.jpg"
        copy.write_bytes(content)
        key = _store(here, content)
        with web(here.env | {"BENCH_FILE": str(copy)}, "bench._bare_files:app") as server:
            loads: dict[str, list[Load]] = {f"/media/{key}": [], "/media/bare/file": []}
            for _ in range(ROUNDS):
                for address, results in loads.items():
                    results.append(post_all(server.port, [_request(address)] * REQUESTS, CONNECTIONS))
            ours, reference = (_megabytes(results, len(content)) for results in loads.values())
            rss_mb = server.memory_mb()
    return [Result("media_serve", ours, "MB/s", reference, "higher", REQUESTS * ROUNDS, rss_mb)]


def _megabytes(loads: list[Load], size: int) -> float:
    return sorted(load.rate for load in loads)[ROUNDS // 2] * size / 1e6


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def _picture() -> bytes:
    """Return a JPEG, filled up to exactly the size."""
    out = io.BytesIO()
    Image.effect_noise((300, 200), 80).save(out, "JPEG")
    return out.getvalue() + secrets.token_bytes(SIZE - len(out.getvalue()))


def _store(here: SimpleNamespace, content: bytes) -> str:
    with here.app.app_context(), Incoming() as incoming:
        incoming.write(content)
        file = add_file(1, incoming.finish(), name="a.jpg", visibility=Visibility.PUBLIC, actor=SYSTEM)
        db.session.commit()
        return str(file.public_key)
