"""Templates: each parses, is used, stands where its package is, and holds nothing that the content policy forbids."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes

from app.friends import timeline
from app.home import navigation
from tests.conventions.source import APP, ROOT, TEMPLATES, python_files, template_source, templates

SHARED = {"layouts", "components", "errors"}
IMPORTED = re.compile(r"\{%-?\s*from\s+['\"][^'\"]+['\"]\s+import\s+([^%]+?)\s*-?%\}")


def is_partial(name: str) -> bool:
    return name.rpartition("/")[2].startswith("_")


@pytest.mark.parametrize("name", templates())
def test_it_parses(migrated_app: Flask, name: str) -> None:
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


@pytest.mark.parametrize("name", templates())
def test_it_stands_where_its_package_is(name: str) -> None:
    folder = Path(name).parts[0]
    assert folder in SHARED or (APP / folder).is_dir(), f"There is no package {folder}."


@pytest.mark.parametrize("name", [name for name in templates() if Path(name).parts[0] != "components"])
def test_pages_extend_a_layout_and_partials_do_not(name: str) -> None:
    extends = re.search(r"\{%-?\s*extends", template_source(name)) is not None
    is_frame = name in {"layouts/base.html", "layouts/bare.html"}
    is_answer = name.endswith(".oob.html")
    assert extends != (is_partial(name) or is_frame or is_answer)


@pytest.mark.parametrize("name", templates())
def test_it_uses_what_it_imports(name: str) -> None:
    source = template_source(name)
    body = IMPORTED.sub("", source)
    for names in IMPORTED.findall(source):
        for part in names.replace("with context", "").replace("without context", "").split(","):
            used = part.split(" as ")[-1].strip()
            assert re.search(rf"\b{re.escape(used)}\(", body), f"{used} is imported and not used."


@pytest.mark.parametrize("name", templates())
def test_it_includes_only_what_is_there(migrated_app: Flask, name: str) -> None:
    tree = migrated_app.jinja_env.parse((TEMPLATES / name).read_text())
    for node in tree.find_all((nodes.Include, nodes.Extends, nodes.FromImport, nodes.Import)):
        if isinstance(node.template, nodes.Const):
            assert node.template.value in templates()


@pytest.mark.parametrize("name", templates())
def test_it_holds_nothing_that_the_content_policy_forbids(name: str) -> None:
    source = template_source(name)
    assert not re.search(r"<style\b", source), "Styles belong into a file."
    assert not re.search(r"\sstyle=", source), "An inline style."
    assert not re.search(r"<[a-z][^>]*\son[a-z]+=", source), "An inline event handler."
    assert not re.search(r"\bhx-on\b|\bhx-on:|js:", source), "htmx may not evaluate code."
    for attributes in re.findall(r"<script\b([^>]*)>", source):
        has_nonce, is_map = "nonce=" in attributes, 'type="importmap"' in attributes
        is_data = 'type="application/json"' in attributes or (is_map and has_nonce)
        assert is_data or ("src=" in attributes and has_nonce), "An inline script."


def test_headers_of_htmx_are_spelled_in_one_file() -> None:
    places = [*python_files("app"), *(TEMPLATES / name for name in templates())]
    spelled = [str(path.relative_to(ROOT)) for path in places if re.search(r"\bHX-", path.read_text())]
    assert spelled == ["app/core/htmx.py"]


@pytest.mark.parametrize("name", templates())
def test_its_words_are_wrapped_for_translation(name: str) -> None:
    """Bare English between two tags is a sentence that no one can translate."""
    source = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", template_source(name), flags=re.DOTALL)
    source = re.sub(r"<(script|svg)\b.*?</\1>", "", source, flags=re.DOTALL)
    bare = re.sub(r"\{[{%].*?[%}]\}", " ", source, flags=re.DOTALL)
    bare = re.sub(r"<(?:[^>\"]|\"[^\"]*\")*>", "\n", bare)
    words = [line.strip() for line in bare.splitlines() if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", line)]
    assert words == []


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
    index = (APP / "static" / "js" / "controllers" / "index.js").read_text()
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
