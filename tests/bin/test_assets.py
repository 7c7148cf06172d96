"""The browser's files: copied, trimmed, compressed, and made again only when their sources change."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from tests.bin.conftest import BIN

Modules = dict[str, ModuleType]
PACKAGES = (
    "@tabler/icons/tabler-nodes-outline.json",
    "htmx.org/dist/htmx.min.js",
    "htmx.org/dist/ext/hx-upsert.min.js",
)
# They are bundled or run, which stand-ins cannot be.
REAL_PACKAGES = ("@hotwired/stimulus", "chart.js", "esbuild", "purgecss")
SHEET = ".btn{color:red}.bg-red-lt{color:blue}.carousel{color:green}[data-bs-theme=dark] .btn{color:white}"


@pytest.fixture
def assets(setup_modules: Modules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The step of the set-up, in a small project with fetched packages."""
    module = setup_modules["_assets"]
    for name in ("bin/assets.mjs", "package.json", "package-lock.json"):
        put(tmp_path / name, (BIN.parent / name).read_text())
    for source in PACKAGES:
        put(tmp_path / "node_modules" / source, f"contents of {source}\n//# sourceMappingURL=x.map\n")
    put(tmp_path / "node_modules/@tabler/core/dist/css/tabler.min.css", SHEET)
    for name in REAL_PACKAGES:
        package = tmp_path / "node_modules" / name
        package.parent.mkdir(exist_ok=True)
        package.symlink_to(BIN.parent / "node_modules" / name)
    put(tmp_path / "app/templates/page.html", '<a class="btn">')
    put(tmp_path / "app/static/css/app.css", ".own { color: red }")
    for name in ("LOCK", "APP", "STATIC", "VENDOR", "SCRIPT"):
        monkeypatch.setattr(module, name, tmp_path / getattr(module, name).relative_to(BIN.parent))
    return module


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_needed_files_are_copied_without_mentions_of_maps(assets: ModuleType) -> None:
    assets._make()
    plain = {path.name for path in assets.VENDOR.iterdir() if path.suffix not in {".br", ".gz", ""}}
    assert plain == {"chart.js", "htmx.min.js", "hx-upsert.min.js", "icons.json", "stimulus.js", "tabler.min.css"}
    assert (assets.VENDOR / "htmx.min.js").read_text() == "contents of htmx.org/dist/htmx.min.js\n"


def test_the_style_sheet_keeps_what_is_used_or_composed(assets: ModuleType) -> None:
    assets._make()
    sheet = (assets.VENDOR / "tabler.min.css").read_text()
    assert "carousel" not in sheet
    assert ".btn{color:red}" in sheet and ".bg-red-lt" in sheet and "[data-bs-theme=dark] .btn" in sheet


def test_texts_are_compressed_and_left_overs_go(assets: ModuleType) -> None:
    put(assets.STATIC / "css/gone.css.br", "of a file that was removed")
    assets._make()
    own = assets.STATIC / "css/app.css"
    assert gzip.decompress(own.with_name("app.css.gz").read_bytes()) == own.read_bytes()
    assert own.with_name("app.css.br").exists() and not own.with_name("gone.css.br").exists()


def test_nothing_is_made_twice_and_a_new_class_is_noticed(
    assets: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assets._make()
    capsys.readouterr()
    assets._make()
    assert capsys.readouterr().out == ""
    put(assets.APP / "templates/page.html", '<a class="btn carousel">')
    assets._make()
    assert "carousel" in (assets.VENDOR / "tabler.min.css").read_text()


def test_an_old_node_is_passed_over_for_the_wheel(
    setup_modules: Modules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assets = setup_modules["_assets"]
    for name in ("node", "npm"):
        put(tmp_path / name, "#!/bin/sh\necho v18.19.0\n")
        (tmp_path / name).chmod(0o755)
    put(tmp_path / "wheel/bin/node", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(assets, "WHEEL", tmp_path / "wheel")
    assert assets.node() == tmp_path / "wheel/bin/node"
    monkeypatch.setattr(assets, "OLDEST_NODE", 18)
    assert assets.node() == Path(shutil.which("node") or "")
