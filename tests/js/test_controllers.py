"""The controllers of the pages: each unit test file in Node's test runner, and each controller known and tested."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(Path(__file__).parent.glob("*.test.js"))
CONTROLLERS = ROOT / "app" / "static" / "js" / "controllers"
# Those of one large page or of the chat are registered by a script of their own.
ENTRIES = (CONTROLLERS.parent / "builder.js", CONTROLLERS.parent / "chat.js")
NAMES = sorted(path.stem for path in CONTROLLERS.glob("*.js") if path.stem != "index")


@pytest.fixture(scope="session")
def node() -> Path:
    """The Node.js that the set-up uses: this machine's, or the one of the wheel."""
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'bin')!r}); import _assets; print(_assets.node())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return Path(found.stdout.splitlines()[-1])


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name.partition(".")[0])
def test_in_node(node: Path, file: Path) -> None:
    command = [node, "--test", "--test-reporter=spec", file]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"pass (\d+)", done.stdout)
    assert passed and int(passed[1]) > 0


@pytest.mark.parametrize("name", NAMES)
def test_each_controller_is_registered_and_tested(name: str) -> None:
    module = f"#js/controllers/{name}.js"
    assert any(module in path.read_text() for path in (CONTROLLERS / "index.js", *ENTRIES))
    assert any(module in path.read_text() for path in FILES), f"No test file imports {module}."
