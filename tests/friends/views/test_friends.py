"""The friends list and the page of one friend, as members see them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from app.core.db import db
from app.core.registry import Registry
from app.friends import linked_services, panels
from app.friends.models import FollowStatus, FriendTag
from app.friends.operations.activity import record_activity
from app.friends.operations.profiles import Refresh, Refreshed
from app.friends.queries import listing
from app.line.models import Account
from app.team.permissions import Permission
from tests.factories.friends import friend, tag
from tests.factories.line import account
from tests.friends.conftest import allow_seconds
from tests.support.client import CheckingClient, without_tokens

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def allow(people: SimpleNamespace, *permissions: str) -> None:
    people.bob.permissions = list(permissions)
    db.session.commit()


def list_url(place: Account, query: str = "") -> str:
    return f"/accounts/{place.id}/friends{query}"


def test_the_list_shows_who_they_are(place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linked_services, "SERVICES", {"hubspot": "HubSpot"})
    vip = tag(place, "VIP")
    friend(
        place, (vip,), display_name="花子", picture_url="https://example.com/a.png", last_name="田中", followed_at=START
    )
    friend(place, display_name=None, followed_at=None, follow_status=FollowStatus.BLOCKED, links={"hubspot": "1"})

    page = as_alice.get(list_url(place)).text

    for shown in ("花子", "https://example.com/a.png", "田中", "VIP", "Mar 1, 2026", "Following", "Blocked", "Unknown"):
        assert shown in page
    assert "Name not known" in page and "HubSpot" in page
    assert "2 friends" in page


def test_the_fragment_is_the_part_that_the_page_includes(place: Account, as_alice: CheckingClient) -> None:
    friend(place, display_name="Ana")
    fragment = as_alice.fragment(list_url(place))

    assert fragment.text.lstrip().startswith('<div id="friends-list"')
    assert without_tokens(fragment.text.strip()) in without_tokens(as_alice.get(list_url(place)).text)
    assert "HX-Request" in fragment.headers["Vary"]


def test_only_who_may_sees_friends(
    place: Account, people: SimpleNamespace, as_bob: CheckingClient, as_charlie: CheckingClient, browser: CheckingClient
) -> None:
    row = friend(place)
    urls = [
        list_url(place),
        list_url(place, "/count"),
        list_url(place, f"/{row.id}"),
        list_url(place, f"/{row.id}/activities"),
        list_url(place, "/tag-names"),
    ]
    assert {as_bob.get(url).status_code for url in urls} == {403}
    assert {as_charlie.get(url).status_code for url in urls} == {404}
    assert {browser.get(url).status_code for url in urls} == {303}
    allow(people, Permission.FRIENDS)
    assert {as_bob.get(url).status_code for url in urls} == {200}


def test_a_friend_of_another_account_is_not_found(place: Account, as_alice: CheckingClient) -> None:
    stranger = friend(account())
    for path in (f"/{stranger.id}", f"/{stranger.id}/activities", "/999999"):
        assert as_alice.get(list_url(place, path)).status_code == 404


def test_searching_narrows_and_pushes_a_plain_address(place: Account, as_alice: CheckingClient) -> None:
    vip = tag(place, "VIP")
    friend(place, (vip,), display_name="Ana"), friend(place, display_name="Ben")

    typed = {"search": "an", "match": "any", "tag_search": "", "tag": vip.id, "sort": "newest"}
    answer = as_alice.fragment(list_url(place, "/search"), "POST", data=typed)

    assert "Ana" in answer.text and "Ben" not in answer.text
    assert answer.headers["HX-Push-Url"] == list_url(place, f"?search=an&tag={vip.id}")
    again = as_alice.fragment(answer.headers["HX-Push-Url"])
    assert "HX-Push-Url" not in again.headers
    assert as_alice.get(answer.headers["HX-Push-Url"]).text.count('value="an"') == 2


def test_three_hundred_ticked_tags_fit_into_the_address(place: Account, as_alice: CheckingClient) -> None:
    tags = [tag(place, f"Tag {number}") for number in range(300)]
    friend(place, (tags[7],), display_name="Ana"), friend(place, display_name="Ben")
    typed = {"tag": [row.id for row in tags], "match": "any"}
    sent = as_alice.fragment(list_url(place, "/search"), "POST", data=typed)
    address = sent.headers["HX-Push-Url"]
    assert len(address) < 3000
    for answer in (sent, as_alice.get(address)):
        assert "Ana" in answer.text and "Ben" not in answer.text
        assert "and 280 more tags" in answer.text and len(answer.text) < 250_000
    assert as_alice.post(list_url(place, "/search"), data=typed).location == address, "Without script it is the same."
    too_many = as_alice.fragment(list_url(place, "/search"), "POST", data={"tag": list(range(1, 402))})
    assert (too_many.status_code, too_many.headers["HX-Reswap"]) == (422, "none")
    assert "Choose at most 400 tags at once." in too_many.headers["HX-Trigger"]


def test_choosing_is_for_who_may_see_friends(
    place: Account, as_bob: CheckingClient, as_charlie: CheckingClient
) -> None:
    for path in ("/search", "/tag-choices"):
        assert as_bob.post(list_url(place, path)).status_code == 403
        assert as_charlie.post(list_url(place, path)).status_code == 404


def test_filters_are_named_and_can_be_taken_away(place: Account, as_alice: CheckingClient) -> None:
    vip, gone = tag(place, "VIP"), tag(place, "Vanished")
    gone.deleted_at = START
    db.session.commit()
    friend(place, (vip,), display_name="Ana", follow_status=FollowStatus.BLOCKED)

    page = as_alice.get(list_url(place, f"?status=blocked&tag={vip.id}&tag={gone.id}")).text

    assert "Ana" in page and "Vanished" not in page
    assert f'href="{list_url(place, "?status=blocked")}"' in page
    assert f'href="{list_url(place, f"?tag={vip.id}")}"' in page


@pytest.mark.parametrize("query", ["?status=gone", "?tag=x", "?after=x", "?before=WzFd", "?match=none"])
def test_a_made_up_address_is_refused(place: Account, as_alice: CheckingClient, query: str) -> None:
    friend(place)
    assert as_alice.get(list_url(place, query)).status_code == 422


def test_an_unknown_order_is_the_usual_one(place: Account, as_alice: CheckingClient) -> None:
    assert as_alice.get(list_url(place, "?sort=height")).status_code == 200


def test_pages_can_be_walked_and_shared(
    place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    for number in range(5):
        friend(place, display_name=f"Friend {number}", followed_at=START + timedelta(hours=number))

    def neighbour(page: str, name: str) -> str:
        return re.search(rf'href="([^"]*[?&]{name}=[^"]*)"', page).group(1).replace("&amp;", "&")

    first = as_alice.get(list_url(place)).text
    assert "Friend 4" in first and "Friend 3" in first and "Friend 2" not in first
    assert 'hx-trigger="load"' in first
    second = as_alice.get(neighbour(first, "after")).text
    assert "Friend 2" in second and "Friend 1" in second and "Friend 0" not in second
    assert "Friend 4" in as_alice.get(neighbour(second, "before")).text


def test_the_total_comes_by_itself(place: Account, as_alice: CheckingClient) -> None:
    friend(place, display_name="Ana"), friend(place, display_name="Ben")

    assert "2 friends" in as_alice.fragment(list_url(place, "/count")).text
    assert "1 friend<" in as_alice.fragment(list_url(place, "/count?search=ana")).text


def test_a_total_that_would_take_too_long_says_so(
    place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        friend(place)
    monkeypatch.setattr(listing, "COUNT_AT_LEAST", 2)
    allow_seconds(monkeypatch, 0, 10)
    assert "More than 2 friends" in as_alice.fragment(list_url(place, "/count")).text


def test_an_account_without_friends_says_where_they_come_from(
    place: Account, people: SimpleNamespace, as_alice: CheckingClient, as_bob: CheckingClient
) -> None:
    page = as_alice.get(list_url(place)).text
    assert "No friends yet" in page and "Import existing LINE friends" in page
    assert f"https://line.me/R/ti/p/%40{place.basic_id[1:]}" in page

    allow(people, Permission.FRIENDS)
    assert "Import existing LINE friends" not in as_bob.get(list_url(place)).text


def test_a_filter_that_lets_no_one_through_offers_the_way_back(place: Account, as_alice: CheckingClient) -> None:
    friend(place, display_name="Ana")

    assert "Clear filters" in as_alice.get(list_url(place, "?search=zz")).text
    assert "two or more" in as_alice.get(list_url(place, "?search=n")).text
    assert "Ana" in as_alice.get(list_url(place, "?search=a")).text


def test_boxes_and_bulk_changes_are_for_those_who_may_tag(
    place: Account, people: SimpleNamespace, as_bob: CheckingClient
) -> None:
    friend(place)
    allow(people, Permission.FRIENDS)
    assert 'data-selection-target="row"' not in as_bob.get(list_url(place)).text
    allow(people, Permission.FRIENDS, Permission.TAGS)
    assert 'data-selection-target="row"' in as_bob.get(list_url(place)).text


def test_the_page_of_a_friend(place: Account, as_alice: CheckingClient) -> None:
    vip = tag(place, "VIP")
    row = friend(
        place,
        (vip,),
        display_name="花子",
        status_message="やあ",
        email="h@example.jp",
        follow_status=FollowStatus.BLOCKED,
        blocked_at=START,
    )
    record_activity(row, "message", START, {"type": "text", "text": "<b>hello</b>"})
    db.session.commit()

    page = as_alice.get(list_url(place, f"/{row.id}")).text

    for shown in (
        "花子",
        "やあ",
        "h@example.jp",
        row.line_user_id,
        "VIP",
        "Wrote a message",
        "&lt;b&gt;hello&lt;/b&gt;",
    ):
        assert shown in page
    assert "since" in page


def test_an_imported_friend_has_no_date_and_the_page_says_why(place: Account, as_alice: CheckingClient) -> None:
    row = friend(place, origin="import", followed_at=None)
    assert "Before the import" in as_alice.get(list_url(place, f"/{row.id}")).text


def test_the_timeline_goes_on(place: Account, as_alice: CheckingClient) -> None:
    row = friend(place)
    for number in range(35):
        record_activity(row, "message", START + timedelta(hours=number), {"type": "text", "text": f"line {number}."})
    db.session.commit()

    page = as_alice.get(list_url(place, f"/{row.id}")).text
    assert "line 34." in page and "line 5." in page and "line 4." not in page
    more = re.search(r'hx-get="([^"]*activities\?after=[^"]*)"', page).group(1)
    rest = as_alice.fragment(more).text
    assert "line 4." in rest and "line 0." in rest and "Show more" not in rest


def test_line_emoji_are_pictures_in_the_text(place: Account, as_alice: CheckingClient) -> None:
    row = friend(place)
    emojis = [
        {"index": 4, "length": 7, "productId": "5ac1", "emojiId": "002"},
        {"index": 12, "length": 6, "productId": "../x", "emojiId": "1"},
    ]
    said = {"type": "text", "text": "a😀 (heart)<(star) (heart)", "emojis": emojis}
    record_activity(row, "message", START, said)
    db.session.commit()
    page = as_alice.get(list_url(place, f"/{row.id}")).text
    detail = re.search(r'<div class="timeline-detail"><bdi>(.*?)</bdi>', page)
    assert detail
    picture = "https://stickershop.line-scdn.net/sticonshop/v1/sticon/5ac1/iPhone/002.png"
    pattern = rf'a😀 <img class="line-emoji" src="{re.escape(picture)}" alt="heart".*?replace">'
    pattern += r'&lt;<span class="picture-words">star</span> \(heart\)'
    assert re.fullmatch(pattern, detail[1])


def test_new_lines_come_by_themselves(place: Account, as_alice: CheckingClient) -> None:
    row = friend(place)

    def watched(html: str) -> str:
        return re.search(r'hx-get="([^"]*/newer\?than=[^"]+)"', html).group(1)

    empty = as_alice.get(list_url(place, f"/{row.id}")).text
    assert "Nothing has happened yet" in empty
    assert as_alice.fragment(watched(empty)).status_code == 204
    record_activity(row, "message", START, {"type": "text", "text": "first."})
    record_activity(row, "message", START - timedelta(days=1), {"type": "text", "text": "older, told late."})
    db.session.commit()
    told = as_alice.fragment(watched(empty))
    # The cards beside the timeline ask again when something has happened.
    assert "friend-news" in json.loads(told.headers["HX-Trigger"])
    news = told.text
    assert news.index("first.") < news.index("older, told late.")
    assert as_alice.fragment(watched(news)).status_code == 204


def test_tags_follow_the_timeline(place: Account, as_alice: CheckingClient) -> None:
    row = friend(place)
    page = as_alice.get(list_url(place, f"/{row.id}")).text
    asked = re.search(r'id="friend-tag-line" data-by-itself hx-get="([^"]+)" hx-trigger="friend-news from:body"', page)
    assert asked and "No tags yet." in page
    db.session.add(FriendTag(friend_id=row.id, tag_id=tag(place, "VIP").id))
    db.session.commit()
    line = as_alice.fragment(asked.group(1)).text
    assert "VIP" in line and 'id="new-tag"' not in line


def test_a_profile_on_its_way_is_watched(place: Account, as_alice: CheckingClient) -> None:
    row = friend(place, display_name=None, profile_due_at=START)
    page = as_alice.get(list_url(place, f"/{row.id}")).text
    assert 'hx-trigger="friend-news from:body, every 3s"' in page
    row.display_name, row.profile_due_at = "Ana", None
    db.session.commit()
    fetched = as_alice.fragment(list_url(place, f"/{row.id}/profile")).text
    assert "Ana" in fetched and "every 3s" not in fetched and "friend-news from:body" in fetched


def test_panels_of_upper_layers_fetch_themselves(
    place: Account, people: SimpleNamespace, as_bob: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panels, "PANELS", Registry("friend panel"))
    panels.register(panels.FriendPanel("Orders", "friend_activities.index", Permission.REPORTS))
    panels.register(panels.FriendPanel("Hidden", "friends.show", Permission.FRIENDS, lambda row: False))
    row = friend(place)
    allow(people, Permission.FRIENDS)
    assert "Orders" not in as_bob.get(list_url(place, f"/{row.id}")).text
    allow(people, Permission.FRIENDS, Permission.REPORTS)
    page = as_bob.get(list_url(place, f"/{row.id}")).text
    assert "Orders" in page and "Hidden" not in page
    assert f'hx-get="{list_url(place, f"/{row.id}/activities")}" hx-trigger="load"' in page


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (Refresh(Refreshed.CHANGED), "up to date now"),
        (Refresh(Refreshed.SAME), "nothing new"),
        (Refresh(Refreshed.UNAVAILABLE), "does not give this profile"),
        (Refresh(Refreshed.BLOCKED), "has blocked the account"),
        (Refresh(Refreshed.FAILED, "line.disconnected"), "is disconnected"),
    ],
)
def test_refreshing_tells_the_outcome(
    place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch, result: Refresh, words: str
) -> None:
    monkeypatch.setattr("app.friends.views.friend_profile.refresh_profile", lambda *_ids, actor: result)
    row = friend(place)

    answer = as_alice.fragment(list_url(place, f"/{row.id}/profile"), method="POST")
    assert answer.text.lstrip().startswith('<section id="friend-profile"')
    assert words in answer.headers["HX-Trigger"]
    plain = as_alice.post(list_url(place, f"/{row.id}/profile"))
    assert (plain.status_code, plain.location) == (303, list_url(place, f"/{row.id}"))


def test_refreshing_is_for_who_may(
    place: Account, people: SimpleNamespace, as_bob: CheckingClient, as_charlie: CheckingClient
) -> None:
    row = friend(place)
    assert as_bob.post(list_url(place, f"/{row.id}/profile")).status_code == 403
    assert as_charlie.post(list_url(place, f"/{row.id}/profile")).status_code == 404


def test_choices_of_tags_keep_what_is_chosen(place: Account, as_alice: CheckingClient) -> None:
    vip, _shop = tag(place, "VIP"), tag(place, "Shop")

    ticked = {"tag_search": "sho", "chosen": [str(vip.id), "x", "²"]}
    found = as_alice.fragment(list_url(place, "/tag-choices?name=chosen"), "POST", data=ticked).text
    assert found.index("VIP") < found.index("Shop")
    assert 'name="chosen"' in found and found.count("checked") == 1
    names: Any = as_alice.fragment(list_url(place, "/tag-names?name=sh")).text
    assert names.strip() == '<option value="Shop"></option>'
