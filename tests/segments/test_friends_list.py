"""The friends list narrowed to segments and to conditions, and its filter kept as a segment."""

from __future__ import annotations

import csv
import html
import io
import re
from secrets import token_hex
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.runs.models import Run
from app.core.runs.operations import advance
from app.friends.filters import FriendFilter
from app.friends.friend_sets import FriendSet, find_set
from app.friends.models import FriendTag, Tag
from app.friends.operations import bulk
from app.friends.queries.listing import count_friends
from app.line.models import Account
from app.segments.conditions.properties import catalogue
from app.segments.friends_list.keys import decode, encode
from app.segments.friends_list.saving import definition_of
from app.segments.friends_list.sets import key_of_conditions, key_of_segment
from app.segments.models import Segment
from app.segments.operations.segments import delete_segment
from app.team.actors import Actor
from app.team.permissions import Permission
from tests.factories.friends import friend, tag
from tests.factories.line import account
from tests.factories.segments import condition, definition, segment
from tests.segments.posted import posted
from tests.support.client import CheckingClient

ENGLISH = {"Accept-Language": "en"}
NAMED_A = definition([condition("line.display_name", "contains", "a")])


def names_on(page: str) -> set[str]:
    return set(re.findall(r'<span id="name-friend-\d+"[^>]*><bdi>([^<]*)<', page))


def list_of(place: Account, path: str = "") -> str:
    return f"/accounts/{place.id}/friends{path}"


@pytest.fixture
def vip(place: Account) -> Tag:
    """A tag on Ana, Bea and Cid, beside whom there is Dan."""
    found = tag(place, "VIP")
    for name in ("Ana", "Bea", "Cid"):
        friend(place, (found,), display_name=name)
    friend(place, display_name="Dan")
    return found


def test_a_segment_narrows_the_list_together_with_the_other_filters(
    place: Account, vip: Tag, as_alice: CheckingClient
) -> None:
    one = segment(place, "With an A", NAMED_A)
    page = as_alice.get(list_of(place, f"?among=segment-{one.id}"), headers=ENGLISH).text
    assert names_on(page) == {"Ana", "Bea", "Dan"}
    assert "Segment: With an A" in page
    narrowed = f"?among=segment-{one.id}&tag={vip.id}"
    assert names_on(as_alice.get(list_of(place, narrowed)).text) == {"Ana", "Bea"}
    assert "2 friends" in as_alice.get(list_of(place, f"/count{narrowed}"), headers=ENGLISH).text
    file = as_alice.get(f"/accounts/{place.id}/friends.csv{narrowed}", headers=ENGLISH).data.decode("utf-8-sig")
    assert {row["Display name"] for row in csv.DictReader(io.StringIO(file))} == {"Ana", "Bea"}
    other = segment(place, "Dan", definition([condition("line.display_name", "equals", "dan")]))
    both = f"?among=segment-{one.id}&among=segment-{other.id}"
    assert names_on(as_alice.get(list_of(place, both)).text) == {"Dan"}


def test_pages_of_a_narrowed_list_follow_each_other(place: Account, as_alice: CheckingClient) -> None:
    one = segment(place, "", NAMED_A)
    for number in range(60):
        friend(place, display_name=f"Ana {number:02}")
        friend(place, display_name=f"Bob {number:02}")
    first = as_alice.get(list_of(place, f"?among=segment-{one.id}&size=25")).text
    links = [html.unescape(link) for link in re.findall(r'href="([^"]+)"', first)]
    second = as_alice.get(next(link for link in links if "after=" in link)).text
    assert len(names_on(first)) == len(names_on(second)) == 25
    assert not names_on(first) & names_on(second)
    assert all(name.startswith("Ana") for name in names_on(first) | names_on(second))


def test_who_may_not_see_segments_is_refused_and_strangers_find_none(
    place: Account, vip: Tag, people: SimpleNamespace, as_alice: CheckingClient
) -> None:
    one, foreign = segment(place), segment(account())
    assert as_alice.get(list_of(place, f"?among=segment-{foreign.id}")).status_code == 404
    for broken in ("segment-x", "conditions-x", "conditions-eJwDAAAAAAE", "conditions-" + encode([1])):
        assert as_alice.get(list_of(place, f"?among={broken}")).status_code == 404
    people.alice.role, people.alice.permissions = "staff", [Permission.FRIENDS]
    assert as_alice.get(list_of(place, f"?among=segment-{one.id}")).status_code == 403
    assert "segments/friends" not in as_alice.get(list_of(place)).text


def test_without_a_deleted_segment_the_list_is_shown_and_says_so_but_nothing_is_done_to_all(
    place: Account, vip: Tag, people: SimpleNamespace, as_alice: CheckingClient
) -> None:
    one = segment(place, "With an A", NAMED_A)
    key = key_of_segment(one.id)
    delete_segment(place.id, one.id, actor=Actor.of_member(people.alice))
    db.session.commit()

    found = as_alice.get(list_of(place, f"?among={key}&tag={vip.id}"), headers=ENGLISH)
    assert found.headers["Location"] == list_of(place, f"?tag={vip.id}")
    page = as_alice.get(found.headers["Location"], headers=ENGLISH).text
    said = "Alice has deleted the segment “With an A”. The list is shown without it."
    assert said in page and names_on(page) == {"Ana", "Bea", "Cid"}
    for path in ("/changes", "/search"):
        answer = as_alice.fragment(list_of(place, path), method="GET" if path == "/changes" else "POST", **_among(key))
        assert answer.headers["HX-Redirect"] == list_of(place)
    data = {"action": "add", "chosen": [vip.id], "whole": "1", "among": key}
    assert as_alice.fragment(f"/accounts/{place.id}/bulk-tags", method="POST", data=data).status_code == 409
    assert as_alice.get(f"/accounts/{place.id}/friends.csv?among={key}").status_code == 409
    assert len(db.session.scalars(select(FriendTag)).all()) == 3
    elsewhere = segment(account(), "Secret")
    delete_segment(elsewhere.account_id, elsewhere.id, actor=Actor.of_member(people.alice))
    db.session.commit()
    assert as_alice.get(list_of(place, f"?among={key_of_segment(elsewhere.id)}")).status_code == 404
    people.alice.role, people.alice.permissions = "staff", [Permission.FRIENDS]
    assert as_alice.get(list_of(place, f"?among={key}")).status_code == 403


def _among(key: str) -> dict[str, Any]:
    return {"query_string": {"among": key}}


def test_conditions_too_long_for_an_address_stay_in_the_drawer(place: Account, as_alice: CheckingClient) -> None:
    url = f"/accounts/{place.id}/segments/friends/conditions"
    texts = [token_hex(90) for _ in range(30)]
    answer = as_alice.fragment(url, method="POST", data=posted([("line.display_name", "contains", texts)]))
    assert answer.status_code == 422
    assert "too long" in answer.text and texts[-1] in answer.text


def test_a_bulk_change_of_the_whole_result_holds_to_the_segment_as_it_was(
    place: Account, vip: Tag, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    new, one = tag(place, "New"), segment(place, "", NAMED_A)
    data = {"action": "add", "chosen": [new.id], "whole": "1", "among": key_of_segment(one.id)}
    assert as_alice.fragment(f"/accounts/{place.id}/bulk-tags", method="POST", data=data).status_code == 200
    db.session.execute(Segment.__table__.update().values(definition=definition([])))
    db.session.commit()
    advance(db.session.scalars(select(Run.id)).one())
    assert len(db.session.scalars(select(FriendTag.friend_id).where(FriendTag.tag_id == new.id)).all()) == 3


def test_the_drawer_of_segments_lists_them_and_leads_back(place: Account, as_alice: CheckingClient) -> None:
    one, two = segment(place, "Tokyo"), segment(place, "Osaka")
    url = f"/accounts/{place.id}/segments/friends/segments"
    drawer = as_alice.fragment(f"{url}?status=following").text
    assert f"friends?status=following&amp;among=segment-{one.id}" in drawer and "Osaka" in drawer
    found = as_alice.fragment(f"{url}?name=osa").text
    assert f"among=segment-{two.id}" in found and "Tokyo" not in found
    assert as_alice.get(url).status_code == 200


def test_conditions_of_the_drawer_narrow_the_list_and_come_back_into_it(
    place: Account, vip: Tag, as_alice: CheckingClient
) -> None:
    url = f"/accounts/{place.id}/segments/friends/conditions"
    assert 'name="property-0-0"' in as_alice.fragment(url).text
    rows = [[("tag", "contains_any", [str(vip.id)]), ("line.display_name", "contains", ["c"])]]
    answer = as_alice.fragment(url, method="POST", data=posted(*rows, sort="name"))
    address = answer.headers["HX-Redirect"]
    assert "sort=name" in address and "among=conditions-" in address
    page = as_alice.get(address, headers=ENGLISH).text
    assert names_on(page) == {"Cid"}
    assert "Tag contains VIP AND Display name contains “c”" in page
    link = re.search(r'href="([^"]+/segments/friends/conditions[^"]*)"', page)
    assert link is not None
    again = as_alice.fragment(html.unescape(link[1])).text
    assert 'value="c"' in again
    cleared = as_alice.fragment(url, method="POST", data=posted([("", "", [])], sort="name"))
    assert cleared.headers["HX-Redirect"].endswith("friends?sort=name")


def test_unfinished_conditions_are_marked_and_rows_are_added(place: Account, as_alice: CheckingClient) -> None:
    url = f"/accounts/{place.id}/segments/friends/conditions"
    refused = as_alice.fragment(url, method="POST", data=posted([("line.display_name", "contains", [""])]))
    assert refused.status_code == 422 and "text-danger" in refused.text
    more = as_alice.fragment(f"{url}/rows", method="POST", data=posted([("", "", [])], do="add-condition:0"))
    assert 'name="property-0-1"' in more.text
    whole = as_alice.post(f"{url}/rows", data=posted([("", "", [])], do="add-group"))
    assert 'name="property-1-0"' in whole.text


def saved(place: Account, wanted: FriendFilter) -> tuple[str, list[str]]:
    """The definition of a filter in short, and what it leaves out."""
    sets: dict[str, FriendSet] = {}
    for key in wanted.among:
        found = find_set(place.id, key)
        assert found is not None
        sets[key] = found
    result = definition_of(wanted, sets, catalogue(place.id))
    groups = [
        "+".join(f"{one.property_name}={','.join(map(str, one.values))}" for one in group.conditions)
        for group in result.definition.groups
    ]
    return "|".join(groups), [str(sentence) for sentence in result.left_out]


def test_each_part_of_a_filter_becomes_conditions(place: Account, vip: Tag) -> None:
    shop = tag(place, "Shop")
    wanted = FriendFilter(statuses=("blocked",), tag_ids=(vip.id, shop.id), match="all")
    assert saved(place, wanted) == (f"line.follow_status=blocked+tag={vip.id},{shop.id}", [])
    two = definition([condition("line.display_name", "contains", "x")], [condition("line.language", "any_of", "ja")])
    keys = (key_of_segment(segment(place, "", two).id), key_of_conditions(NAMED_A))
    words, left_out = saved(place, FriendFilter(among=keys))
    assert words == "line.display_name=x+line.display_name=a|line.language=ja+line.display_name=a"
    assert left_out == []


def test_groups_that_leave_friends_out_do_so_in_the_list_and_in_the_segment(
    place: Account, vip: Tag, as_alice: CheckingClient
) -> None:
    asked = definition([condition("tag", "contains_any", vip.id)])
    asked["groups"].append({"conditions": [condition("line.display_name", "contains", "a")], "excludes": True})
    one = segment(place, "", asked | {"version": 2})
    narrowed = f"?among={key_of_segment(one.id)}"
    assert names_on(as_alice.get(list_of(place, narrowed)).text) == {"Cid"}
    key = key_of_segment(one.id)
    found = find_set(place.id, key)
    assert found is not None
    made = definition_of(FriendFilter(statuses=("following",), among=(key,)), {key: found}, catalogue(place.id))
    stored = made.definition.as_json()
    assert [bool(group.get("excludes")) for group in stored["groups"]] == [False, True]
    assert count_friends(place.id, FriendFilter(among=(key_of_conditions(stored),))).number == 1
    url = f"/accounts/{place.id}/segments/friends/conditions"
    drawn = as_alice.fragment(f"{url}?among={key_of_conditions(stored)}").text
    assert 'name="property-1-0"' in drawn
    more = as_alice.fragment(f"{url}/rows", method="POST", data=posted([("", "", [])], do="add-exclusion"))
    assert 'name="property-1-0"' in more.text


def test_a_search_is_carried_over_as_far_as_conditions_go(place: Account) -> None:
    friend(place, display_name="Other", email="ana@example.com")
    friend(place, display_name="Ana")
    words, left_out = saved(place, FriendFilter(search="ana"))
    assert words.count("|") == 4 and "email=ana" in words and "phone" not in words
    assert len(left_out) == 1 and "LINE user IDs" in left_out[0]
    found = FriendFilter(among=(key_of_conditions(_definition(place, FriendFilter(search="ana"))),))
    assert count_friends(place.id, found).number == 2
    words, left_out = saved(place, FriendFilter(search="ana maria tanaka"))
    assert words == "line.display_name=ana+line.display_name=maria+line.display_name=tanaka"
    assert "display name only" in left_out[0]


def _definition(place: Account, wanted: FriendFilter) -> dict[str, object]:
    return definition_of(wanted, {}, catalogue(place.id)).definition.as_json()


def test_a_filter_too_large_for_a_segment_says_so(place: Account) -> None:
    wide = [definition(*([condition("line.display_name", "contains", f"{n} {m}")] for m in range(6))) for n in range(2)]
    words, left_out = saved(place, FriendFilter(among=tuple(map(key_of_conditions, wide))))
    assert words == "" and "too many conditions" in left_out[0]


def test_saving_a_filter_makes_a_segment(place: Account, vip: Tag, as_alice: CheckingClient) -> None:
    page = as_alice.get(list_of(place, f"?tag={vip.id}&status=following"), headers=ENGLISH).text
    link = re.search(r'href="([^"]+/segments/friends/save[^"]*)"', page)
    assert link is not None
    drawer = as_alice.get(html.unescape(link[1]), headers=ENGLISH).text
    assert "Tag contains VIP" in drawer and "Follow status is Following" in drawer
    url, data = f"/accounts/{place.id}/segments/friends/save", {"tag": str(vip.id), "status": "following"}
    assert as_alice.fragment(url, method="POST", data={**data, "name": ""}).status_code == 422
    answer = as_alice.fragment(url, method="POST", data={**data, "name": "Good ones"})
    made = db.session.scalars(select(Segment)).one()
    assert (made.name, made.friends) == ("Good ones", 3)
    assert answer.headers["HX-Redirect"] == f"/accounts/{place.id}/segments/{made.id}"


def test_a_key_survives_its_way_through_an_address() -> None:
    assert decode(encode(NAMED_A)) == NAMED_A
    assert len(encode(NAMED_A)) < 200
    for broken in ("", "!", "AAAA", encode(NAMED_A)[:-4]):
        assert decode(broken) is None


def test_friends_are_chosen_on_the_page_of_a_segment(
    place: Account, vip: Tag, people: SimpleNamespace, as_alice: CheckingClient
) -> None:
    one = segment(place, "", NAMED_A)
    page = as_alice.get(f"/accounts/{place.id}/segments/{one.id}").text
    assert 'data-selection-target="row"' in page and 'id="bulk-dialog"' in page
    assert f'name="among" value="segment-{one.id}"' in page
    people.alice.role, people.alice.permissions = "staff", [Permission.FRIENDS, Permission.SEGMENTS]
    assert 'data-selection-target="row"' not in as_alice.get(f"/accounts/{place.id}/segments/{one.id}").text
