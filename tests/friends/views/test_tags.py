"""The pages of tags and of custom attributes."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.core import usage
from app.core.db import db
from app.core.registry import Registry
from app.friends.models import AttributeDefinition, Tag
from app.friends.operations.definitions import create_definition
from app.friends.queries.attributes import attribute_definitions
from app.line.models import Account
from app.team.actors import Actor
from app.team.permissions import Permission
from tests.factories.friends import friend, tag
from tests.factories.line import account
from tests.support.client import CheckingClient, without_tokens


def url(place: Account, path: str = "") -> str:
    return f"/accounts/{place.id}/tags{path}"


def attributes_url(place: Account, path: str = "") -> str:
    return f"/accounts/{place.id}/attributes{path}"


def names() -> list[str]:
    return list(db.session.scalars(select(Tag.name).where(Tag.deleted_at.is_(None)).order_by(Tag.id)))


def test_the_list(place: Account, as_alice: CheckingClient) -> None:
    vip = tag(place, "VIP")
    tag(account(), "Elsewhere"), friend(place, (vip,)), friend(place, (vip,))

    page = as_alice.get(url(place)).text
    assert "VIP" in page and place.name in page and ">2</a>" in page and "Elsewhere" not in page
    fragment = without_tokens(as_alice.fragment(url(place)).text).strip()
    assert fragment.startswith('<div id="tags-list"') and fragment in without_tokens(page)


def test_an_account_without_tags_says_what_they_are_for(place: Account, as_alice: CheckingClient) -> None:
    assert "No tags yet" in as_alice.get(url(place)).text
    tag(place, "VIP")
    assert "No tag of this name" in as_alice.get(url(place, "?search=zz")).text
    assert "VIP" in as_alice.get(url(place, "?search=ｖi&sort=friends")).text
    assert as_alice.get(url(place, "?after=zz")).status_code == 422


def test_creating(place: Account, as_alice: CheckingClient) -> None:
    answer = as_alice.fragment(url(place), method="POST", data={"name": " VIP "})
    assert answer.text.strip().startswith('<form id="tag-form"') and "VIP" not in answer.text
    made = {"account": place.id, "made": db.session.scalars(select(Tag.id)).one(), "target": "body"}
    assert json.loads(answer.headers["HX-Trigger"])["tags-changed"] == made
    assert as_alice.post(url(place), data={"name": "Shop"}).location == url(place)

    refused = as_alice.fragment(url(place), method="POST", data={"name": "vip"})
    assert refused.status_code == 422
    assert "There is a tag of this name already" in refused.text and 'value="vip"' in refused.text
    assert as_alice.post(url(place), data={"name": ""}).status_code == 422
    assert names() == ["VIP", "Shop"]


def test_renaming(place: Account, as_alice: CheckingClient) -> None:
    vip = tag(place, "VIP")
    tag(place, "Shop")
    page = as_alice.get(url(place, f"/{vip.id}/edit")).text
    assert 'value="VIP"' in page and "readonly" in page and "To move it" in page

    taken = as_alice.fragment(url(place, f"/{vip.id}"), method="POST", data={"name": "Shop"})
    assert taken.status_code == 422 and taken.text.strip().startswith('<form id="tag-edit-form"')
    assert as_alice.post(url(place, f"/{vip.id}"), data={"name": "Gold"}).location == url(place)
    assert names() == ["Gold", "Shop"]


def test_deleting_names_what_uses_the_tag(
    place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    vip = tag(place, "VIP")
    for _ in range(2):
        friend(place, (vip,))
    monkeypatch.setattr(usage, "FINDERS", Registry("usage"))
    assert "Nothing else uses it." in as_alice.get(url(place, f"/{vip.id}/edit")).text
    segment = usage.Usage("Segment", "Good customers", "tags.index", {"account_id": place.id})
    usage.register("tag", "test", lambda tag_id: [segment] if tag_id == vip.id else [])

    page = as_alice.get(url(place, f"/{vip.id}/edit")).text
    assert "taken off 2 friends" in page and page.count("Good customers") == 2

    answer = as_alice.post(url(place, f"/{vip.id}/removal"))
    assert (answer.status_code, answer.location) == (303, url(place))
    assert names() == []
    assert as_alice.get(url(place, f"/{vip.id}/edit")).status_code == 404


def test_tags_are_for_those_who_may(
    place: Account, people: SimpleNamespace, as_bob: CheckingClient, as_charlie: CheckingClient
) -> None:
    vip = tag(place)
    calls = [
        ("", "GET"),
        ("", "POST"),
        (f"/{vip.id}/edit", "GET"),
        (f"/{vip.id}", "POST"),
        (f"/{vip.id}/removal", "POST"),
    ]
    for path, method in calls:
        assert as_bob.open(url(place, path), method=method).status_code == 403
        assert as_charlie.open(url(place, path), method=method, data={"name": "x"}).status_code == 404
    people.bob.permissions = [Permission.TAGS]
    db.session.commit()
    page = as_bob.get(url(place)).text
    assert vip.name in page and f"/accounts/{place.id}/friends?" not in page


def test_tags_of_another_account_are_not_found(place: Account, as_alice: CheckingClient) -> None:
    theirs = tag(account())
    for path, method in ((f"/{theirs.id}/edit", "GET"), (f"/{theirs.id}", "POST"), (f"/{theirs.id}/removal", "POST")):
        assert as_alice.open(url(place, path), method=method, data={"name": "x"}).status_code == 404


def labels(place: Account) -> list[str]:
    return [one.label for one in attribute_definitions(place.id)]


def test_attributes_are_created_renamed_moved_and_deleted(place: Account, as_alice: CheckingClient) -> None:
    assert "No attributes of your own yet" in as_alice.get(attributes_url(place)).text
    for label, kind in (("Size", "text"), ("誕生日", "date")):
        answer = as_alice.fragment(attributes_url(place), method="POST", data={"label": label, "kind": kind})
        assert answer.text.strip().startswith('<div id="definitions"') and label in answer.text
    size = attribute_definitions(place.id)[0]

    as_alice.fragment(attributes_url(place, f"/{size.id}/move-down"), method="POST")
    assert labels(place) == ["誕生日", "Size"]
    as_alice.fragment(attributes_url(place, f"/{size.id}/move-up"), method="POST")
    assert labels(place) == ["Size", "誕生日"]
    row = as_alice.fragment(attributes_url(place, f"/{size.id}/edit")).text
    assert 'value="Size"' in row
    assert (
        "Shirt" in as_alice.fragment(attributes_url(place, f"/{size.id}"), method="POST", data={"label": "Shirt"}).text
    )
    assert as_alice.post(attributes_url(place, f"/{size.id}/removal")).location == attributes_url(place)
    assert labels(place) == ["誕生日"]
    assert as_alice.get(attributes_url(place, f"/{size.id}/edit")).status_code == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"label": "", "kind": "text"}, "Enter a name."),
        ({"label": "size", "kind": "text"}, "There is an attribute of this name already, or one that looks the same."),
    ],
)
def test_attributes_that_cannot_be(
    place: Account, people: SimpleNamespace, as_alice: CheckingClient, data: dict[str, str], words: str
) -> None:
    size = create_definition(place.id, "Size", "text", actor=Actor.of_member(people.alice))
    create_definition(place.id, "Other", "text", actor=Actor.of_member(people.alice))
    db.session.commit()

    answer = as_alice.fragment(attributes_url(place), method="POST", data=data)
    assert answer.status_code == 422 and words in answer.text
    renamed = {"label": "" if not data["label"] else "OTHER"}
    answer = as_alice.fragment(attributes_url(place, f"/{size.id}"), method="POST", data=renamed)
    assert answer.status_code == 422 and words in answer.text
    assert as_alice.post(attributes_url(place), data={"label": "New", "kind": "colour"}).status_code == 422
    assert labels(place) == ["Size", "Other"]


def test_attributes_are_for_those_who_may(
    place: Account,
    people: SimpleNamespace,
    as_bob: CheckingClient,
    as_charlie: CheckingClient,
    as_alice: CheckingClient,
) -> None:
    size = create_definition(place.id, "Size", "text", actor=Actor.of_member(people.alice))
    db.session.commit()
    one = f"/{size.id}"
    calls = [("", "GET"), ("", "POST"), (f"{one}/edit", "GET"), (one, "POST"), (f"{one}/removal", "POST")]
    for path, method in [*calls, (f"{one}/move-up", "POST"), (f"{one}/move-down", "POST")]:
        assert as_bob.open(attributes_url(place, path), method=method).status_code == 403
        assert as_charlie.open(attributes_url(place, path), method=method, data={"label": "x"}).status_code == 404
        if path:
            elsewhere = attributes_url(account(), path)
            assert as_alice.open(elsewhere, method=method, data={"label": "x"}).status_code == 404
    assert db.session.scalars(select(AttributeDefinition.label)).one() == "Size"
