"""Whatever Tomoru calls at LINE is served here, and the page about the sandbox names all that is not."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from linebot.v3 import messaging, oauth

from sandbox.server import make_app
from sandbox.world import World
from tests.support.contract import ROOT, specs_directory

APIS = (messaging.MessagingApi, messaging.MessagingApiBlob, oauth.ChannelAccessToken)
DESCRIPTIONS = ("channel-access-token", "insight", "liff", "manage-audience", "messaging-api")
LINE_PATH = re.compile(r"(?:/v2/|/v3/|/oauth2/|/bot/|/liff/v1/|/friendship/)[^?]*")
Operation = tuple[str, str]


def _bare(path: str) -> str:
    """The path with every parameter as {}."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def served() -> set[Operation]:
    """What the sandbox answers at LINE's paths."""
    routes = ((route.method, route.resource) for route in make_app(World(1)).router.routes())
    return {
        (method, _bare(resource.canonical))
        for method, resource in routes
        if resource is not None and LINE_PATH.fullmatch(resource.canonical)
    }


def _described() -> set[Operation]:
    documents = [yaml.safe_load((specs_directory() / "line" / f"{name}.yml").read_text()) for name in DESCRIPTIONS]
    return {
        (method.upper(), path)
        for document in documents
        for path, item in document["paths"].items()
        for method in item
        if method in ("get", "post", "put", "delete")
    }


def _of_sdk(name: str) -> Operation | None:
    """The operation behind a method of the SDK; None when the SDK has no such method."""
    # Some names end in what they are called by, such as `…_with_http_info_by_client_secret`.
    base = re.sub(r"(?<=_with_http_info)_by_\w+$", "", name)
    for method in filter(None, (getattr(api, base, None) for api in APIS)):
        found = re.search(r"call_api\(\s*'([^']+)',\s*'([A-Z]+)'", inspect.getsource(method))
        if found:
            return found[2], _bare(found[1])
    return None


def _texts(tree: ast.AST) -> Iterator[str]:
    """All texts of a module, with {} or {self.kind} for what f-strings fill in."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(_part(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.FormattedValue):
        return f"{{{ast.unparse(part.value)}}}" if isinstance(part.value, ast.Attribute) else "{}"
    return str(part.value) if isinstance(part, ast.Constant) else ""


def _written_paths(text: str) -> Iterator[str]:
    """LINE's paths in a text that is nothing but an address."""
    bare = re.sub(r"^(?:https://api(?:-data)?\.line\.me|\{[^}]*\})", "", text)
    if not re.search(r"\s", text) and (found := LINE_PATH.match(bare)):
        yield found[0]


def calls(source: Path) -> tuple[set[Operation], set[str]]:
    """What the files below call at LINE: operations of the SDK, and paths that are written out."""
    operations, paths, kinds = set(), set(), set()
    for file in sorted(source.rglob("*.py")):
        tree = ast.parse(file.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and "_with_http_info" in node.attr:
                operation = _of_sdk(node.attr)
                assert operation, f"{file.name}: which operation is {node.attr}?"
                operations.add(operation)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Send":
                kinds.add(ast.literal_eval(node.args[0]))
        paths |= {path for text in _texts(tree) for path in _written_paths(text)}
    # The kind of a send is the end of its path.
    whole = {path.replace("{self.kind}", kind) for path in paths for kind in kinds or {"{self.kind}"}}
    return operations, {_bare(path) for path in whole}


def test_nothing_that_is_called_is_missing() -> None:
    operations, paths = calls(ROOT / "app")
    assert len(operations) >= 10
    assert {"/v2/bot/message/push", "/v2/bot/followers/ids", "/v2/bot/profile/{}"} <= paths
    here = served()
    assert operations - here == set()
    assert paths - {path for _, path in here} == set()


def test_a_new_call_is_seen(tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text(
        'def menus(api, id):\n    api.list_coupon_with_http_info()\n    return f"/v2/bot/coupon/{id}?all=1"\n'
        'def tell(host):\n    return f"{host}/v2/bot/message/{self.kind}", Send("broadcast", {}, None)\n'
    )
    operations, paths = calls(tmp_path)
    assert operations == {("GET", "/v2/bot/coupon")}
    assert paths == {"/v2/bot/coupon/{}", "/v2/bot/message/broadcast"}
    assert not operations & served()


def test_the_page_about_the_sandbox_names_what_comes_later() -> None:
    """Every operation that LINE describes is served or stands in the table, and not both."""
    page = (ROOT / "docs" / "sandbox.md").read_text()
    table = page[page.index("| Later |") :].split("\n\n")[0]
    later = re.findall(r"`(/[^`]+)`", table)
    here = served()
    missing = {(method, path) for method, path in _described() if (method, _bare(path)) not in here}
    unnamed = {path for _, path in missing if not any(_is_below(path, known) for known in later)}
    assert unnamed == set()
    assert [known for known in later if not any(_is_below(path, known) for _, path in missing)] == []
    # A path that is missing itself may have others below it that are served.
    parts = [known for known in later if known not in {path for _, path in missing}]
    assert [known for known in parts if any(_is_below(path, _bare(known)) for _, path in here)] == []


def _is_below(path: str, start: str) -> bool:
    return path == start or path.startswith(f"{start}/")


@pytest.mark.parametrize(
    "name", ["get_profile_with_http_info", "issue_stateless_channel_token_with_http_info_by_client_secret"]
)
def test_methods_of_the_sdk_are_known(name: str) -> None:
    assert _of_sdk(name) in served()
