"""What the set-up's steps share: where things are, words, running programs, marks of what is done."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PIP_INSTALL = (PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes")


class SetupError(Exception):
    """The set-up cannot go on; the message is one sentence that says what to do."""


def say(words: str) -> None:
    """Tells the person at the keyboard what is being done."""
    print(f"· {words}", flush=True)


def run(*command: str | Path, failure: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Runs a program, shows what it says, and raises SetupError with the sentence when it fails."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=os.environ | (env or {}), check=False)
    if done.returncode:
        raise SetupError(failure)


def digest(*parts: bytes) -> str:
    """A short fingerprint of some contents."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def is_stamped(stamp: Path, value: str) -> bool:
    """Whether a step that left this stamp was done for this value."""
    return stamp.exists() and stamp.read_text() == value


def apt() -> list[str] | None:
    """The command that installs Debian packages, when this machine has it and this user may."""
    if os.geteuid() or not shutil.which("apt-get"):
        return None
    return ["apt-get", "install", "--yes", "--no-install-recommends", "-qq", "-o", "Dpkg::Use-Pty=0"]


def apt_install(*packages: str, failure: str) -> None:
    """Installs Debian packages without asking anything."""
    command = apt()
    if command is None:
        raise SetupError(failure)
    say(f"Installing {', '.join(packages)} with apt …")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-qq", failure=failure, env=quiet)
    run(*command, *packages, failure=failure, env=quiet)
