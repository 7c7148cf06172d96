"""`python -m tests.chaos`: every storm in turn, or the one named by STORM, and one line of each on how it went."""

from __future__ import annotations

import os
import random
import signal
import sys

import click

from tests.chaos.storms import STORMS, Storm


def main() -> int:
    """Return 0 when nothing was lost or repeated, or when it cannot be tried here; 1 with what is wrong."""
    seconds, seed, wanted = (
        int(os.environ.get("DURATION") or 60),
        int(os.environ.get("SEED") or 1),
        os.environ.get("STORM"),
    )
    if wanted and wanted not in STORMS:
        click.echo(f"chaos: there is no storm “{wanted}”, but {', '.join(STORMS)}")
        return 1
    # What was made is taken down also when the terminal or a runner of tests ends us.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    names = [wanted] if wanted else list(STORMS)
    return max([_let_loose(name, STORMS[name], seconds, seed) for name in names])


def _let_loose(name: str, storm: Storm, seconds: int, seed: int) -> int:
    reason = storm.cannot_run()
    if reason:
        click.echo(f"chaos {name}: skipped: {reason}")
        return 0
    try:
        faults, words = storm.run(seconds, random.Random(seed))
    except Exception as error:
        faults, words = [repr(error)], ""
    told = f"FAILED: {'; '.join(faults)}" if faults else f"passed: {words}"
    click.echo(f"chaos {name}: {told} (DURATION={seconds} SEED={seed})")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
