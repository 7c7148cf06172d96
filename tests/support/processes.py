"""Where the tests' own embedded servers keep their data."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TOMORU_TEST_DATA", ROOT / ".data" / "test"))
