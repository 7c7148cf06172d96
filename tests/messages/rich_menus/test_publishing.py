"""Bringing menus to LINE: the first time, in place of another, and killed between each two steps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from app.core.db import db
from app.core.errors import Conflict, PermanentFailure
from app.core.runs.models import Run, RunState
from app.core.runs.operations import advance
from app.line.gateway.rich_menus import RichMenuClient
from app.messages.content.actions import LinkAction
from app.messages.rich_menus import operations
from app.messages.rich_menus.content import SwitchAction, read
from app.messages.rich_menus.models import RichMenu
from app.team.actors import SYSTEM
from tests.messages.rich_menus.conftest import Shop


class Killed(BaseException):
    """The worker is gone."""


def edited(shop: Shop, menu: RichMenu, **changes: object) -> None:
    """Store other content of the menu."""
    content = replace(read(menu.content), **changes)
    operations.change_menu(shop.account.id, menu.id, menu.name, content, seen=menu.version, actor=SYSTEM)
    db.session.commit()


def with_link(menu: RichMenu, url: str = "https://shop.example/") -> dict[str, object]:
    areas = read(menu.content).areas
    return {"areas": (replace(areas[0], action=LinkAction(url)),)}


@pytest.fixture
def menu(shop: Shop) -> RichMenu:
    """A menu at LINE: the default, and linked to a friend."""
    menu = shop.menu(is_published=False)
    edited(shop, menu, **with_link(menu))
    shop.publish(menu)
    operations.set_default(shop.account.id, menu.id, actor=SYSTEM)
    RichMenuClient(shop.account.id).link(shop.people(1)[0], menu.line_menu_id or "")
    return menu


def test_a_menu_comes_to_line(shop: Shop, menu: RichMenu) -> None:
    (known,) = shop.known()["menus"]
    assert known["richMenuId"] == menu.line_menu_id
    assert (known["has_image"], known["selected"], known["size"]) == (True, True, {"width": 2500, "height": 843})
    assert known["areas"][0]["action"] == {"type": "uri", "uri": "https://shop.example/"}
    assert shop.known()["aliases"] == {menu.alias: menu.line_menu_id}
    assert not menu.has_changes


def test_a_change_is_a_new_menu_to_which_all_is_moved(shop: Shop, menu: RichMenu) -> None:
    before = menu.line_menu_id
    edited(shop, menu, chat_bar_text="👨‍👩‍👧" * 14)
    assert menu.has_changes
    shop.publish(menu)
    assert menu.line_menu_id not in (None, before)
    everyone = shop.people(2)
    assert [one["richMenuId"] for one in shop.known()["menus"]] == [menu.line_menu_id]
    assert (shop.known()["default"], shop.known()["linked"]) == (menu.line_menu_id, {everyone[0]: menu.line_menu_id})
    assert [shop.sees(person) for person in everyone] == [menu.line_menu_id] * 2


CALLS = ("listed", "create", "upload", "set_alias", "set_default", "move_links", "moved", "delete")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("is_after", [False, True])
def test_a_kill_leaves_no_friend_without_menu_and_no_orphan(
    shop: Shop, menu: RichMenu, monkeypatch: pytest.MonkeyPatch, call: str, is_after: bool
) -> None:
    """The worker dies right before or right after LINE did what it was asked; another goes on."""
    edited(shop, menu, chat_bar_text="New")
    run = operations.publish(shop.account.id, menu.id, actor=SYSTEM)
    db.session.commit()
    people = shop.people(2)
    original = getattr(RichMenuClient, call)

    def dying(*args: object, **kwargs: object) -> object:
        if is_after:
            original(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(RichMenuClient, call, dying)
        with pytest.raises(Killed):
            advance(run.id)
    db.session.rollback()
    there = [one["richMenuId"] for one in shop.known()["menus"] if one["has_image"]]
    assert all(shop.sees(person) in there for person in people)
    _let_the_lease_lapse(run.id)
    advance(run.id)
    db.session.refresh(menu)
    assert db.session.get_one(Run, run.id, populate_existing=True).state == RunState.COMPLETED
    known = shop.known()
    assert [one["richMenuId"] for one in known["menus"]] == [menu.line_menu_id]
    assert known["aliases"] == {menu.alias: menu.line_menu_id}
    assert known["linked"] == {people[0]: menu.line_menu_id}
    assert known["default"] == menu.line_menu_id
    assert known["menus"][0]["chatBarText"] == "New"


def _let_the_lease_lapse(run_id: int) -> None:
    db.session.execute(update(Run).where(Run.id == run_id).values(leased_until=None))
    db.session.commit()


def test_what_a_failed_publication_left_goes_with_the_next(shop: Shop, menu: RichMenu) -> None:
    edited(shop, menu, chat_bar_text="New")
    path = "/v2/bot/richmenu/{richMenuId}/content"
    shop.line.api("POST", "/faults", {"kind": "status", "status": 400, "path": path, "times": 1})
    shop.publish(menu)
    run = db.session.scalars(select(Run).order_by(Run.id.desc())).first()
    assert run is not None
    assert run.state == RunState.FAILED
    assert len(shop.known()["menus"]) == 2
    shop.publish(menu)
    assert [one["richMenuId"] for one in shop.known()["menus"]] == [menu.line_menu_id]


def test_switching_needs_the_other_menu_at_line(shop: Shop, menu: RichMenu) -> None:
    other = shop.menu("Shop", is_published=False)
    edited(shop, other, **with_link(other))
    areas = (replace(read(menu.content).areas[0], action=SwitchAction(other.alias)),)
    edited(shop, menu, areas=areas)
    with pytest.raises(Conflict, match="Shop"):
        operations.publish(shop.account.id, menu.id, actor=SYSTEM)
    shop.publish(other)
    shop.publish(menu)
    person = shop.people(1)[0]
    action = shop.known()["menus"][-1]["areas"][0]["action"]
    shop.line.act(shop.channel_id, person, "tap", action=action)
    assert shop.sees(person) == other.line_menu_id
    with pytest.raises(Conflict, match="Spring"):
        operations.delete_menu(shop.account.id, other.id, actor=SYSTEM)


def test_a_deleted_menu_leaves_nothing_at_line(shop: Shop, menu: RichMenu) -> None:
    foreign = RichMenuClient(shop.account.id).create(
        {"size": {"width": 2500, "height": 843}, "selected": False, "name": "x", "chatBarText": "x", "areas": []}
    )
    operations.delete_menu(shop.account.id, menu.id, actor=SYSTEM)
    db.session.commit()
    known = shop.known()
    assert [one["richMenuId"] for one in known["menus"]] == [foreign]
    assert (known["default"], known["aliases"], known["linked"]) == (None, {}, {})
    assert db.session.scalar(select(RichMenu)) is None


@pytest.mark.parametrize("has_ended", [False, True])
def test_a_publication_begun_while_a_menu_is_deleted_keeps_it(
    shop: Shop, menu: RichMenu, monkeypatch: pytest.MonkeyPatch, has_ended: bool
) -> None:
    edited(shop, menu, chat_bar_text="New")
    delete = RichMenuClient.delete
    begun: list[int] = []

    def publishing_too(client: RichMenuClient, menu_id: str) -> None:
        delete(client, menu_id)
        if not begun:
            run = operations.publish(shop.account.id, menu.id, actor=SYSTEM)
            begun.append(run.id)
            db.session.commit()
            if has_ended:
                advance(run.id)

    with monkeypatch.context() as patched:
        patched.setattr(RichMenuClient, "delete", publishing_too)
        with pytest.raises(Conflict, match="published"):
            operations.delete_menu(shop.account.id, menu.id, actor=SYSTEM)
    db.session.rollback()
    if not has_ended:
        advance(begun[0])
    db.session.refresh(menu)
    assert [one["richMenuId"] for one in shop.known()["menus"]] == [menu.line_menu_id]
    operations.delete_menu(shop.account.id, menu.id, actor=SYSTEM)
    db.session.commit()
    assert shop.known()["menus"] == []


def test_a_deletion_takes_along_what_a_failed_publication_made_without_hearing_of_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    menu = shop.menu(is_published=False)
    edited(shop, menu, **with_link(menu))
    create = RichMenuClient.create

    def unheard(client: RichMenuClient, built: dict[str, object]) -> str:
        create(client, built)
        raise PermanentFailure("line.unreadable")

    with monkeypatch.context() as patched:
        patched.setattr(RichMenuClient, "create", unheard)
        shop.publish(menu)
    assert (len(shop.known()["menus"]), menu.next_line_menu_id) == (1, None)
    operations.delete_menu(shop.account.id, menu.id, actor=SYSTEM)
    db.session.commit()
    assert shop.known()["menus"] == []
