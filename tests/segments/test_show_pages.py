"""The page of a segment: conditions in words, numbers, members, the file of them, and the history."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.line.models import Account
from app.segments.models import Segment
from app.segments.operations import counting
from app.segments.operations.segments import change_segment
from app.segments.queries import members
from app.team.actors import Actor
from app.team.models import AuditEntry
from app.team.permissions import Permission
from tests.factories.friends import friend, tag
from tests.factories.segments import FOLLOWING, condition, definition, excluding, folder, segment
from tests.segments.test_list_pages import url
from tests.support.client import CheckingClient, without_tokens


def people_on(html: str) -> list[str]:
    return re.findall(r'<span class="person-name"><span[^>]*><bdi>([^<]*)<', html)


def versions(html: str) -> dict[str, str]:
    """The text of each version of the history by its number."""
    items = re.findall(
        r'<li class="list-group-item[^>]*id="version-(\d+)">(.*?)(?=<li class="list-group-item|</ol>)', html, re.S
    )
    return {number: " ".join(re.sub(r"<[^>]+>", " ", text).split()) for number, text in items}


def test_who_is_meant_is_said_group_by_group(place: Account, people: SimpleNamespace, as_alice: CheckingClient) -> None:
    vip, shelf = tag(place, "VIP"), folder(place, "Campaigns")
    first = [condition("tag", "contains_any", vip.id), condition("line.display_name", "contains", "a")]
    conditions = definition(first, [condition("line.language", "any_of", "ja")])
    one = segment(place, "Good", conditions, folder_id=shelf.id, updated_by=people.alice.id)

    page = as_alice.get(url(place, f"/{one.id}")).text
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Filter condition 1 Tag contains VIP AND Display name contains “a”" in text
    assert "OR Filter condition 2 Language is Japanese" in text
    assert "Last updated by Alice" in text and "Campaigns" in text
    assert f'href="{url(place, f"/{one.id}/edit")}"' in page


def test_members_are_those_who_fit_now_the_newest_first(place: Account, as_alice: CheckingClient) -> None:
    vip = tag(place, "VIP")
    for number, name in enumerate(("old", "new", "newest")):
        friend(place, (vip,), display_name=name, followed_at=now() - timedelta(days=9 - number))
    friend(place, display_name="other")
    one = segment(place, "VIP", definition([condition("tag", "contains_any", vip.id)]))

    page = as_alice.get(url(place, f"/{one.id}")).text
    assert people_on(page) == ["newest", "new", "old"]
    fragment = without_tokens(as_alice.fragment(url(place, f"/{one.id}")).text).strip()
    assert fragment.startswith('<div id="segment-tabs"') and fragment in without_tokens(page)


def test_members_from_page_to_page(place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "PAGE_SIZE", 2)
    for number in range(3):
        friend(place, display_name=f"f{number}", followed_at=now() - timedelta(days=number))
    one = segment(place)
    first = as_alice.get(url(place, f"/{one.id}")).text
    assert people_on(first) == ["f0", "f1"]
    following = re.search(r'href="([^"]*after=[^"]*)"', first)
    assert following
    assert people_on(as_alice.fragment(following[1].replace("&amp;", "&")).text) == ["f2"]
    assert as_alice.get(url(place, f"/{one.id}?after=zz")).status_code == 422


def test_who_fits_is_shown_only_to_those_who_may_see_friends(
    place: Account, people: SimpleNamespace, as_bob: CheckingClient
) -> None:
    person, one = friend(place, display_name="Hanako"), segment(place)
    people.bob.permissions = [Permission.SEGMENTS]
    link = f'href="/accounts/{place.id}/friends/{person.id}"'
    page = as_bob.get(url(place, f"/{one.id}")).text
    assert "Hanako" not in page and link not in page
    assert "you need the permission “Friends”" in page and "members.csv" not in page
    people.bob.permissions = [Permission.SEGMENTS, Permission.FRIENDS]
    assert link in as_bob.get(url(place, f"/{one.id}")).text


@pytest.mark.parametrize(
    "granted", [[], [Permission.SEGMENTS], [Permission.FRIENDS], [Permission.SEGMENTS, Permission.FRIENDS]]
)
def test_a_file_of_people_takes_a_permission_of_its_own(
    place: Account, people: SimpleNamespace, as_bob: CheckingClient, granted: list[Permission]
) -> None:
    friend(place)
    one, paths = segment(place), (f"/accounts/{place.id}/friends.csv", f"/accounts/{place.id}/id-links/links.csv")
    people.bob.permissions = [*granted, Permission.IMPORTS]
    for path in (*paths, url(place, f"/{one.id}/members.csv")):
        assert as_bob.get(path).status_code == 403, path
    for path in (url(place, f"/{one.id}"), f"/accounts/{place.id}/friends", f"/accounts/{place.id}/id-links"):
        page = as_bob.get(path).text
        assert not any(f"{name}.csv" in page for name in ("friends", "members", "links")), path
    people.bob.permissions = [*granted, Permission.IMPORTS, Permission.EXPORT]
    for path in (*paths, url(place, f"/{one.id}/members.csv")):
        assert as_bob.get(path).status_code == 200, path


def test_no_one_fits(place: Account, as_alice: CheckingClient) -> None:
    one = segment(place)
    page = as_alice.get(url(place, f"/{one.id}")).text
    assert "No friend fits these conditions now" in page and "members.csv" not in page


def test_a_condition_on_something_gone_is_named_and_matches_no_one(place: Account, as_alice: CheckingClient) -> None:
    friend(place)
    one = segment(place, "Old", definition([condition("attributes.size", "not_equals", "M")]))
    page = as_alice.get(url(place, f"/{one.id}")).text
    assert "Needs attention" in page and "This attribute was deleted." in page and people_on(page) == []
    assert "A condition that needs attention matches no friend." in page and "too strict" not in page


def test_numbers(place: Account, as_alice: CheckingClient) -> None:
    friend(place), friend(place, follow_status="blocked")
    everyone = definition([condition("line.display_name", "known")])
    one = segment(place, "All", everyone)
    page = as_alice.get(url(place, f"/{one.id}")).text
    assert "Counting …" in page and f'hx-get="{url(place, f"/{one.id}/count")}" hx-trigger="every 2s"' in page

    waiting = as_alice.fragment(url(place, f"/{one.id}/count")).text
    assert waiting.strip().startswith('<section class="card mb-3" id="segment-numbers"') and "every 2s" in waiting
    counting.count_due(one.id)
    there = as_alice.fragment(url(place, f"/{one.id}/count")).text
    assert re.findall(r'<dd class="figure">([^<]*)<', there) == ["2", "1", "1"] and "every 2s" not in there


def test_counting_again_at_once(place: Account, as_alice: CheckingClient) -> None:
    one = segment(place, friends=9, reachable=9, blocked=0, counted_at=now() - timedelta(minutes=1))
    friend(place)
    answer = as_alice.fragment(url(place, f"/{one.id}/count"), method="POST").text
    assert re.findall(r'<dd class="figure">([^<]*)<', answer) == ["1", "1", "0"] and one.count_due_at is None
    assert as_alice.post(url(place, f"/{one.id}/count")).location == url(place, f"/{one.id}")


def test_a_count_that_takes_longer_is_left_to_a_worker(
    place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "AT_ONCE_SECONDS", 0.0)
    one = segment(place, friends=9, reachable=9, blocked=0, counted_at=now() - timedelta(minutes=1))
    answer = as_alice.fragment(url(place, f"/{one.id}/count"), method="POST").text
    assert "Counting …" in answer and ">9<" in answer and one.count_due_at is not None


def test_the_file_of_members(place: Account, people: SimpleNamespace, as_alice: CheckingClient) -> None:
    vip = tag(place, "VIP")
    for number, name in enumerate(("花子", "=cmd()")):
        friend(place, (vip,), display_name=name, followed_at=now() - timedelta(days=number))
    friend(place, display_name="other")
    groups = [[condition("tag", "contains_any", vip.id)], [condition("line.display_name", "equals", "花子")]]
    one = segment(place, "VIP/春", definition(*groups))

    answer = as_alice.get(url(place, f"/{one.id}/members.csv"))
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert [row["Display name"] for row in rows] == ["花子", "'=cmd()"]
    friends_file = as_alice.get(f"/accounts/{place.id}/friends.csv").data.decode("utf-8-sig")
    assert list(rows[0]) == friends_file.splitlines()[0].split(",")
    assert 'filename="segment.csv"' in answer.headers["Content-Disposition"]
    assert "filename*=UTF-8''VIP_%E6%98%A5-" in answer.headers["Content-Disposition"]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "segment.exported")).one()
    assert (entry.member_id, entry.target_name) == (people.alice.id, "VIP/春")


@pytest.fixture
def changed(place: Account, people: SimpleNamespace) -> Segment:
    """A segment of three versions: made, given another condition, renamed and its conditions grouped differently."""
    vip = tag(place, "VIP")
    fits, speaks = condition("tag", "contains_any", vip.id), condition("line.language", "any_of", "ja")
    one = segment(place, "VIP", definition([fits]), updated_by=people.bob.id)
    change_segment(place.id, one.id, "VIP", definition([fits, speaks]), seen=1, actor=Actor.of_member(people.alice))
    change_segment(place.id, one.id, "Good", definition([fits], [speaks]), seen=2, actor=Actor.of_member(people.alice))
    db.session.commit()
    return one


def test_the_history_says_who_changed_what(place: Account, changed: Segment, as_alice: CheckingClient) -> None:
    found = versions(as_alice.get(url(place, f"/{changed.id}?tab=history")).text)
    assert list(found) == ["3", "2", "1"]
    assert "Alice" in found["3"] and "Renamed: “VIP” became “Good”" in found["3"]
    assert "The same conditions, grouped or ordered differently" in found["3"]
    assert "Added: Language is Japanese" in found["2"] and "Removed" not in found["2"]
    assert "Bob" in found["1"] and "Created as “VIP”" in found["1"] and "Tag contains VIP" in found["1"]
    assert "Present" in found["3"] and "Restore" not in found["3"] and "Restore version 1?" in found["1"]


def test_the_history_counts_conditions_that_come_twice(
    place: Account, changed: Segment, people: SimpleNamespace, as_alice: CheckingClient
) -> None:
    speaks = condition("line.language", "any_of", "ja")
    once, twice = definition([speaks]), definition([speaks], [speaks])
    change_segment(place.id, changed.id, "Good", twice, seen=3, actor=Actor.of_member(people.alice))
    change_segment(place.id, changed.id, "Good", once, seen=4, actor=Actor.of_member(people.alice))
    found = versions(as_alice.get(url(place, f"/{changed.id}?tab=history")).text)
    assert "Added: Language is Japanese" in found["4"] and "Removed: Language is Japanese" in found["5"]


def test_the_history_tells_who_is_left_out_from_who_is_meant(
    place: Account, changed: Segment, people: SimpleNamespace, as_alice: CheckingClient
) -> None:
    speaks = [condition("line.language", "any_of", "ja")]
    change_segment(place.id, changed.id, "Good", definition(speaks), seen=3, actor=Actor.of_member(people.alice))
    left_out = excluding(FOLLOWING, speaks)
    change_segment(place.id, changed.id, "Good", left_out, seen=4, actor=Actor.of_member(people.alice))
    found = versions(as_alice.get(url(place, f"/{changed.id}?tab=history")).text)
    assert "Added: but not: Language is Japanese" in found["5"] and "Removed: Language is Japanese" in found["5"]
    assert "BUT NOT" in as_alice.get(url(place, f"/{changed.id}")).text


def test_restoring_an_earlier_version(place: Account, changed: Segment, as_alice: CheckingClient) -> None:
    path = url(place, f"/{changed.id}/versions/1/restoration")
    assert as_alice.post(path).location == url(place, f"/{changed.id}")
    found = versions(as_alice.get(url(place, f"/{changed.id}?tab=history")).text)
    assert "Brought back from version 1" in found["4"] and "Removed: Language is Japanese" in found["4"]
    assert "Renamed: “Good” became “VIP”" in found["4"] and (changed.name, changed.version) == ("VIP", 4)
    assert changed.counted_at is None
    assert as_alice.post(url(place, f"/{changed.id}/versions/9/restoration")).status_code == 404


def test_a_long_history_has_pages_in_either_order(
    place: Account, changed: Segment, people: SimpleNamespace, as_alice: CheckingClient
) -> None:
    for seen in range(3, 28):
        speaks = condition("line.language", "any_of", "ja" if seen % 2 else "en")
        change_segment(
            place.id, changed.id, "Good", definition([speaks]), seen=seen, actor=Actor.of_member(people.alice)
        )
    db.session.commit()
    path = url(place, f"/{changed.id}?tab=history")
    first = as_alice.get(path).text
    assert list(versions(first)) == [str(number) for number in range(28, 3, -1)] and "1–25<" in first
    # The last of a page is compared with the first of the next one.
    assert "Removed: Tag contains VIP" in versions(first)["4"]
    rest = re.search(r'href="([^"]+)"[^>]*>Next<', first).group(1).replace("&amp;", "&")
    assert list(versions(as_alice.get(rest).text)) == ["3", "2", "1"]
    assert list(versions(as_alice.get(f"{path}&sort=oldest").text)) == [str(number) for number in range(1, 26)]
