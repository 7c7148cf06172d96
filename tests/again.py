"""`python -m tests.again …`: pytest with these arguments, and once more, one after the other, what failed.

A test that passes only then is named in the end: a person looks at why it was not steady. What fails twice has failed,
and so have more tests than `MOST`, which no chance explains.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

MOST = 5
SOME_FAILED = 1
ALONE = ("-n", "0", "--dist", "no", "--last-failed", "--last-failed-no-failures", "none")


def main(arguments: Sequence[str]) -> int:
    """Return the status of the first run, or that of the second where there was one."""
    with TemporaryDirectory(prefix="tomoru-again-") as directory:
        kept = ("-o", f"cache_dir={directory}")
        status = _run(*arguments, *kept)
        failed = _failed(Path(directory))
        if status != SOME_FAILED or not failed:
            return status
        if len(failed) > MOST:
            _say(f"{len(failed)} tests failed; only up to {MOST} get a second try.")
            return status
        _say(f"A second try, one after the other, for {len(failed)}:", *failed)
        status = _run(*arguments, *kept, *ALONE)
        steady = set(_failed(Path(directory)))
        passed = [name for name in failed if name not in steady]
        if status in (0, SOME_FAILED) and passed:
            _say("PASSED ONLY AT THE SECOND TRY, look at why:", *passed)
        return status


def _run(*arguments: str) -> int:
    """Run pytest to its end, also when a terminal or a runner asks us to end."""
    with subprocess.Popen([sys.executable, "-m", "pytest", *arguments]) as process:
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        return process.wait()


def _failed(directory: Path) -> list[str]:
    """Return the names that pytest noted in its cache as failed last."""
    noted = directory / "v" / "cache" / "lastfailed"
    return sorted(json.loads(noted.read_text())) if noted.exists() else []


def _say(first: str, *lines: str) -> None:
    sys.stdout.write("\n".join((f"\n{first}", *(f"  {line}" for line in lines))) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
