"""What benchmarks share: a result, runs that alternate, peak memory, and a throw-away installation.

A benchmark is a module of this package with `run() -> list[Result]`; its results' names begin with the module's.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from statistics import median
from time import perf_counter
from types import SimpleNamespace

from cryptography.fernet import Fernet
from flask import Flask
from flask_migrate import upgrade

from app.core.config import Config
from app.core.db import db
from app.embedded import databases, servers
from app.factory import create_app

ROOT = Path(__file__).parent.parent
DATA = ROOT / ".data" / "bench"
STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Result:
    """One line of the table. `ratio` is value ÷ reference; `better` is "higher" (rates) or "lower" (times)."""

    name: str
    value: float
    unit: str
    reference: float
    better: str
    n: int
    rss_mb: float | None = None
    # Only where the reference is a formula of what was measured; otherwise value ÷ reference.
    ratio: float | None = None

    def as_dict(self) -> dict[str, object]:
        """As it stands in results.json."""
        ratio = self.value / self.reference if self.ratio is None else self.ratio
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "reference": round(self.reference, 3),
            "ratio": round(ratio, 3),
            "better": self.better,
            "rss_mb": round(peak_rss_mb() if self.rss_mb is None else self.rss_mb, 1),
            "n": self.n,
        }


def alternate(*sides: Callable[[], float], rounds: int) -> list[float]:
    """Call each side in turn, `rounds` times over, and give the median of what each returned."""
    figures: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for figure, side in zip(figures, sides, strict=True):
            figure.append(side())
    return [median(figure) for figure in figures]


def run_one(name: str) -> list[dict[str, object]]:
    """Run one benchmark and return its results; here because a spawned process cannot import `__main__`."""
    return [result.as_dict() for result in import_module(f"bench.{name}").run()]


def milliseconds(action: Callable[[], object]) -> float:
    """Measure how long one call took."""
    start = perf_counter()
    action()
    return (perf_counter() - start) * 1000


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share (0.99) of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def peak_rss_mb() -> float:
    """Return the most memory that this process has held so far."""
    if STATUS.exists():
        # Linux' getrusage also counts what the parent held when it started this process.
        peak = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


@contextmanager
def installation(name: str, data: Path = DATA) -> Iterator[SimpleNamespace]:
    """Yield an empty, migrated installation on embedded servers: `app`, `config`, `env`, `database_url`, `redis_url`.

    `env` starts further processes on it, `stores` are the servers. The database is dropped at the end.
    """
    with servers.start(data) as started:
        databases.drop_database(started.database_url, f"bench_{name}")
        url = databases.create_database(started.database_url, f"bench_{name}")
        env = _environment(url, started.redis_url)
        app = create_app(Config.from_env(env))
        app.extensions["redis"].flushdb()
        try:
            with app.app_context():
                upgrade()
            yield SimpleNamespace(
                app=app,
                config=app.config["TOMORU"],
                env=env,
                database_url=url,
                redis_url=started.redis_url,
                stores=started,
            )
        finally:
            _let_go(app)
            databases.drop_database(started.database_url, f"bench_{name}")


def _environment(database_url: str, redis_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": "for benchmarks only, not a secret at all",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "LOG_LEVEL": "WARNING",
    }


def _let_go(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
