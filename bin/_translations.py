"""Message catalogues, compiled for the program when their source is newer."""

from pathlib import Path

from _steps import PYTHON, ROOT, run, say

CATALOGUES = ROOT / "app" / "translations"


def compile_changed() -> None:
    """Compiles every catalogue if one of them changed."""
    sources = list(CATALOGUES.rglob("*.po"))
    if any(_is_stale(source) for source in sources):
        say("Compiling translations …")
        babel = (PYTHON, "-m", "babel.messages.frontend", "--quiet")
        run(*babel, "compile", "-d", CATALOGUES, failure="the translations could not be compiled; see above.")


def _is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime
