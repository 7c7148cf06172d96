"""The garbage collector of a process that starts, and of one that ends."""

from __future__ import annotations

import subprocess
import sys

from tests.support.processes import ROOT

# Said after all that the program itself does at the end.
LOOK = """import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 0))
import app
print(gc.get_threshold()[0])"""


def test_it_looks_seldom_from_the_start_and_leaves_the_program_out_at_the_end() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["50000", "True"]
