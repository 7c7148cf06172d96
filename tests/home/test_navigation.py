"""The side menu: what each reader finds in it, and which account it is about."""

from __future__ import annotations

import re
from types import SimpleNamespace

from flask import Flask

from tests.conftest import signed_in
from tests.factories import friends, line, segments, team
from tests.support.client import CheckingClient


def menu(browser: CheckingClient, path: str = "/profile") -> str:
    html = browser.get(path, headers={"Accept-Language": "en"}).get_data(as_text=True)
    found = re.search(r'<nav class="navbar.*?</nav>', html, re.DOTALL)
    assert found, "The page has no menu."
    return found.group(0)


def places(browser: CheckingClient, path: str = "/profile") -> list[str]:
    items = re.findall(r'<a class="nav-link[^>]*>(.*?)</a>', menu(browser, path), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", item).split()) for item in items]


def test_an_administrator_finds_everything(as_alice: CheckingClient) -> None:
    line.account()
    assert places(as_alice) == [
        "Home",
        "Chat",
        "Accounts",
        "Friends",
        "Tags",
        "Segment",
        "Message Broadcasts",
        "Workflows",
        "Auto Send Messages",
        "QR Codes",
        "Rich Messages",
        "Card Type Messages",
        "Canned replies",
        "Rich menus",
        "Settings",
        "Integrations",
        "Members",
        "Workspace settings",
        "API keys",
        "Audit log",
        "Outbox",
        "Help",
    ]


def headings(browser: CheckingClient) -> dict[str, list[str]]:
    """The places below each heading."""
    found = re.findall(
        r'menu-heading" id="([^"]+)">(.*?)</span>.*?aria-labelledby="\1">(.*?)</ul>', menu(browser), re.DOTALL
    )
    return {name: re.findall(r'nav-link-title">([^<]+)<', items) for _id, name, items in found}


def test_what_is_automated_and_what_is_kept_stand_below_their_headings(app: Flask, as_alice: CheckingClient) -> None:
    line.account()
    assert headings(as_alice) == {
        "Automation": ["Workflows", "Auto Send Messages", "QR Codes"],
        "Message Items": ["Rich Messages", "Card Type Messages", "Canned replies", "Rich menus"],
    }
    assert headings(signed_in(app, team.member(permissions=["rich_menus"]))) == {"Message Items": ["Rich menus"]}


def test_without_an_account_there_is_nothing_about_one(as_alice: CheckingClient) -> None:
    assert "Friends" not in places(as_alice)


def test_a_member_without_permissions_finds_home_and_help(as_bob: CheckingClient) -> None:
    line.account()
    assert places(as_bob) == ["Home", "Help"]


def test_a_member_finds_what_was_opened_to_them(app: Flask, people: SimpleNamespace) -> None:
    line.account()
    assert places(signed_in(app, team.member(permissions=["tags"]))) == ["Home", "Tags", "Help"]
    assert places(signed_in(app, team.member(permissions=["imports"]))) == ["Home", "Settings", "Help"]


def test_only_accounts_opened_to_a_member_can_be_chosen(app: Flask, people: SimpleNamespace) -> None:
    line.account(name="Hidden")
    mine = line.account(name="Mine")
    shown = menu(signed_in(app, team.member(permissions=["friends"], account_ids=[mine.id])))
    assert "Mine" in shown
    assert "Hidden" not in shown


def test_the_account_connected_first_is_chosen_until_another_is_looked_at(as_alice: CheckingClient) -> None:
    first, second = line.account(name="Zebra"), line.account(name="Ant")
    assert f"/accounts/{first.id}/friends" in menu(as_alice)
    as_alice.get(f"/accounts/{second.id}/friends")
    chosen = re.findall(r'<a class="nav-link" href="(/accounts/\d+/friends)"', menu(as_alice))
    assert chosen == [f"/accounts/{second.id}/friends"]


def test_the_place_where_one_is_is_marked(as_alice: CheckingClient) -> None:
    account = line.account()
    current = re.findall(
        r'aria-current="page"[^>]*>(.*?)</a>', menu(as_alice, f"/accounts/{account.id}/tags"), re.DOTALL
    )
    assert ["Tags" in item for item in current] == [True]


def test_a_place_has_one_name_in_the_menu_on_its_page_and_on_the_way_back(as_alice: CheckingClient) -> None:
    account = line.account()
    person, mark, group = friends.friend(account), friends.tag(account, "VIP"), segments.segment(account)
    below = {"Friends": f"friends/{person.id}", "Tags": f"tags/{mark.id}/edit", "Segment": f"segments/{group.id}/edit"}
    for address, label in re.findall(r'href="([^"]+)"[^>]*>.*?nav-link-title">([^<]+)<', menu(as_alice), re.DOTALL):
        page = as_alice.get(address).get_data(as_text=True)
        title = re.search(r"<title>(.*?) · Tomoru</title>", page)
        heading = re.search(r'<h1 class="page-title"><bdi>(.*?)</bdi>', page)
        assert title and title.group(1).split(" – ")[0] == label, address
        assert heading and heading.group(1) == label, address
    for label, path in below.items():
        page = as_alice.get(f"/accounts/{account.id}/{path}").get_data(as_text=True)
        back = re.search(r'page-pretitle"><a href="[^"]*"><bdi>(.*?)</bdi>', page)
        assert back and back.group(1) == label, path
