"""Outside services are spoken to in one place each; no one else opens a connection."""

from __future__ import annotations

import ast

from tests.conventions.source import python_files, short, tree_of

OPENERS = {
    "aiohttp",
    "boto3",
    "botocore",
    "http.client",
    "httpx",
    "hubspot",
    "linebot",
    "requests",
    "smtplib",
    "socket",
    "urllib.request",
    "urllib3",
    "yarl",
}
GATEWAYS = (
    "app/line/gateway/",
    "app/integrations/hubspot/gateway/",
    "app/core/mail/smtp.py",
    "app/core/outgoing/",
    "app/media/storage/s3.py",
)
# The name of the machine; the demo's talk with its sandbox; servers, ports and clients of this machine.
OTHERS = {"app/core/heartbeats.py", "app/core/mail/operations.py", "app/seeds/sandbox.py"}
LOCAL = ("app/cli/", "app/embedded/", "app/core/web/server/")


def imported(path_tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(path_tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def opens(name: str) -> bool:
    return any(name == opener or name.startswith(f"{opener}.") for opener in OPENERS)


def test_only_gateways_open_connections() -> None:
    for path in python_files("app"):
        if short(path).startswith((*GATEWAYS, *LOCAL)) or short(path) in OTHERS:
            continue
        assert {name for name in imported(tree_of(path)) if opens(name)} == set(), f"{short(path)} opens connections."


def test_the_sdk_of_line_is_imported_with_the_first_call() -> None:
    """Its models take a third of the time in which a process starts."""
    wanted = ("linebot", "app.line.gateway.sdk")
    users = {
        short(path) for path in python_files("app") if any(one.startswith(wanted) for one in imported(tree_of(path)))
    }
    assert users == {"app/line/gateway/sdk.py"}


def test_the_sdk_of_hubspot_is_imported_with_the_first_call() -> None:
    wanted = ("hubspot", "requests", "app.integrations.hubspot.gateway.sdk")
    users = {
        short(path) for path in python_files("app") if any(one.startswith(wanted) for one in imported(tree_of(path)))
    }
    assert users == {"app/integrations/hubspot/gateway/sdk.py"}


def test_the_exceptions_still_exist() -> None:
    files = {short(path) for path in python_files("app")}
    assert files >= OTHERS
