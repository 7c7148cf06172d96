"""Rich menus through the gateway, at the sandbox: what each call changes, and what LINE's refusals become."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from app.core.errors import PermanentFailure
from app.line.gateway.rich_menus import RichMenuClient
from app.line.models import Account
from tests.line.gateway.test_contract import MENU
from tests.support.sandbox import SandboxServer

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture
def menus(channel: dict[str, Any], connect: Callable[..., Account]) -> RichMenuClient:
    return RichMenuClient(connect(channel).id)


def made(menus: RichMenuClient) -> str:
    menu_id = menus.create(MENU)
    menus.upload(menu_id, "image/png", PNG)
    return menu_id


def people(line: SandboxServer, channel: dict[str, Any]) -> list[str]:
    path = f"/channels/{channel['channel_id']}/friends?limit=3&state=friend"
    return [person["user_id"] for person in line.api("GET", path)["friends"]]


def code(call: Callable[[], object]) -> str:
    with pytest.raises(PermanentFailure) as refused:
        call()
    return refused.value.code


def test_a_menu_and_its_image(menus: RichMenuClient) -> None:
    menus.check(MENU)
    menu_id = made(menus)
    assert menus.image(menu_id) == ("image/png", PNG)
    assert [(one.menu_id, one.name, len(one.areas), one.height) for one in menus.listed()] == [
        (menu_id, "Spring", 1, 843)
    ]
    assert code(lambda: menus.upload(menu_id, "image/png", PNG)) == "line.menu_has_image"
    menus.delete(menu_id)
    menus.delete(menu_id)
    assert menus.listed() == []
    assert code(lambda: menus.set_default(menu_id)) == "line.menu_gone"


def test_texts_that_the_sdk_counts_otherwise_reach_line(menus: RichMenuClient) -> None:
    menus.check(MENU | {"chatBarText": "👨‍👩‍👧" * 14})
    with pytest.raises(PermanentFailure) as refused:
        menus.check(MENU | {"chatBarText": "👨‍👩‍👧" * 15})
    assert "chatBarText" in str(refused.value.params["message"])


def test_default_and_links(menus: RichMenuClient, line: SandboxServer, channel: dict[str, Any]) -> None:
    first, second = made(menus), made(menus)
    assert menus.default() is None
    menus.set_default(first)
    assert menus.default() == first
    menus.clear_default()
    assert menus.default() is None
    line.api(
        "PATCH", f"/channels/{channel['channel_id']}", {"rich_menu_seconds": 0, "default_menu_of_other_channel": True}
    )
    assert code(menus.default) == "line.menu_elsewhere"
    one, two, three = people(line, channel)
    menus.link(one, first)
    menus.link_many(first, [two, three])
    menus.unlink_many([three])
    assert [menus.linked(person) for person in (one, two, three)] == [first, first, None]
    assert menus.moved(menus.move_links([first], second, "key-1"))
    menus.unlink(one)
    assert [menus.linked(person) for person in (one, two)] == [None, second]
    assert code(lambda: menus.move_links(["richmenu-1"], second, "key-2")) == "line.menu_gone"


def test_an_alias_is_made_or_moved(menus: RichMenuClient) -> None:
    first, second = made(menus), made(menus)
    menus.set_alias("shop", first)
    menus.set_alias("shop", second)
    assert menus.aliases() == {"shop": second}
    assert code(lambda: menus.set_alias("shop", "richmenu-1")) == "line.menu_gone"
    menus.delete_alias("shop")
    menus.delete_alias("shop")
    assert menus.aliases() == {}
