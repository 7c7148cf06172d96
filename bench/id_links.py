"""ID links: a file of 9,000,000 rows imported, against COPY and one INSERT … SELECT … ON CONFLICT on the same database.

The reference checks nothing, counts nothing and says nothing. Its table has the very columns and indexes of ours. Into
a full table means: the same people again, a tenth of them with another user ID. Checking is measured by itself, and
against Polars, if that is installed, which is the obvious other way. `BENCH_ROWS=1000000` measures less.
"""

from __future__ import annotations

import io
import os
import random
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import psycopg

from app.core.config import Config
from app.core.db import db
from app.core.runs.models import Run
from app.core.runs.operations import advance
from app.factory import create_app
from app.imports.id_links.operations import Options, start_import
from app.imports.id_links.pipeline.validate import RowPosition, parse_window
from app.imports.id_links.pipeline.window import WINDOW
from app.imports.id_links.upload import Sender, Upload
from app.line.models import Account
from app.team.actors import SYSTEM
from app.team.models import Member
from bench._population import populate
from bench.friend_import import apart
from bench.harness import Result, installation, milliseconds, peak_rss_mb, percentile
from tests.conftest import signed_in
from tests.factories import team

ROWS = int(os.environ.get("BENCH_ROWS", "9000000"))
FEW = max(1, ROWS * 50 // 468)
FRIENDS = 100_000
HEADER = b"line_user_id,user_id\n"
ALLOWED_PAGE_MS = 500
ALLOWED_MB = 300
MB = 1_000_000

_REFERENCE = (
    "INSERT INTO bench_links (account_id, line_user_id, user_id) SELECT 1, line_user_id, user_id FROM bench_rows"
    " ON CONFLICT (account_id, line_user_id) DO UPDATE SET user_id = excluded.user_id, updated_at = now()"
    " WHERE bench_links.user_id <> excluded.user_id"
)


def run() -> list[Result]:
    """Measure imports into an empty and a full table, memory at two sizes, checking alone, and the friends page."""
    with tempfile.TemporaryDirectory() as directory, installation("id_links") as place:
        first, second, few = (Path(directory) / name for name in ("first.csv", "second.csv", "few.csv"))
        write(first, ROWS)
        write(second, ROWS, changed=True)
        write(few, FEW)
        account_id = apart(prepare, place.env)
        url = place.database_url.replace("+psycopg", "")
        rows = [validation(first)]
        small_mb = apart(import_file, place.env, account_id, few)[1]
        _sql(url, "TRUNCATE id_links")
        for name, file in (("empty", first), ("full", second)):
            reference = refer(url, file)
            with page_times(place.env, account_id) as pages:
                seconds, peak, received = apart(import_file, place.env, account_id, file)
            rows += [
                Result(f"id_links.{name}", seconds, "s", reference, "lower", ROWS, peak),
                Result(f"id_links.{name}.receiving", received, "s", reference, "lower", ROWS, peak),
                page_result(name, pages),
                Result(f"id_links.{name}.memory", peak, "MB", ALLOWED_MB, "lower", ROWS, peak),
            ]
        rows.append(Result("id_links.memory_growth", peak, "MB", small_mb, "lower", ROWS, peak))
    return rows


def page_result(name: str, times: list[float]) -> Result:
    """Return all but the slowest hundredth, which is another program's on a machine that does other things too."""
    slow = percentile(times, 0.99)
    return Result(f"id_links.{name}.friends_page", slow, "ms", ALLOWED_PAGE_MS, "lower", len(times))


def write(path: Path, rows: int, changed: bool = False) -> None:
    """Write a file of so many rows in random order, 52 bytes each; the same people every time."""
    dice = random.Random(7)
    with path.open("wb") as file:
        file.write(HEADER)
        for first in range(0, rows, 100_000):
            count = min(100_000, rows - first)
            ids = dice.randbytes(16 * count).hex()
            users = [dice.randrange(10**10) for _ in range(count)]
            if changed:
                users = [10**10 - 1 - user if user % 10 == 0 else user for user in users]
            lines = (f"U{ids[32 * at : 32 * at + 32]},member-{users[at]:010d}\n" for at in range(count))
            file.write("".join(lines).encode())


def prepare(env: dict[str, str]) -> int:
    """Store an account with friends, and a member who may look at them."""
    app = create_app(Config.from_env(env))
    with app.app_context():
        account = Account(webhook_key="bench", bot_user_id="Ubench", basic_id="@bench", name="Benchmark")
        db.session.add(account)
        db.session.commit()
        team.administrator(name="Alice", email="alice@example.com")
        account_id = account.id
        with db.engine.connect() as connection:
            populate(connection, account_id, FRIENDS)
    return account_id


def import_file(env: dict[str, str], account_id: int, path: Path) -> tuple[float, float, float]:
    """Receive a file and import it as a worker does: seconds, peak memory in MB, and the seconds of receiving alone."""
    app = create_app(Config.from_env(env))
    with app.app_context():
        account, begin = db.session.get_one(Account, account_id), perf_counter()
        with Upload(account_id, Sender("Benchmark"), path.name, path.stat().st_size) as reception:
            with path.open("rb") as file:
                while piece := file.read(64 * 1024):
                    reception.write(piece)
            run = start_import(account, reception, Options(), actor=SYSTEM)
            db.session.commit()
        run_id, received = run.id, perf_counter() - begin
        while (run := db.session.get_one(Run, run_id, populate_existing=True)).is_active:
            db.session.rollback()
            advance(run_id)
        seconds = perf_counter() - begin
        print(f"  {path.name}: {seconds:.1f} s, {run.state} {run.counts}", flush=True)
        if run.state != "completed":
            raise RuntimeError(f"It did not end well: {run.state} {run.reason}")
    return seconds, peak_rss_mb(), received


def refer(url: str, path: Path) -> float:
    """Measure seconds for COPY into an unlogged table and one INSERT into a table like ours."""
    _sql(url, "CREATE TABLE IF NOT EXISTS bench_links (LIKE id_links INCLUDING ALL)")
    _sql(url, "CREATE UNLOGGED TABLE bench_rows (line_user_id text, user_id text)")
    with psycopg.connect(url, autocommit=True) as connection:
        begin = perf_counter()
        with (
            connection.cursor().copy("COPY bench_rows FROM STDIN (FORMAT CSV, HEADER)") as copy,
            path.open("rb") as file,
        ):
            while piece := file.read(1024 * 1024):
                copy.write(piece)
        connection.execute(_REFERENCE)
        seconds = perf_counter() - begin
    print(f"  {path.name}: reference {seconds:.1f} s", flush=True)
    _sql(url, "DROP TABLE bench_rows")
    _sql(url, "CHECKPOINT")
    return seconds


def validation(path: Path) -> Result:
    """Measure megabytes checked a second, beside the target rate, or beside Polars where it is installed."""
    megabytes = path.stat().st_size / MB
    ours = megabytes / _seconds(lambda: check_all(path))
    try:
        import polars  # noqa: F401, PLC0415
    except ImportError:
        return Result("id_links.checking", ours, "MB/s", 60, "higher", ROWS)
    theirs = megabytes / _seconds(lambda: check_all_with_polars(path))
    return Result("id_links.checking", ours, "MB/s", theirs, "higher", ROWS)


def check_all(path: Path) -> None:
    """Check everything in the file, window by window as a run does it."""
    place, rows, size = RowPosition(), 0, path.stat().st_size
    with path.open("rb") as file:
        place.offset = len(file.readline())
        while place.offset < size:
            file.seek(place.offset)
            data = file.read(WINDOW)
            rows += parse_window(data, place, is_last=place.offset + len(data) == size).rows
    if rows != ROWS:
        raise RuntimeError("Not every row was taken for a good one.")


def check_all_with_polars(path: Path) -> None:
    """Apply the same rules as columns, window by window, and the rows written as CSV for COPY."""
    import polars as pl  # noqa: PLC0415

    fits = pl.col("line_user_id").str.contains(r"^U[0-9A-Za-z]{32}$") & pl.col("user_id").str.len_chars().is_between(
        1, 191
    )
    with path.open("rb") as file:
        file.readline()
        while data := file.read(WINDOW):
            data += file.readline()
            frame = pl.read_csv(io.BytesIO(data), has_header=False, new_columns=["line_user_id", "user_id"])
            if not frame.select(fits.all()).item():
                raise RuntimeError("A row was taken for a bad one.")
            frame.write_csv(None, include_header=False)


@contextmanager
def page_times(env: dict[str, str], account_id: int) -> Iterator[list[float]]:
    """Measure how long the friends page takes, again and again while the block runs."""
    app, stop, times = create_app(Config.from_env(env)), threading.Event(), []

    def look() -> None:
        with app.app_context():
            browser = signed_in(app, db.session.query(Member).one())
        browser.get(f"/accounts/{account_id}/friends")
        while not stop.wait(0.5):
            times.append(milliseconds(lambda: browser.get(f"/accounts/{account_id}/friends")))

    reader = threading.Thread(target=look)
    reader.start()
    yield times
    stop.set()
    reader.join()


def _seconds(action: Callable[[], None]) -> float:
    begin = perf_counter()
    action()
    return perf_counter() - begin


def _sql(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
