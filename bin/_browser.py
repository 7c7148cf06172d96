"""The browser that the journeys in the tests are driven in, with fonts for what the pages show."""

import os
import shutil
import subprocess
from pathlib import Path

from _steps import VENV, SetupError, apt, apt_install, say

# Draws without a window of its own, for half of the work of a whole Chromium. Debian has it, Ubuntu has not.
WITHOUT_WINDOWS = "chromium-headless-shell"
TRIED = VENV / ".browser-tried"
COMMANDS = (WITHOUT_WINDOWS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPLICATIONS = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
FONTS = ("fonts-noto-cjk", "fonts-noto-color-emoji")
NO_BROWSER = (
    "No Chromium was found, so the journeys in the browser cannot run: install the package chromium or "
    "Google Chrome, run `.venv/bin/python -m playwright install chromium`, or set CHROMIUM to a path."
)
APT_FAILED = "apt could not install Chromium and its fonts; what it said stands above."


def install() -> None:
    """Installs what is missing where apt can be used; elsewhere says what to install and goes on."""
    if apt():
        _try_without_windows()
    missing = [] if is_found() else ["chromium"]
    if apt():
        missing += [font for font in FONTS if not _is_installed(font)]
        if missing:
            apt_install(*missing, failure=APT_FAILED)
    elif missing:
        say(NO_BROWSER)


def _try_without_windows() -> None:
    """Installs the quicker browser unless another one is named; tries that once, since not every apt has it."""
    if os.environ.get("CHROMIUM") or shutil.which(WITHOUT_WINDOWS) or TRIED.exists():
        return
    try:
        apt_install(WITHOUT_WINDOWS, failure=APT_FAILED)
    except SetupError:
        say("The journeys run in a whole Chromium instead, which takes longer.")
    TRIED.touch()


def is_found() -> bool:
    """Whether a Chromium of any kind is on this machine."""
    named = os.environ.get("CHROMIUM")
    if named:
        return os.access(named, os.X_OK)
    applications = [*filter(Path.exists, MAC_APPLICATIONS), *_of_playwright()]
    return bool(applications) or any(map(shutil.which, COMMANDS))


def _of_playwright() -> list[Path]:
    caches = (Path.home() / ".cache" / "ms-playwright", Path.home() / "Library" / "Caches" / "ms-playwright")
    return [found for cache in caches for found in cache.glob("chromium-*")]


def _is_installed(package: str) -> bool:
    command = ["dpkg-query", "-W", "-f", "${Status}", package]
    return "ok installed" in subprocess.run(command, capture_output=True, text=True, check=False).stdout
