"""Where a form or address may send someone next."""

from __future__ import annotations

import pytest

from app.team.safe_redirect import own_path


@pytest.mark.parametrize("path", ["/", "/friends?tag=3&sort=name", "/accounts/1/friends#top", "/a//b", "/日本"])
def test_own_pages_are_kept(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "elsewhere",
    [
        None,
        "",
        "friends",
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "http:/evil.example",
        "//[::1",
        "/ /evil.example",
    ],
)
def test_everything_else_leads_home(elsewhere: str | None) -> None:
    assert own_path(elsewhere) == "/"
