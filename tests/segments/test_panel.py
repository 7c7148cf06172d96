"""The card on the page of a friend: the segments that the friend is in now."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from app.line.models import Account
from app.segments.queries import friend_segments
from app.team.permissions import Permission
from tests.factories.friends import friend, tag
from tests.factories.line import account
from tests.factories.segments import condition, definition, segment
from tests.segments.test_list_pages import url
from tests.support.client import CheckingClient


def listed(html: str) -> list[str]:
    return re.findall(r'<a class="badge tag-badge"[^>]*><bdi>([^<]*)<', html)


def test_it_lists_the_segments_of_the_friend(
    place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(friend_segments, "AT_ONCE", 2)
    vip = tag(place, "VIP")
    person = friend(place, (vip,), language="ja")
    fits = condition("tag", "contains_any", vip.id)
    for name, one in (
        ("d", fits),
        ("b", condition("tag", "contains_none", vip.id)),
        ("c", condition("attributes.gone", "known")),
        ("a", condition("line.language", "any_of", "ja")),
        ("e", fits),
    ):
        segment(place, name, definition([one]))
    segment(account(), "elsewhere")

    card = as_alice.fragment(url(place, f"/friends/{person.id}")).text
    assert card.strip().startswith('<div id="friend-segments"') and listed(card) == ["a", "d", "e"]
    assert url(place, f"/friends/{person.id}") in as_alice.get(f"/accounts/{place.id}/friends/{person.id}").text


def test_it_says_when_there_is_none(place: Account, as_alice: CheckingClient) -> None:
    person = friend(place, follow_status="blocked")
    assert "No segments yet" in as_alice.fragment(url(place, f"/friends/{person.id}")).text
    segment(place)
    assert "This friend is in no segment now." in as_alice.fragment(url(place, f"/friends/{person.id}")).text


def test_it_is_for_those_who_may_see_segments(place: Account, people: SimpleNamespace, as_bob: CheckingClient) -> None:
    person = friend(place)
    people.bob.permissions = [Permission.FRIENDS]
    page = as_bob.get(f"/accounts/{place.id}/friends/{person.id}").text
    assert url(place, f"/friends/{person.id}") not in page
    assert as_bob.get(url(place, f"/friends/{person.id}")).status_code == 403
