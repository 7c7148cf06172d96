"""Templates: each parses, is used, stands where its package is, and holds nothing that the content policy forbids."""

from __future__ import annotations

import json
import re
from pathlib import Path

from flask import Flask
from jinja2 import nodes

from app.friends import timeline
from app.home import navigation
from tests.conventions.source import APP, ROOT, TEMPLATES, python_files, template_source, templates

SHARED = {"layouts", "components", "errors"}
IMPORTED = re.compile(r"\{%-?\s*from\s+['\"][^'\"]+['\"]\s+import\s+([^%]+?)\s*-?%\}")


def is_partial(name: str) -> bool:
    return name.rpartition("/")[2].startswith("_")


def test_they_parse(migrated_app: Flask) -> None:
    for name in templates():
        migrated_app.jinja_env.get_template(name)


def test_each_is_used() -> None:
    texts = [template_source(name) for name in templates()]
    texts += [path.read_text() for path in python_files("app")]
    unused = [name for name in templates() if not any(f'"{name}"' in text or f"'{name}'" in text for text in texts)]
    assert unused == []


def test_each_that_is_asked_for_is_there() -> None:
    asked = {
        found
        for path in python_files("app")
        for found in re.findall(r"['\"]([a-z_/]+\.(?:oob\.)?html)['\"]", path.read_text())
    }
    assert asked - set(templates()) == set()


def test_each_leads_to_pages_that_there_are(migrated_app: Flask) -> None:
    named = {
        name: set(re.findall(r"url_for\(\s*['\"]([\w.]+)['\"]\s*[,)]", template_source(name))) for name in templates()
    }
    known = set(migrated_app.view_functions)
    assert {name: missing for name, endpoints in named.items() if (missing := endpoints - known)} == {}


def test_each_stands_where_its_package_is() -> None:
    packages = {path.name for path in APP.iterdir() if path.is_dir()}
    assert [name for name in templates() if Path(name).parts[0] not in {*SHARED, *packages}] == []


def test_pages_extend_a_layout_and_partials_do_not() -> None:
    frames = {"layouts/base.html", "layouts/bare.html"}
    parts = {name for name in templates() if is_partial(name) or name in frames or name.endswith(".oob.html")}
    others = [name for name in templates() if Path(name).parts[0] != "components"]
    extending = {name for name in others if re.search(r"\{%-?\s*extends", template_source(name))}
    assert [name for name in others if (name in extending) == (name in parts)] == []


def test_each_uses_what_it_imports() -> None:
    assert {name: unused for name in templates() if (unused := unused_imports(template_source(name)))} == {}


def unused_imports(source: str) -> list[str]:
    body = IMPORTED.sub("", source)
    parts = [part for names in IMPORTED.findall(source) for part in re.sub(r"with(out)? context", "", names).split(",")]
    imported = [part.split(" as ")[-1].strip() for part in parts]
    return [name for name in imported if not re.search(rf"\b{re.escape(name)}\(", body)]


def test_each_includes_only_what_is_there(migrated_app: Flask) -> None:
    trees = {name: migrated_app.jinja_env.parse((TEMPLATES / name).read_text()) for name in templates()}
    included = {
        (name, node.template.value)
        for name, tree in trees.items()
        for node in tree.find_all((nodes.Include, nodes.Extends, nodes.FromImport, nodes.Import))
        if isinstance(node.template, nodes.Const)
    }
    assert {(name, other) for name, other in included if other not in templates()} == set()


# Styles belong into files; htmx may not evaluate code.
FORBIDDEN = {
    "a style sheet": r"<style\b",
    "an inline style": r"\sstyle=",
    "an inline event handler": r"<[a-z][^>]*\son[a-z]+=",
    "code for htmx": r"\bhx-on\b|\bhx-on:|js:",
}


def test_they_hold_nothing_that_the_content_policy_forbids() -> None:
    sources = {name: template_source(name) for name in templates()}
    found = [(name, what) for name, text in sources.items() for what, how in FORBIDDEN.items() if re.search(how, text)]
    scripts = [(name, one) for name, text in sources.items() for one in re.findall(r"<script\b([^>]*)>", text)]
    assert found == []
    assert [(name, attributes) for name, attributes in scripts if not is_allowed(attributes)] == []


def is_allowed(script: str) -> bool:
    """Return whether a script with these attributes is data, or is loaded from a file with a nonce."""
    has_nonce = "nonce=" in script
    is_data = 'type="application/json"' in script or ('type="importmap"' in script and has_nonce)
    return is_data or ("src=" in script and has_nonce)


def test_headers_of_htmx_are_spelled_in_one_file() -> None:
    places = [*python_files("app"), *(TEMPLATES / name for name in templates())]
    spelled = [str(path.relative_to(ROOT)) for path in places if re.search(r"\bHX-", path.read_text())]
    assert spelled == ["app/core/htmx.py"]


def test_their_words_are_wrapped_for_translation() -> None:
    assert {name: words for name in templates() if (words := bare_words(template_source(name)))} == {}


def bare_words(source: str) -> list[str]:
    """Return bare English between two tags, which no one can translate."""
    source = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", source, flags=re.DOTALL)
    source = re.sub(r"<(script|svg)\b.*?</\1>", "", source, flags=re.DOTALL)
    bare = re.sub(r"\{[{%].*?[%}]\}", " ", source, flags=re.DOTALL)
    bare = re.sub(r"<(?:[^>\"]|\"[^\"]*\")*>", "\n", bare)
    return [line.strip() for line in bare.splitlines() if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", line)]


def test_every_icon_that_is_named_exists(app: Flask) -> None:
    known = json.loads((APP / "static" / "vendor" / "icons.json").read_text())
    texts = {name: template_source(name) for name in templates()}
    named = {
        (name, icon)
        for name, text in texts.items()
        for icon in re.findall(r"\b(?:icon|empty)\(\s*'([a-z0-9-]+)'", text)
    }
    places = [*navigation.TOP, *navigation.OF_ACCOUNT, *navigation.BOTTOM]
    named |= {("menu", place.icon) for place in places}
    named |= {("timeline", describe({}).icon) for describe in timeline._described.values()}
    assert {(name, icon) for name, icon in named if icon not in known} == set()


def test_every_controller_that_is_named_is_registered() -> None:
    scripts = APP / "static" / "js"
    index = "".join((scripts / name).read_text() for name in ("controllers/index.js", "builder.js", "chat.js"))
    registered = set(re.findall(r"^  \"?([a-z-]+)\"?: \w+Controller,$", index, flags=re.MULTILINE))
    named = {
        one
        for name in templates()
        for value in re.findall(r'data-controller="([^"]*)"', template_source(name))
        for one in value.split()
    }
    assert named <= registered
    # Values, targets and actions of a controller that is spelled otherwise would be silent.
    spoken = {
        one
        for name in templates()
        for one in re.findall(r"data-([a-z-]+?)-target=|(?:->|=\"| )([a-z-]+)#[a-zA-Z]+", template_source(name))
        for one in one
        if one and not one.startswith("bs")
    }
    assert spoken <= registered


def test_times_are_written_in_one_place() -> None:
    by_hand = [name for name in templates() if "<time" in template_source(name)]
    assert by_hand == [], "time_element gives each its exact time as a title"
