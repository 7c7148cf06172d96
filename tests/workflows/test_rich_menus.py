"""A step that shows a rich menu: LINE links the friend, in one call for many, and says what stands in the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from app.core.db import db
from app.core.errors import Conflict
from app.line.gateway.rich_menus import RichMenuClient
from app.messages.content.actions import LinkAction
from app.messages.rich_menus import operations
from app.messages.rich_menus.content import read
from app.messages.rich_menus.models import RichMenu
from app.team.actors import SYSTEM
from app.workflows.definition.checks import findings
from app.workflows.operations.life import NotReady, create_workflow, start
from tests.factories import line as accounts
from tests.factories.workflows import active, chain, step
from tests.messages.rich_menus.conftest import Shop as MenuShop
from tests.workflows.conftest import Shop, history, let_pass, runs, settle


class Menus(MenuShop):
    """The rich menus of the shop, and LINE's side of them."""

    def menu(self, name: str = "Spring", *, is_published: bool = True) -> RichMenu:
        menu = super().menu(name, is_published=False)
        content = read(menu.content)
        areas = (replace(content.areas[0], action=LinkAction("https://shop.example/")),)
        operations.change_menu(
            self.account.id, menu.id, name, replace(content, areas=areas), seen=menu.version, actor=SYSTEM
        )
        db.session.commit()
        if is_published:
            self.publish(menu)
        return menu


@pytest.fixture
def menus(shop: Shop) -> Menus:
    """The rich menus of the shop; LINE links at once."""
    shop.line.api("PATCH", f"/channels/{shop.id}", {"rich_menu_seconds": 0})
    return Menus(shop.line, shop.id, shop.account)


def shows(shop: Shop, menu: RichMenu | None) -> object:
    if menu is None:
        return step("rich_menu", change="remove")
    return step("rich_menu", change="set", menus={str(shop.account.id): menu.id})


def test_a_friend_gets_the_menu_and_the_default_again(shop: Shop, menus: Menus, hana: str) -> None:
    menu = menus.menu("Members")
    active(shop.account, step("message", keywords=[{"text": "join", "match": "equals"}]), shows(shop, menu), name="In")
    active(
        shop.account, step("message", keywords=[{"text": "leave", "match": "equals"}]), shows(shop, None), name="Out"
    )
    shop.say(hana, "join")
    settle()
    assert history(runs()[0]) == [("rich_menu", "done", "next")]
    assert menus.sees(hana) == menu.line_menu_id
    shop.say(hana, "leave")
    settle()
    assert runs()[1].state == "succeeded" and menus.sees(hana) is None


def test_many_friends_are_linked_in_one_call(shop: Shop, menus: Menus, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []
    real = RichMenuClient.link_many

    def counted(self: RichMenuClient, menu_id: str, user_ids: list[str]) -> None:
        calls.append(user_ids)
        real(self, menu_id, user_ids)

    monkeypatch.setattr(RichMenuClient, "link_many", counted)
    active(shop.account, step("friend_add"), shows(shop, menus.menu()))
    people = {shop.person() for _ in range(3)}
    settle()
    assert [set(one) for one in calls] == [people]
    assert {run.state for run in runs()} == {"succeeded"}


def test_a_menu_that_line_cannot_link_now_is_linked_later(
    shop: Shop, menus: Menus, hana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    menu = menus.menu()
    active(shop.account, step("message", any=True), shows(shop, menu))
    wish = {"kind": "status", "channel_id": shop.id, "method": "POST", "path": "/v2/bot/richmenu/bulk/link"}
    shop.line.api("POST", "/faults", {**wish, "times": 10, "status": 500})
    shop.say(hana, "Hi")
    settle()
    assert runs()[0].state == "waiting"
    shop.line.api("DELETE", "/faults")
    let_pass(monkeypatch, minutes=1)
    settle()
    assert runs()[0].state == "succeeded" and menus.sees(hana) == menu.line_menu_id


@pytest.mark.parametrize(
    ("values", "code"), [(None, "workflows.menu_gone"), ({"line_menu_id": None}, "workflows.menu_unpublished")]
)
def test_a_menu_that_went_fails_the_step_with_a_sentence(
    shop: Shop, menus: Menus, hana: str, values: dict[str, None] | None, code: str
) -> None:
    menu = menus.menu()
    active(shop.account, step("message", any=True), shows(shop, menu))
    if values is None:
        db.session.delete(menu)
    else:
        db.session.execute(update(RichMenu).values(values))
    db.session.commit()
    shop.say(hana, "Hi")
    settle()
    assert (runs()[0].state, runs()[0].problem) == ("failed", code)


def test_a_step_says_what_is_wrong_with_its_menu(shop: Shop, menus: Menus) -> None:
    draft, gone = menus.menu("Draft", is_published=False), step("rich_menu", menus={str(shop.account.id): 10**9})
    wanted = [
        (shows(shop, draft), "The rich menu “Draft” is not at LINE. Publish it first."),
        (gone, "The rich menu of this step has been deleted. Choose another one."),
        (step("rich_menu", change="set"), "Choose the rich menu."),
    ]
    for node, sentence in wanted:
        graph = chain(shop.account, step("friend_add"), node)
        assert [str(one.problem.message) for one in findings(graph)] == [sentence]
        workflow = create_workflow("Menus", graph=graph, actor=SYSTEM)
        with pytest.raises(NotReady):
            start(workflow.id, actor=SYSTEM)


def test_a_menu_of_another_account_is_none_of_this_one(shop: Shop, menus: Menus) -> None:
    other = accounts.account(name="Other")
    menu = RichMenu(account_id=other.id, name="Foreign", content={}, mark="foreign", line_menu_id="richmenu-1")
    db.session.add(menu)
    db.session.commit()
    graph = chain(shop.account, step("friend_add"), shows(shop, menu))
    assert [str(one.problem.message) for one in findings(graph)] == [
        "The rich menu of this step has been deleted. Choose another one."
    ]


def test_an_active_workflow_keeps_its_menu_from_deletion(shop: Shop, menus: Menus) -> None:
    menu = menus.menu()
    active(shop.account, step("friend_add"), shows(shop, menu), name="Greeting")
    with pytest.raises(Conflict, match="used by: Workflow: Greeting"):
        operations.delete_menu(shop.account.id, menu.id, actor=SYSTEM)
