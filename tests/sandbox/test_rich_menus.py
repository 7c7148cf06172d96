"""Rich menus as LINE keeps them: made once, shown by link before default, changed in bulk a while later."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.sandbox.bots import Bot

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
MENUS, DEFAULT = "/v2/bot/richmenu", "/v2/bot/user/all/richmenu"


def menu(**changes: Any) -> dict[str, Any]:
    """A menu with one area that switches to another."""
    bounds = {"x": 0, "y": 0, "width": 2500, "height": 843}
    action = {"type": "richmenuswitch", "richMenuAliasId": "shop", "data": "to=shop"}
    body = {"size": {"width": 2500, "height": 843}, "selected": True, "name": "春", "chatBarText": "メニュー"}
    return body | {"areas": [{"bounds": bounds, "action": action}]} | changes


def made(bot: Bot, *, with_image: bool = True, **changes: Any) -> str:
    """A new menu's id."""
    menu_id = str(bot.checked("POST", MENUS, menu(**changes)).json()["richMenuId"])
    if with_image:
        assert upload(bot, menu_id).status_code == 200
    return menu_id


def upload(bot: Bot, menu_id: str, kind: str = "image/png", body: bytes = PNG) -> Any:
    return bot.call("POST", f"{MENUS}/{menu_id}/content", data=body, headers={"Content-Type": kind})


def of_user(user_id: str, menu_id: str = "") -> str:
    return f"/v2/bot/user/{user_id}/richmenu" + (f"/{menu_id}" if menu_id else "")


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def shown(bot: Bot, user_id: str) -> str | None:
    found = bot.control("GET", f"/friends/{user_id}/rich-menu")["menu"]
    return found["richMenuId"] if found else None


def test_a_menu_is_made_listed_and_deleted(bot: Bot) -> None:
    assert bot.checked("POST", f"{MENUS}/validate", menu()).json() == {}
    menu_id = made(bot, with_image=False)
    assert bot.checked("GET", f"{MENUS}/list").json() == {"richmenus": [{"richMenuId": menu_id} | menu()]}
    assert bot.checked("GET", f"{MENUS}/{menu_id}").json()["chatBarText"] == "メニュー"
    assert bot.checked("DELETE", f"{MENUS}/{menu_id}").status_code == 200
    assert refused(bot.checked("DELETE", f"{MENUS}/{menu_id}")) == (404, "Not found")


def test_an_image_is_taken_once(bot: Bot) -> None:
    menu_id = made(bot, with_image=False)
    assert bot.get(f"{MENUS}/{menu_id}/content").status_code == 404
    assert upload(bot, menu_id, "image/gif", b"GIF89a").status_code == 415
    assert upload(bot, menu_id, body=PNG + b"0" * 1024 * 1024).status_code == 413
    assert upload(bot, menu_id).status_code == 200
    assert refused(upload(bot, menu_id)) == (400, "An image has already been uploaded to the richmenu")
    picture = bot.get(f"{MENUS}/{menu_id}/content")
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    assert bot.server_request("GET", f"/_sandbox/rich-menus/{bot.channel_id}/{menu_id}", {}).content == PNG


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"size": {"width": 700, "height": 400}}, "size.width"),
        ({"size": {"width": 2500, "height": 1800}}, "size"),
        ({"name": "x" * 301}, "name"),
        ({"chatBarText": "👨‍👩‍👧" * 15}, "chatBarText"),
        ({"areas": menu()["areas"] * 21}, "areas"),
        (
            {"areas": [menu()["areas"][0] | {"action": {"type": "message", "text": "x", "label": "y" * 21}}]},
            "areas[0].action.label",
        ),
    ],
)
def test_a_wrong_menu_is_refused_at_its_place(bot: Bot, changes: dict[str, Any], place: str) -> None:
    answer = bot.post(f"{MENUS}/validate", menu(**changes))
    assert (answer.status_code, [one["property"] for one in answer.json()["details"]]) == (400, [place])


def test_texts_are_counted_in_characters_that_readers_see(bot: Bot) -> None:
    assert bot.post(f"{MENUS}/validate", menu(chatBarText="👨‍👩‍👧" * 14)).status_code == 200


def test_links_go_before_the_default(bot: Bot) -> None:
    friend, own, everyone = bot.friend(), made(bot), made(bot)
    assert refused(bot.checked("GET", DEFAULT)) == (404, "no default richmenu")
    assert refused(bot.checked("GET", of_user(friend))) == (404, "the user has no richmenu")
    assert bot.checked("POST", f"{DEFAULT}/{everyone}").status_code == 200
    assert bot.checked("GET", DEFAULT).json() == {"richMenuId": everyone}
    assert shown(bot, friend) == everyone
    assert bot.checked("POST", of_user(friend, own)).status_code == 200
    assert bot.checked("GET", of_user(friend)).json() == {"richMenuId": own}
    assert shown(bot, friend) == own
    bot.checked("DELETE", of_user(friend))
    assert shown(bot, friend) == everyone
    bot.checked("DELETE", DEFAULT)
    assert shown(bot, friend) is None


def test_the_default_of_another_channel_stays_hidden(bot: Bot) -> None:
    bot.change(default_menu_of_other_channel=True)
    assert refused(bot.checked("GET", DEFAULT)) == (403, "the richmenu is owned by another channel")


def test_a_menu_without_image_cannot_be_shown(bot: Bot) -> None:
    friend, bare = bot.friend(), made(bot, with_image=False)
    assert bot.checked("POST", f"{DEFAULT}/{bare}").status_code == 400
    assert bot.checked("POST", of_user(friend, bare)).status_code == 400
    alias = {"richMenuAliasId": "bare", "richMenuId": bare}
    assert refused(bot.checked("POST", f"{MENUS}/alias", alias)) == (400, "richmenu not found")


def test_linking_a_stranger_does_nothing(bot: Bot) -> None:
    stranger, menu_id = bot.friend(state="never"), made(bot)
    assert bot.checked("POST", of_user(stranger, menu_id)).status_code == 200
    assert bot.checked("GET", of_user(stranger)).status_code == 404


def test_many_are_linked_a_while_later(bot: Bot) -> None:
    bot.change(rich_menu_seconds=30)
    people, menu_id = bot.all_user_ids()[:3], made(bot)
    body = {"richMenuId": menu_id, "userIds": people}
    assert bot.checked("POST", f"{MENUS}/bulk/link", body).status_code == 202
    assert shown(bot, people[0]) is None
    bot.server.advance(30)
    assert [shown(bot, person) for person in people] == [menu_id] * 3
    assert bot.checked("POST", f"{MENUS}/bulk/unlink", {"userIds": people[:1]}).status_code == 202
    bot.server.advance(30)
    assert [shown(bot, person) for person in people] == [None, menu_id, menu_id]


def test_one_wrong_id_fails_all(bot: Bot) -> None:
    menu_id = made(bot)
    answer = bot.post(f"{MENUS}/bulk/link", {"richMenuId": menu_id, "userIds": ["x", *bot.all_user_ids()[:1]]})
    text = "The property, 'userIds[0]', in the request body is invalid (line: -, column: -)"
    assert refused(answer) == (400, text)
    for count in (0, 501):
        body = {"richMenuId": menu_id, "userIds": bot.all_user_ids()[:1] * count}
        assert bot.post(f"{MENUS}/bulk/link", body).status_code == 400
    gone = {"richMenuId": "richmenu-1", "userIds": bot.all_user_ids()[:1]}
    assert refused(bot.post(f"{MENUS}/bulk/link", gone)) == (404, "richmenu not found")


def test_a_batch_moves_everyone_and_tells_how_far_it_is(bot: Bot) -> None:
    bot.change(rich_menu_seconds=60)
    first, second = made(bot), made(bot)
    people = bot.all_user_ids()[:2]
    bot.post(of_user(people[0], first))
    bot.post(of_user(people[1], second))
    swap = [{"type": "link", "from": first, "to": second}, {"type": "link", "from": second, "to": first}]
    assert bot.checked("POST", f"{MENUS}/validate/batch", {"operations": swap}).status_code == 200
    accepted = bot.checked("POST", f"{MENUS}/batch", {"operations": swap, "resumeRequestKey": "spring-1"})
    path = f"{MENUS}/progress/batch?requestId={accepted.headers['x-line-request-id']}"
    assert bot.checked("GET", path).json()["phase"] == "ongoing"
    bot.server.advance(60)
    assert bot.checked("GET", path).json()["phase"] == "succeeded"
    assert [shown(bot, person) for person in people] == [second, first]
    assert bot.checked("GET", f"{MENUS}/progress/batch?requestId=x").status_code == 404


def test_aliases_lead_to_menus(bot: Bot) -> None:
    first, second = made(bot), made(bot)
    assert bot.checked("POST", f"{MENUS}/alias", {"richMenuAliasId": "shop", "richMenuId": first}).status_code == 200
    again = bot.checked("POST", f"{MENUS}/alias", {"richMenuAliasId": "shop", "richMenuId": second})
    assert refused(again) == (400, "conflict richmenu alias id")
    assert bot.post(f"{MENUS}/alias", {"richMenuAliasId": "Shop!", "richMenuId": first}).status_code == 400
    bot.checked("POST", f"{MENUS}/alias/shop", {"richMenuId": second})
    entry = {"richMenuAliasId": "shop", "richMenuId": second}
    assert bot.checked("GET", f"{MENUS}/alias/shop").json() == entry
    assert bot.checked("GET", f"{MENUS}/alias/list").json() == {"aliases": [entry]}
    assert bot.checked("DELETE", f"{MENUS}/alias/shop").status_code == 200
    assert refused(bot.checked("DELETE", f"{MENUS}/alias/shop")) == (404, "richmenu alias not found")


def test_a_tap_switches_the_menu_and_tells_the_account(bot: Bot) -> None:
    friend, first, second = bot.friend(), made(bot), made(bot)
    bot.post(of_user(friend, first))
    action = menu()["areas"][0]["action"]

    def tapped() -> dict[str, Any]:
        event: dict[str, Any] = bot.act(friend, "tap", action=action)["events"][0]["postback"]
        return event

    assert tapped() == {"data": "to=shop", "params": {"status": "RICHMENU_ALIAS_ID_NOTFOUND"}}
    bot.post(f"{MENUS}/alias", {"richMenuAliasId": "shop", "richMenuId": second})
    assert tapped() == {"data": "to=shop", "params": {"newRichMenuAliasId": "shop", "status": "SUCCESS"}}
    assert shown(bot, friend) == second
    bot.call("DELETE", f"{MENUS}/{second}")
    assert shown(bot, friend) is None
    assert tapped()["params"] == {"status": "RICHMENU_NOTFOUND"}


def test_making_menus_has_a_limit_of_its_own(bot: Bot) -> None:
    statuses = [bot.post(MENUS, menu()).status_code for _ in range(101)]
    assert statuses == [200] * 100 + [429]
