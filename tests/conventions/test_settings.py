"""Every setting is in `.env.example` with its default, and explained in docs/settings.md."""

from __future__ import annotations

import re
from dataclasses import fields

from app.core.config import Config
from tests.conventions.source import ROOT

# Read by the web server's own configuration, `make run` and compose.yaml, before there is a Config.
OUTSIDE = {"HOST", "PORT", "WEB_CONCURRENCY", "DEMO", "TOMORU_DATA", "POSTGRES_PASSWORD"}
SETTINGS = {field.name.upper(): field.metadata["default"] for field in fields(Config)}
EXAMPLE = (ROOT / ".env.example").read_text()
LINES = {
    name: (bool(mark), value) for mark, name, value in re.findall(r"^(#?)([A-Z0-9_]+)=(.*)$", EXAMPLE, re.MULTILINE)
}


def test_the_example_lists_exactly_the_settings_there_are() -> None:
    assert set(LINES) == set(SETTINGS) | OUTSIDE


def test_the_example_shows_the_defaults() -> None:
    shown = {name: value for name, (_mark, value) in LINES.items() if name in SETTINGS and SETTINGS[name] is not None}
    assert shown == {name: default for name, default in SETTINGS.items() if default is not None}


def test_only_required_settings_are_switched_on() -> None:
    switched_on = {name for name, (mark, _value) in LINES.items() if not mark}
    assert switched_on == {name for name, default in SETTINGS.items() if default is None}


def test_each_has_a_line_about_it() -> None:
    lines = EXAMPLE.splitlines()
    for name in LINES:
        place = next(number for number, line in enumerate(lines) if re.match(rf"#?{name}=", line))
        above = lines[place - 1]
        assert above.startswith("# ") or re.match(r"#?[A-Z0-9_]+=", above), f"{name} has no line about it."


def test_the_page_about_settings_explains_each_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([A-Z0-9_]+)` \|(.*)$", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    assert set(rows) == set(LINES)
    for name, default in SETTINGS.items():
        if default is not None:
            assert rows[name].split("|")[0].strip() == (f"`{default}`" if default else "empty"), name


def test_every_help_is_a_sentence() -> None:
    assert [field.name for field in fields(Config) if not re.search(r"[.…]$", field.metadata["help"])] == []
