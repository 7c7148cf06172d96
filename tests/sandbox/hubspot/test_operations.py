"""Every operation that HubSpot describes is served, or the page about the sandbox names it among those to come."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from aiohttp.web import AbstractResource

from sandbox.server import make_app
from sandbox.world import World
from tests.support.contract import ROOT, specs_directory

PREFIX = "/hubspot"
# What stands for a parameter of a described path, where not any text will do.
EXAMPLES = {
    "objectType": "contacts",
    "fromObjectType": "contacts",
    "toObjectType": "companies",
    "objectTypeId": "0-1",
    "functionType": "PRE_FETCH_OPTIONS",
}


def _described() -> Iterator[tuple[str, str]]:
    for file in sorted((specs_directory() / "hubspot").glob("*.json")):
        for path, item in json.loads(file.read_text())["paths"].items():
            yield from ((method.upper(), path) for method in item if method != "parameters")


def _is_served(routes: list[tuple[str, AbstractResource]], method: str, path: str) -> bool:
    example = PREFIX + re.sub(r"\{(\w+)\}", lambda found: EXAMPLES.get(found[1], "7"), path)
    return any(method == served and resource._match(example) is not None for served, resource in routes)


def _later() -> list[str]:
    page = (ROOT / "docs" / "sandbox.md").read_text()
    table = page[page.index("| Later at HubSpot |") :].split("\n\n")[0]
    return re.findall(r"`(/[^`]+)`", table)


def test_the_page_about_the_sandbox_names_what_comes_later() -> None:
    routes = [
        (route.method, route.resource)
        for route in make_app(World(1)).router.routes()
        if route.resource is not None and route.resource.canonical.startswith(PREFIX) and route.method != "*"
    ]
    described = set(_described())
    missing = {(method, path) for method, path in described if not _is_served(routes, method, path)}
    assert len(described) - len(missing) > 100
    unnamed = {path for _, path in missing if not any(path.startswith(known) for known in _later())}
    assert unnamed == set()
    assert [known for known in _later() if not any(path.startswith(known) for _, path in missing)] == []
