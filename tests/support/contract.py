"""Holding requests and answers against a vendor's published API description (OpenAPI 3).

The descriptions lie outside of the project, in `../shared/specs` or where `TOMORU_SPECS` points; without them a
check skips its test. They are read strictly: a property that is not described counts as a mistake.
"""

from __future__ import annotations

import os
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = "#/components/schemas/"
# The schema behind a discriminator, as opposed to the base that its kinds build upon.
ANY_KIND = "__any"
METHODS = ("get", "put", "post", "delete", "patch")

formats = FormatChecker(formats=())


@formats.checks("uri")
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


@formats.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@formats.checks("uuid")
def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value.lower()))


SPECS = Path(os.environ.get("TOMORU_SPECS", ROOT.parent / "shared" / "specs"))


def has_specs() -> bool:
    """Whether the descriptions are there, for checks that are only a part of a test."""
    return SPECS.is_dir()


def specs_directory() -> Path:
    """Where the descriptions lie; skips the test when they are not there."""
    if not has_specs():
        pytest.skip("The API descriptions are not here; TOMORU_SPECS may point to them.")
    return SPECS


def check_response(spec_file: str, method: str, path: str, status: int, body: Any) -> None:
    """Fail unless the description knows this answer: its status, and its body to the last property."""
    spec = load(spec_file)
    responses = spec.operation(method, path)[1]["responses"]
    described = responses.get(str(status), responses.get(f"{status // 100}XX"))
    if described is None:
        assert status >= 400, f"{method} {path} is not described to answer {status}"
        described = {"content": {"application/json": {"schema": {"$ref": f"{SCHEMAS}ErrorResponse"}}}}
    schema = described.get("content", {}).get("application/json", {}).get("schema")
    if schema is not None:
        spec.check(schema, body, f"{method} {path} answered {status}")


def check_request(
    spec_file: str,
    method: str,
    path: str,
    body: Any = None,
    *,
    headers: dict[str, str] | None = None,
    content_type: str = "application/json",
) -> None:
    """Fail unless the description knows this request: path, query, described headers and body."""
    spec = load(spec_file)
    template, operation = spec.operation(method, path)
    spec.check_parameters(operation, template, path, headers or {})
    wanted = operation.get("requestBody")
    if wanted is None:
        assert body is None, f"{method} {path} takes no body"
        return
    if body is None:
        assert not wanted.get("required"), f"{method} {path} needs a body"
        return
    assert content_type in wanted["content"], f"{method} {path} does not take {content_type}"
    spec.check(wanted["content"][content_type]["schema"], body, f"{method} {path}")


def check_webhook(body: Any) -> None:
    """Fail unless LINE's webhook description knows this request body."""
    load("line/webhook.yml").check({"$ref": f"{SCHEMAS}CallbackRequest"}, body, "webhook")


@cache
def load(spec_file: str) -> Spec:
    """The description in this file, for example `line/messaging-api.yml`."""
    return Spec(yaml.safe_load((specs_directory() / spec_file).read_text()))


class Spec:
    """One API description, made fit for a JSON Schema validator."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.paths: dict[str, dict[str, Any]] = document["paths"]
        schemas = document["components"]["schemas"]
        self._with_kinds = {name for name, schema in schemas.items() if "mapping" in schema.get("discriminator", {})}
        self._bases = {ref for schema in schemas.values() for ref in _bases_of(schema)}
        converted = {name: self._closed(name, self._convert(schema)) for name, schema in schemas.items()}
        converted |= {f"{name}{ANY_KIND}": self._any_kind(name, schemas[name]) for name in self._with_kinds}
        self._components = {"schemas": converted}

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]]:
        """The path template and the operation that a request belongs to."""
        bare = path.partition("?")[0]
        fitting = [template for template in self.paths if _pattern(template).fullmatch(bare)]
        # A literal path wins over one with parameters.
        for template in sorted(fitting, key=lambda template: template.count("{")):
            if method.lower() in self.paths[template]:
                return template, self.paths[template][method.lower()]
        raise AssertionError(f"{method} {bare} is not described")

    def check(self, schema: dict[str, Any], value: Any, what: str) -> None:
        """Fail with every place where the value is not as described."""
        whole = self._convert(schema) | {"components": self._components}
        problems = sorted(Draft202012Validator(whole, format_checker=formats).iter_errors(value), key=str)
        lines = [f"{problem.json_path}: {problem.message}" for problem in problems]
        assert not lines, f"{what} is not as described:\n" + "\n".join(lines) + f"\n{value!r}"

    def check_parameters(self, operation: dict[str, Any], template: str, path: str, headers: dict[str, str]) -> None:
        """Fail unless query, path and described headers fit; headers no one describes are left alone."""
        described = {
            (parameter["in"], parameter["name"].lower()): parameter
            for parameter in [*self.paths[template].get("parameters", []), *operation.get("parameters", [])]
        }
        match = _pattern(template).fullmatch(path.partition("?")[0])
        given = {("path", name.lower()): value for name, value in (match.groupdict() if match else {}).items()}
        given |= {("query", name.lower()): value for name, value in parse_qsl(urlsplit(path).query)}
        given |= {
            ("header", name.lower()): value for name, value in headers.items() if ("header", name.lower()) in described
        }
        for key, value in given.items():
            assert key in described, f"{template} has no parameter {key[1]} in its {key[0]}"
            schema = described[key]["schema"]
            self.check(schema, _typed(value, schema), f"{key[0]} parameter {key[1]} of {template}")
        missing = [key for key, parameter in described.items() if parameter.get("required") and key not in given]
        assert not missing, f"{template} needs {missing}"

    def _convert(self, node: Any, *, as_base: bool = False) -> Any:
        """OpenAPI's dialect as JSON Schema; a reference leads to the kinds unless it names what to build upon."""
        if isinstance(node, list):
            return [self._convert(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            name = node["$ref"].removeprefix(SCHEMAS)
            return {"$ref": node["$ref"] + ("" if as_base or name not in self._with_kinds else ANY_KIND)}
        result = {
            key: [self._convert(part, as_base=True) for part in value] if key == "allOf" else self._convert(value)
            for key, value in node.items()
            if key not in ("discriminator", "nullable", "example", "externalDocs", "description")
        }
        if "properties" in node:
            result["properties"] = {name: self._convert(value) for name, value in node["properties"].items()}
        return {"anyOf": [result, {"type": "null"}]} if node.get("nullable") else result

    def _closed(self, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema, taking no undescribed properties unless others build upon it."""
        is_object = "properties" in schema or "allOf" in schema
        if name in self._bases or name in self._with_kinds or "additionalProperties" in schema or not is_object:
            return schema
        return schema | {"unevaluatedProperties": False}

    def _any_kind(self, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        """The kind that the discriminating property names; a value that is not described fails."""
        by, mapping = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
        choices = [
            {
                "if": {"properties": {by: {"const": value}}, "required": [by]},
                "then": {"$ref": f"{SCHEMAS}{ref.removeprefix(SCHEMAS)}"},
            }
            for value, ref in mapping.items()
        ]
        known = {"properties": {by: {"enum": list(mapping)}}}
        return {"allOf": [{"$ref": f"{SCHEMAS}{name}"}, known, *choices], "unevaluatedProperties": False}


def _bases_of(schema: dict[str, Any]) -> list[str]:
    return [part["$ref"].removeprefix(SCHEMAS) for part in schema.get("allOf", []) if "$ref" in part]


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    return re.compile(
        "".join(f"(?P<{part}>[^/]+)" if number % 2 else re.escape(part) for number, part in enumerate(parts))
    )


def _typed(value: str, schema: dict[str, Any]) -> Any:
    """A parameter's text as the type that its schema asks for."""
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if schema.get("type") == "boolean" and value in ("true", "false"):
        return value == "true"
    if schema.get("type") == "array":
        return value.split(",")
    return value
