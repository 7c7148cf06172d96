"""`python -m bench [--only name]`: run the benchmarks, print a table, and write bench/results.json."""

from __future__ import annotations

import argparse
import json
import pkgutil
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import bench
from bench.harness import run_one

RESULTS = Path(__file__).parent / "results.json"
NOT_BENCHMARKS = {"__main__", "harness"}
Row = dict[str, object]


def main() -> int:
    """Run what was asked for; each benchmark has a process of its own, so that memory figures do not mix."""
    arguments = _arguments()
    rows: list[Row] = []
    for name in [arguments.only] if arguments.only else benchmarks():
        print(f"{name} …", flush=True)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            rows += pool.submit(run_one, name).result()
    write(rows)
    print_table(rows)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=bench.__doc__)
    parser.add_argument("--only", choices=benchmarks(), help="run this benchmark alone")
    return parser.parse_args()


def benchmarks() -> list[str]:
    """Return the modules that offer `run`: all of this package but the harness and those that begin with _."""
    names = (module.name for module in pkgutil.iter_modules(bench.__path__))
    return sorted(name for name in names if name not in NOT_BENCHMARKS and not name.startswith("_"))


def write(rows: Iterable[Row]) -> None:
    """Put the rows in place of earlier ones of the same benchmarks; results of others stay."""
    fresh = list(rows)
    again = {_benchmark(row) for row in fresh}
    earlier: list[Row] = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    kept = [row for row in earlier if _benchmark(row) not in again]
    RESULTS.write_text(json.dumps(sorted(kept + fresh, key=_benchmark), ensure_ascii=False, indent=2) + "\n")


def _benchmark(row: Row) -> str:
    return str(row["name"]).partition(".")[0]


def print_table(rows: list[Row]) -> None:
    """One line a result: ours, the reference and their ratio."""
    width = max((len(str(row["name"])) for row in rows), default=4)
    print(f"{'':{width}} {'ours':>12} {'reference':>12} {'unit':10} {'ratio':>7} better {'MB':>6} {'n':>9}")
    for row in rows:
        print(
            f"{row['name']:{width}} {row['value']:>12} {row['reference']:>12} {row['unit']:10} "
            f"{row['ratio']:>7} {row['better']:6} {row['rss_mb']:>6} {row['n']:>9}"
        )


if __name__ == "__main__":
    sys.exit(main())
