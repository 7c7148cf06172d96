"""Views of the friends list that a member keeps, and the columns of the list."""

from __future__ import annotations

import re
from types import SimpleNamespace

from sqlalchemy import select

from app.core.db import db
from app.friends.list_models import ListView
from app.friends.models import IdLink
from app.friends.operations.definitions import create_definition
from app.line.models import Account
from app.team.actors import Actor
from tests.factories.friends import friend, tag
from tests.support.client import CheckingClient

ENGLISH = {"Accept-Language": "en"}


def heads(page: str) -> list[str]:
    found = re.findall(r"<th[^>]*>(.*?)</th>", page, re.S)
    return [re.sub(r"<[^>]+>", " ", one).split("?")[0].strip().split("  ")[0].strip() for one in found]


def test_chosen_columns_show_what_is_known(place: Account, people: SimpleNamespace, as_alice: CheckingClient) -> None:
    made = create_definition(place.id, "Birthday", "date", actor=Actor.of_member(people.alice))
    key = f"attributes.{made.key}"
    one = friend(place, display_name="Ana", email="ana@example.com", attributes={made.key: "1990-04-01"})
    db.session.add(IdLink(account_id=place.id, line_user_id=one.line_user_id, user_id="crm-7"))
    friends = f"/accounts/{place.id}/friends"
    assert "ana@example.com" not in as_alice.get(friends).text
    data = {"column": ["email", "user_id", key, "invented"], "sort": "name"}

    answer = as_alice.fragment(f"/accounts/{place.id}/friend-views/columns", method="POST", data=data)

    assert answer.headers["HX-Redirect"] == f"{friends}?sort=name"
    page = as_alice.get(friends, headers=ENGLISH).text
    assert all(text in page for text in ("ana@example.com", "crm-7", "Apr 1, 1990"))
    assert "Follow status</th>" not in page
    as_alice.fragment(f"/accounts/{place.id}/friend-views/columns", method="POST", data={})
    assert "ana@example.com" not in as_alice.get(friends).text


def test_columns_stand_in_the_order_that_the_member_gave_them(place: Account, as_alice: CheckingClient) -> None:
    friend(place, company="Acme")
    base, friends = f"/accounts/{place.id}/friend-views", f"/accounts/{place.id}/friends"
    as_alice.fragment(f"{base}/columns", method="POST", data={"column": ["company", "tags", "status", "tags"]})
    assert heads(as_alice.get(friends, headers=ENGLISH).text)[-3:] == ["Company", "Tags", "Follow status"]
    offered = re.findall(r'name="column" value="([^"]+)" (checked)?', as_alice.fragment(base).text)
    assert offered[:3] == [("company", "checked"), ("tags", "checked"), ("status", "checked")]
    assert {is_shown for _name, is_shown in offered[3:]} == {""}
    as_alice.fragment(base, method="POST", data={"name": "Firms"})
    view = db.session.scalars(select(ListView)).one()
    as_alice.fragment(f"{base}/columns", method="POST", data={"column": ["status", "added"]})
    assert heads(as_alice.get(friends, headers=ENGLISH).text)[-2:] == ["Follow status", "Friend added"]
    page = as_alice.get(f"{friends}?view={view.id}", headers=ENGLISH).text
    assert heads(page)[-3:] == ["Company", "Tags", "Follow status"]


def test_a_view_brings_filter_order_and_columns_back(
    place: Account, people: SimpleNamespace, as_alice: CheckingClient
) -> None:
    vip = tag(place, "VIP")
    friend(place, (vip,), display_name="Ana", company="Acme")
    friend(place, display_name="Ben", company="Bolt")
    base = f"/accounts/{place.id}/friend-views"
    as_alice.fragment(f"{base}/columns", method="POST", data={"column": ["company"]})
    data = {"name": "Good ones", "tag": str(vip.id), "sort": "name"}
    made = as_alice.fragment(base, method="POST", data=data).headers["HX-Redirect"]
    as_alice.fragment(f"{base}/columns", method="POST", data={"column": ["status"]})

    again = as_alice.fragment(made.replace("/friends?", "/friend-views?")).text
    assert re.search(r'name="name"[^>]*value="Good ones"', again)
    page = as_alice.get(made).text
    assert "Acme" in page and "Bolt" not in page and "Good ones" in page
    assert "Acme" not in as_alice.get(f"/accounts/{place.id}/friends").text
    view = db.session.scalars(select(ListView)).one()
    assert view.args == {"tag": str(vip.id), "sort": "name"}
    as_alice.fragment(base, method="POST", data={"name": "good ones", "status": "blocked"})
    db.session.refresh(view)
    assert (view.name, view.args) == ("good ones", {"status": ["blocked"]})


def test_columns_of_an_open_view_are_its_own(place: Account, people: SimpleNamespace, as_alice: CheckingClient) -> None:
    friend(place, company="Acme")
    base = f"/accounts/{place.id}/friend-views"
    as_alice.fragment(base, method="POST", data={"name": "Firms"})
    view = db.session.scalars(select(ListView)).one()
    as_alice.fragment(f"{base}/columns", method="POST", data={"column": ["company"], "view": view.id})
    friends = f"/accounts/{place.id}/friends"
    assert "Acme" in as_alice.get(f"{friends}?view={view.id}").text
    assert "Acme" not in as_alice.get(friends).text


def test_views_are_a_members_own(
    place: Account, people: SimpleNamespace, as_alice: CheckingClient, as_bob: CheckingClient
) -> None:
    base = f"/accounts/{place.id}/friend-views"
    as_alice.fragment(base, method="POST", data={"name": "Mine"})
    view = db.session.scalars(select(ListView)).one()
    assert "Mine" in as_alice.get(base).text
    assert as_alice.fragment(base, method="POST", data={"name": " "}).status_code == 422
    people.bob.permissions = ["friends"]
    assert "Mine" not in as_bob.get(base).text
    assert as_bob.fragment(f"{base}/{view.id}/delete", method="POST").status_code == 404
    assert as_alice.fragment(f"{base}/{view.id}/delete", method="POST").status_code == 204
    assert db.session.scalars(select(ListView)).all() == []
