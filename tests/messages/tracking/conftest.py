"""What tests of tracking share: an account, a friend, a compiled set, and a phone's browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from app.core.clock import database_now
from app.core.db import db
from app.friends.models import Friend
from app.line.models import Account
from app.messages.content.building import MediaLinks
from app.messages.content.compiled import CompiledSet
from app.messages.content.message_set import build, read
from app.messages.tracking.models import LinkFetch
from app.messages.tracking.operations.judging import judge_fetches
from tests.factories import friends, line

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Safari Line/15.2.0"
Make = Callable[..., CompiledSet]


class Known:
    """A personal value that is always known."""

    is_always_known = True


@pytest.fixture
def account(app: Flask) -> Account:
    return line.account()


@pytest.fixture
def hana(account: Account) -> Friend:
    return friends.friend(account, display_name="Hana")


@pytest.fixture
def make() -> Make:
    """Compile messages as they are stored."""

    def compile_them(*messages: dict[str, Any], media: str = "", **more: Any) -> CompiledSet:
        files = {1: MediaLinks("image", media or "http://127.0.0.1:8000/media/abc", 1040, 1040)}
        built = build(read({"messages": list(messages), **more}), files, {"name": Known(), "id": Known()})
        assert built.problems == ()
        return built.ready

    return compile_them


@pytest.fixture
def judge(app: Flask) -> Iterator[Callable[[], None]]:
    """Let the seconds pass after which fetches are judged, and judge them."""

    def at_once() -> None:
        db.session.query(LinkFetch).filter(LinkFetch.due_at.is_not(None)).update({"due_at": database_now()})
        db.session.commit()
        judge_fetches()

    yield at_once
    if desk := app.extensions.pop("tracked_links", None):
        desk.close()
