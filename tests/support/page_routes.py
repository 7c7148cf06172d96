"""What can be asked for with GET, read from the list of routes that the conventions keep true."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from app.core.web.converters import IdConverter

LIST = Path(__file__).parents[1] / "conventions" / "routes.txt"


class PageRoutes:
    """Endpoints by address, and addresses by endpoint; `access` says who may use each."""

    def __init__(self) -> None:
        lines = [line.split("  ") for line in LIST.read_text().splitlines()]
        readable = [(rule, endpoint, access) for rule, methods, endpoint, access in lines if "GET" in methods]
        self.access = {endpoint: access for _rule, endpoint, access in readable}
        rules = [Rule(rule, endpoint=endpoint) for rule, endpoint, _access in readable]
        self._adapter = Map(rules, converters={"int": IdConverter}).bind("console")

    def match(self, url: str) -> tuple[str, dict[str, Any]] | None:
        """Return endpoint and values of an address; None for one that is no route."""
        try:
            endpoint, values = self._adapter.match(urlsplit(url).path)
        except HTTPException:
            return None
        return str(endpoint), dict(values)

    def build(self, endpoint: str, values: dict[str, Any]) -> str | None:
        """Return the endpoint's path; None when a value is missing."""
        [rule] = self._adapter.map.iter_rules(endpoint)
        if not rule.arguments <= set(values):
            return None
        return self._adapter.build(endpoint, {name: values[name] for name in rule.arguments})
