"""What every template may use: icons, element ids, numbers and dates for the reader, versioned static files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import format_timedelta
from jinja2 import StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup, escape

from app.core import characters, i18n, rendering
from app.core.clock import now
from app.core.spacing import SentenceSpacing
from app.core.web import headers

STATIC = Path(__file__).parent.parent / "static"


def init_app(app: Flask) -> None:
    """Register filters and globals; an undefined name in a template is an error, not an empty string."""
    app.jinja_env.undefined = StrictUndefined
    rendering.init_app(app)
    # There are more templates than Jinja keeps by itself, and to compile one takes longer than to draw a page.
    app.jinja_env.cache = {}
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(icon=icon, icon_use=icon_use, icon_shapes=icon_shapes)
    app.jinja_env.globals.update(dom_id=dom_id, asset=asset, now=now, theme=theme)
    app.jinja_env.globals["url_for"] = address
    app.jinja_env.globals.update(asked_path=headers.asked_path, time_element=i18n.time_element)
    app.jinja_env.globals["import_map"] = import_map
    app.jinja_env.filters.update(
        when=i18n.when, brief=i18n.brief, day=i18n.day, count=i18n.count, ago=ago, exact=exact, span=span
    )
    app.jinja_env.add_extension(SentenceSpacing)
    app.jinja_env.filters.update(
        listed=i18n.listed, sentences=i18n.sentences, language_name=i18n.language_name, rounded=i18n.rounded
    )
    app.jinja_env.filters.update(initial=characters.initial, isolated=characters.isolated)
    app.jinja_env.filters["decimal"] = i18n.number
    app.jinja_env.filters["share"] = i18n.share


@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> Markup:
    """Return a Tabler icon inline; decoration unless it has a label, which is then read aloud."""
    # The shapes are the library's and the label is escaped.
    return Markup(  # noqa: S704
        f'<svg class="icon" {_role(label)} viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor"'
        f' stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{_shapes(name)}</svg>'
    )


@lru_cache(maxsize=512)
def icon_use(name: str, label: str = "") -> Markup:
    """Return an icon that `icon_shapes` has drawn on the page, for parts that repeat icons hundreds of times."""
    return Markup(f'<svg class="icon icon-use" {_role(label)}><use href="#icon-{name}"/></svg>')  # noqa: S704


def icon_shapes(names: Iterable[str]) -> Markup:
    """Return the shapes of icons, unseen; what they are is drawn by `icon_use`."""
    symbols = "".join(f'<symbol id="icon-{one}" viewBox="0 0 24 24">{_shapes(one)}</symbol>' for one in names)
    return Markup(f'<svg class="d-none" aria-hidden="true">{symbols}</svg>')  # noqa: S704


def _shapes(name: str) -> str:
    return "".join(f"<{tag} {_attributes(values)}/>" for tag, values in _icons()[name])


def _role(label: str) -> str:
    return f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'


@lru_cache(maxsize=1)
def _icons() -> dict[str, list[tuple[str, dict[str, str]]]]:
    return json.loads((STATIC / "vendor" / "icons.json").read_text())  # type: ignore[no-any-return]


def _attributes(values: dict[str, str]) -> str:
    return " ".join(f'{name}="{escape(value)}"' for name, value in values.items())


def dom_id(row: Any, prefix: str = "") -> str:
    """Return the element id of a row: `dom_id(friend, 'row')` is `row-friend-12`."""
    return "-".join(filter(None, (prefix, type(row).__name__.lower(), str(row.id))))


def asset(path: str) -> str:
    """Address of a static file; it changes with the content, so that browsers may keep the file for ever."""
    return _asset(request.root_path, path)


# Pages name a hundred files, whose addresses stay while the program runs; `root` is where a proxy has put it.
@lru_cache(maxsize=1_000)
def _asset(root: str, path: str) -> str:
    return url_for("static", filename=path, v=_fingerprint(path))


def address(endpoint: str, /, **values: Any) -> str:
    """Return what `url_for` does; pages name the same few hundred addresses again and again."""
    try:
        return _address(request.root_path, endpoint, **values)
    except TypeError:
        # A value is a list.
        return url_for(endpoint, **values)


# `root` is where a proxy has put the program; 1 and True are written in two ways.
@lru_cache(maxsize=10_000, typed=True)
def _address(root: str, endpoint: str, /, **values: Any) -> str:
    return url_for(endpoint, **values)


def import_map() -> Markup:
    """Addresses of the browser's modules by the names that they import each other by, as JSON for a page."""
    return _import_map(request.root_path)


@lru_cache(maxsize=8)
def _import_map(root: str) -> Markup:
    folder = STATIC / "js"
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.js"))
    modules = {f"#js/{name}": _asset(root, f"js/{name}") for name in names}
    packages = {"@hotwired/stimulus": asset("vendor/stimulus.js"), "chart.js": asset("vendor/chart.js")}
    return htmlsafe_json_dumps({"imports": {**packages, **modules}})


def _fingerprint(path: str) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]


def theme() -> str | None:
    """ "light", "dark", or None for the system's: the member's choice (`g.theme`), else the cookie's."""
    chosen = g.get("theme") or request.cookies.get("theme")
    return chosen if chosen in {"light", "dark"} else None


def ago(value: datetime | None) -> str:
    """Return how long ago, in the reader's language: "5 minutes ago"; a dash for nothing."""
    return i18n.closed_up(format_timedelta(value - now(), add_direction=True)) if value else "–"


def span(value: timedelta | None) -> str:
    """Return a length of time, rounded, in the reader's language: "5 minutes"; a dash for nothing."""
    if value is None:
        return "–"
    return i18n.closed_up(format_timedelta(timedelta(seconds=round(value.total_seconds())), granularity="second"))


def exact(value: datetime | None) -> str:
    """For what a page puts into order, which also tells moments of one second apart."""
    return value.astimezone(UTC).isoformat(timespec="microseconds") if value else ""


def iso(value: datetime | None) -> str:
    """Return a moment to the second, as programs read it."""
    return value.astimezone(UTC).isoformat(timespec="seconds") if value else ""
