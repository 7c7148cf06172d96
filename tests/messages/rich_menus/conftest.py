"""An account at the sandbox, menus of it, and what LINE knows of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.core.runs.operations import advance
from app.line.models import Account, TokenKind
from app.media.models import MediaFile
from app.messages.rich_menus import operations
from app.messages.rich_menus.models import RichMenu
from app.team.actors import SYSTEM
from tests.factories import line as factory
from tests.factories.media import media_file, picture
from tests.support.sandbox import SandboxServer


@dataclass
class Shop:
    """An account, and LINE's side of it."""

    line: SandboxServer
    channel_id: str
    account: Account

    def image(self, color: str = "red", size: tuple[int, int] = (2500, 843)) -> MediaFile:
        return media_file(self.account.id, picture(size=size, color=color))

    def menu(self, name: str = "Spring", *, is_published: bool = True) -> RichMenu:
        """A menu, at LINE unless told otherwise."""
        menu = operations.create_menu(self.account.id, name, self.image(), actor=SYSTEM)
        db.session.commit()
        if is_published:
            self.publish(menu)
        return menu

    def publish(self, menu: RichMenu) -> None:
        run = operations.publish(self.account.id, menu.id, actor=SYSTEM)
        db.session.commit()
        advance(run.id)
        db.session.refresh(menu)

    def known(self) -> dict[str, Any]:
        """Menus, default, aliases and links as LINE keeps them."""
        known: dict[str, Any] = self.line.api("GET", f"/channels/{self.channel_id}/rich-menus")
        return known

    def people(self, count: int) -> list[str]:
        path = f"/channels/{self.channel_id}/friends?limit={count}&state=friend"
        return [person["user_id"] for person in self.line.api("GET", path)["friends"]]

    def sees(self, user_id: str) -> str | None:
        """The id of the menu on a friend's phone."""
        menu = self.line.api("GET", f"/channels/{self.channel_id}/friends/{user_id}/rich-menu")["menu"]
        return menu["richMenuId"] if menu else None


@pytest.fixture
def shop(app: Flask, line: SandboxServer) -> Shop:
    channel = line.create_channel(name="Kissa Hoshi", population={"followers": 30}, rich_menu_seconds=0)
    account = factory.account(
        bot_user_id=channel["bot_user_id"],
        channel_id=channel["channel_id"],
        channel_secret=channel["secret"],
        token_kind=TokenKind.ISSUED,
        access_token=None,
    )
    return Shop(line, channel["channel_id"], account)
