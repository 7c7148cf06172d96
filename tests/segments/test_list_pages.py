"""The list of segments: what a row says, search, order, paging, counts that come later, and what is done from there."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.core import usage
from app.core.clock import now
from app.core.db import db
from app.core.registry import Registry
from app.folders import queries
from app.line.models import Account
from app.segments import actions
from app.segments.models import Segment
from app.segments.operations import counting
from app.segments.operations.segments import delete_segment
from app.team.actors import Actor
from app.team.models import AuditEntry
from app.team.permissions import Permission
from tests.factories.friends import friend, tag
from tests.factories.line import account
from tests.factories.segments import condition, definition, folder, segment
from tests.support.client import CheckingClient, without_tokens


def url(place: Account, path: str = "") -> str:
    return f"/accounts/{place.id}/segments{path}"


def names(html: str) -> list[str]:
    return re.findall(r'id="name-segment-\d+"[^>]*><bdi>([^<]*)<', html)


def counted(place: Account, name: str, friends: int, **values: object) -> Segment:
    # Of a few seconds ago would be of another number of seconds at the next look.
    recently = now() - timedelta(minutes=2)
    return segment(place, name, friends=friends, reachable=friends, blocked=0, **{"counted_at": recently, **values})


def test_a_row_says_who_is_meant_how_many_they_are_and_who_changed_it(
    place: Account, people: SimpleNamespace, as_alice: CheckingClient
) -> None:
    vip = tag(place, "VIP")
    conditions = definition([condition("tag", "contains_any", vip.id)], [condition("line.language", "any_of", "ja")])
    good = counted(place, "Good customers", 1200, definition=conditions, updated_by=people.alice.id)
    segment(account(), "Elsewhere")

    page = as_alice.get(url(place)).text
    assert names(page) == ["Good customers"]
    assert "(Tag contains VIP) OR (Language is Japanese)" in page
    assert "1,200" in page and "1,200 reachable" in page and "Alice" in page
    assert f'href="{url(place, f"/{good.id}/edit")}"' in page and f'href="{url(place, "/new")}"' in page
    fragment = without_tokens(as_alice.fragment(url(place)).text).strip()
    assert fragment.startswith('<div id="segments-list"') and fragment in without_tokens(page)


def test_it_says_what_a_segment_is_when_there_is_none(place: Account, as_alice: CheckingClient) -> None:
    page = as_alice.get(url(place)).text
    assert "No segments yet" in page and page.count("Create Segment") == 2


def test_searching_and_sorting(place: Account, as_alice: CheckingClient) -> None:
    for name, friends in (("beta", 3), ("Alpha", 1), ("Gamma", 2)):
        counted(place, name, friends)
    assert names(as_alice.get(url(place)).text) == ["Gamma", "Alpha", "beta"]
    assert names(as_alice.get(url(place, "?sort=name")).text) == ["Alpha", "beta", "Gamma"]
    assert names(as_alice.get(url(place, "?sort=friends")).text) == ["beta", "Gamma", "Alpha"]

    found = as_alice.fragment(url(place, "?search=ＡＬ&sort=updated"))
    assert names(found.text) == ["Alpha"]
    assert found.headers["HX-Push-Url"].startswith(url(place, "?search="))
    nothing = as_alice.get(url(place, "?search=zz")).text
    assert "No segment of this name" in nothing and "Show all segments" in nothing


def test_going_from_page_to_page(place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    for name in "abc":
        segment(place, name)
    first = as_alice.get(url(place, "?sort=name")).text
    assert names(first) == ["a", "b"]
    following = re.search(r'href="([^"]*after=[^"]*)"', first)
    assert following
    assert names(as_alice.get(following[1].replace("&amp;", "&")).text) == ["c"]
    assert as_alice.get(url(place, "?after=zz")).status_code == 422
    assert as_alice.get(url(place, "?folder=zz")).status_code == 422


def test_a_segment_that_looks_at_something_gone_is_flagged(place: Account, as_alice: CheckingClient) -> None:
    gone = tag(place, "Gone")
    segment(place, "Broken", definition([condition("tag", "contains_any", gone.id)]))
    segment(place, "Old attribute", definition([condition("attributes.size", "equals", "M")]))
    assert "Needs attention" not in as_alice.get(url(place, "?search=nothing")).text
    gone.deleted_at = now()

    page = as_alice.get(url(place)).text
    assert page.count("Needs attention") == 2
    assert "A chosen value does not exist any more." in page and "This attribute was deleted." in page


def test_opening_the_list_orders_numbers_that_are_missing_or_old(place: Account, as_alice: CheckingClient) -> None:
    fresh, old = counted(place, "Fresh", 5), counted(place, "Old", 7, counted_at=now() - timedelta(hours=1))
    missing = segment(place, "Missing")

    page = as_alice.get(url(place)).text
    assert page.count("Counting …") == 2
    assert [one.count_due_at is not None for one in (fresh, old, missing)] == [False, True, True]
    asked = re.search(r'id="segments-counts" hidden hx-get="([^"]*)" hx-trigger="every 2s"', page)
    assert asked and f"segment={old.id}" in asked[1] and f"segment={missing.id}" in asked[1]
    assert f"segment={fresh.id}" not in asked[1]


def test_a_count_that_was_given_up_is_said_and_not_ordered_again(place: Account, as_alice: CheckingClient) -> None:
    ever = segment(place, "Ever", friends=7, reachable=5, counted_at=now() - timedelta(days=1), count_given_up_at=now())
    never = segment(place, "Never", count_given_up_at=now())
    page = as_alice.get(f"/accounts/{place.id}/segments").text
    cells = {one: page.partition(f'id="count-segment-{one.id}"')[2].partition("</div>")[0] for one in (ever, never)}
    assert "counted 1 day ago" in cells[ever] and "Could not be counted" not in cells[never]
    for one, cell in cells.items():
        assert "Counting took too long and was given up" in cell and one.count_due_at is None
        numbers = as_alice.get(f"/accounts/{place.id}/segments/{one.id}").text.partition('id="segment-numbers"')[2]
        assert "It is not tried again by itself for an hour" in numbers and one.count_due_at is None


@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000, "x"])
def test_numbers_of_a_segment_that_cannot_be_one_are_none(
    place: Account, as_alice: CheckingClient, number: str
) -> None:
    assert as_alice.fragment(url(place, f"/counts?segment={number}")).status_code == 200


def test_numbers_come_when_they_are_there(place: Account, as_alice: CheckingClient) -> None:
    friend(place)
    first, second = segment(place), segment(place)
    theirs = segment(account())
    as_alice.get(url(place))
    asked = url(place, f"/counts?segment={first.id}&segment={second.id}&segment={theirs.id}")
    assert as_alice.fragment(asked).status_code == 204

    counting.count_due(first.id)
    answer = as_alice.fragment(asked).text
    assert f'hx-target="#count-segment-{first.id}"' in answer and "1 reachable" in answer
    assert f'hx-target="#count-segment-{second.id}"' not in answer and f"segment={second.id}" in answer
    assert f"segment-{theirs.id}" not in answer

    counting.count_due(second.id)
    answer = as_alice.fragment(asked).text
    assert f'hx-target="#count-segment-{second.id}"' in answer
    assert '<span id="segments-counts" hidden></span>' in answer


def test_without_script_the_row_leads_to_where_a_segment_is_copied_and_deleted(
    place: Account, as_alice: CheckingClient
) -> None:
    one = segment(place, "VIP")
    row = as_alice.get(url(place)).text.partition(f'id="actions-segment-{one.id}"')[2]
    assert f'href="{url(place, f"/{one.id}")}"' in row.partition("<noscript>")[2].partition("</noscript>")[0]
    page = as_alice.get(url(place, f"/{one.id}")).text
    for path in ("copy", "removal"):
        assert f'method="post" action="{url(place, f"/{one.id}/{path}")}"' in page


def test_copying(place: Account, people: SimpleNamespace, as_alice: CheckingClient) -> None:
    shelf = folder(place)
    one = segment(place, "VIP", folder_id=shelf.id)
    answer = as_alice.fragment(url(place, f"/{one.id}/copy"), method="POST")
    assert "segments-changed" in answer.headers["HX-Trigger"] and "VIP (copy)" in answer.headers["HX-Trigger"]
    assert as_alice.post(url(place, f"/{one.id}/copy")).location == url(place)
    copies = db.session.scalars(select(Segment).where(Segment.name == "VIP (copy)")).all()
    assert len(copies) == 2
    assert all(copy.definition == one.definition and copy.folder_id == shelf.id for copy in copies)
    assert "segment.copied" in db.session.scalars(select(AuditEntry.action)).all()


def test_deleting_asks_first_and_names_what_uses_it(
    place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "FINDERS", Registry("usage"))
    one = segment(place, "VIP")
    path = url(place, f"/{one.id}/removal")
    question = as_alice.fragment(path).text
    assert question.strip().startswith('<form id="segment-removal"') and "Delete the segment “VIP”?" in question
    assert "Nothing uses it." in question

    used, args = one.id, {"account_id": place.id}
    usage.register(
        "segment",
        "test",
        lambda segment_id: [usage.Usage("Workflow", "Welcome", "segments.index", args)] * (segment_id == used),
    )
    question = as_alice.get(path).text
    assert "Workflow: <a" in question and "Welcome" in question and "btn-danger" in question

    answer = as_alice.fragment(path, method="POST")
    assert "segments-changed" in answer.headers["HX-Trigger"]
    assert as_alice.get(path).location == url(place)
    other = segment(place)
    assert as_alice.post(url(place, f"/{other.id}/removal")).location == url(place)


def test_who_is_too_late_to_delete_a_segment_is_told_who_did(
    place: Account, as_alice: CheckingClient, people: SimpleNamespace
) -> None:
    gone = segment(place, count_due_at=now())
    bob = replace(Actor.of_member(people.bob), permissions=frozenset({Permission.SEGMENTS}))
    delete_segment(place.id, gone.id, actor=bob)
    db.session.commit()
    path, words = url(place, f"/{gone.id}/removal"), "Bob has deleted this segment."
    for method in ("GET", "POST"):
        late = as_alice.fragment(path, method=method)
        assert words in late.text and 'id="segment-removal"' in late.text
        assert "segments-changed" in late.headers["HX-Trigger"]
        assert as_alice.open(path, method=method).location == url(place)
    # A page that still waits for the number has nothing to wait for.
    waiting = as_alice.fragment(url(place, f"/{gone.id}/count"))
    assert (waiting.status_code, waiting.text.strip()) == (200, "") and words in waiting.headers["HX-Trigger"]
    never = segment(account())
    for late in (as_alice.fragment(url(place, f"/{never.id}/{what}")) for what in ("removal", "count")):
        assert late.status_code == 404


def test_what_holds_a_segment_keeps_it(
    place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "FINDERS", Registry("usage"))
    one = segment(place, "VIP")
    args = {"account_id": place.id}
    usage.register(
        "segment", "test", lambda segment_id: [usage.Usage("Broadcast", "Sale", "segments.index", args, holds=True)]
    )

    for path in ("/removal", ""):
        page = as_alice.get(url(place, f"/{one.id}{path}")).text
        assert "These will use it by themselves" in page and "Sale" in page and "btn-danger" not in page
    refused = as_alice.post(url(place, f"/{one.id}/removal"))
    assert refused.status_code == 409 and "Broadcast: Sale" in refused.text
    assert db.session.get(Segment, one.id) is not None


def test_a_broadcast_begins_with_the_segment(place: Account, as_alice: CheckingClient) -> None:
    one = counted(place, "VIP", 12)
    link = f"/accounts/{place.id}/broadcasts/new?segment_id={one.id}"
    assert link in as_alice.get(url(place)).text
    form = as_alice.get(as_alice.get(link).headers["Location"]).text
    assert re.search(rf'<option[^>]*selected[^>]* value="{one.id}"', form)


def test_an_upper_layer_adds_a_link_to_every_segment_for_those_who_may(
    place: Account,
    people: SimpleNamespace,
    as_alice: CheckingClient,
    as_bob: CheckingClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(actions, "ACTIONS", Registry("segment action"))
    link = actions.SegmentAction("Create Broadcast", "Broadcast to %(name)s", "segments.removal", Permission.BROADCASTS)
    actions.register(link)
    one = counted(place, "100% <VIP>", 12)
    wanted = rf'href="{url(place, f"/{one.id}/removal")}" target="_blank" rel="noopener"'
    page = as_alice.get(url(place)).text
    assert re.search(wanted, page) and 'aria-label="Broadcast to 100% &lt;VIP&gt;"' in page
    assert re.search(wanted, as_alice.get(url(place, f"/{one.id}")).text)
    people.bob.permissions = [Permission.SEGMENTS]
    assert not re.search(wanted, as_bob.get(url(place)).text)


def test_segments_are_for_those_who_may(
    place: Account, people: SimpleNamespace, as_bob: CheckingClient, as_charlie: CheckingClient
) -> None:
    one, shelf, person = segment(place), folder(place), friend(place)
    gets = ["", "/counts", f"/{one.id}", f"/{one.id}/count", f"/{one.id}/removal", f"/{one.id}/members.csv"]
    gets += [f"/friends/{person.id}", f"/folders/{shelf.id}/edit"]
    posts = ["/moves", f"/{one.id}/copy", f"/{one.id}/count", f"/{one.id}/removal", "/folders"]
    posts += [f"/{one.id}/versions/1/restoration", f"/folders/{shelf.id}", f"/folders/{shelf.id}/removal"]
    for method, paths in (("GET", gets), ("POST", posts)):
        for path in paths:
            data = {"name": "x", "chosen": one.id, "into": 0} if method == "POST" else None
            assert as_bob.open(url(place, path), method=method, data=data).status_code == 403, path
            assert as_charlie.open(url(place, path), method=method, data=data).status_code == 404, path
    people.bob.permissions = [Permission.SEGMENTS]
    assert as_bob.get(url(place)).status_code == 200
    assert "Segment" in as_bob.get("/profile").text


def test_segments_of_another_account_are_not_found(place: Account, as_alice: CheckingClient) -> None:
    elsewhere = account()
    theirs, shelf, person = segment(elsewhere), folder(elsewhere), friend(elsewhere)
    gets = [f"/{theirs.id}", f"/{theirs.id}/count", f"/{theirs.id}/removal", f"/{theirs.id}/members.csv"]
    gets += [f"/friends/{person.id}", f"/folders/{shelf.id}/edit", f"?folder={shelf.id}"]
    for path in gets:
        assert as_alice.get(url(place, path)).status_code == 404, path
    posts = [f"/{theirs.id}/copy", f"/{theirs.id}/count", f"/{theirs.id}/removal", f"/folders/{shelf.id}/removal"]
    for path in [*posts, f"/{theirs.id}/versions/1/restoration", f"/folders/{shelf.id}"]:
        assert as_alice.post(url(place, path), data={"name": "x"}).status_code == 404, path
