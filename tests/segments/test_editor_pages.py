"""The editor: new and stored segments, its buttons, refusals, and two people who save at once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import delete, select

from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.friends.operations.definitions import create_definition, delete_definition
from app.friends.operations.tags import delete_tag
from app.line.models import Account
from app.segments.models import Segment, SegmentVersion
from app.segments.operations.counting import count_due
from app.segments.operations.segments import delete_segment, restore_version
from app.team.actors import SYSTEM, Actor, ActorKind
from app.team.models import AuditEntry, Member
from app.team.permissions import Permission
from tests.factories.friends import friend, tag
from tests.factories.line import account
from tests.factories.segments import condition, definition, excluding, folder, segment
from tests.segments.posted import posted
from tests.support.client import CheckingClient

FOLLOWING = [("line.follow_status", "any_of", ["following"])]
KNOWN = [("company", "known", [])]


def url(place: Account, path: str = "") -> str:
    return f"/accounts/{place.id}/segments{path}"


def stored() -> list[Segment]:
    return list(db.session.scalars(select(Segment).order_by(Segment.id)))


def test_a_new_segment_begins_with_one_empty_condition(place: Account, as_alice: CheckingClient) -> None:
    page = as_alice.get(url(place, "/new")).text
    assert page.count('name="condition"') == 1 and "Choose a property" in page
    for words in ("Save Segment", "Add Property (AND)", "Add Another Condition (OR)", "Preview"):
        assert words in page
    for category in ("LINE", "Tag", "Attributes"):
        assert f'<optgroup label="{category}">' in page


def test_the_palette_of_properties_adds_a_condition(place: Account, as_alice: CheckingClient) -> None:
    path = url(place, "/properties?group=0&at=1")
    palette = as_alice.fragment(path).text
    assert 'value="add-condition:0 tag"' in palette and 'data-next="operator-0-1"' in palette
    assert "<h1" in as_alice.get(path).text
    sent = posted(FOLLOWING, do="add-condition:0 tag")
    added = as_alice.fragment(url(place, "/conditions"), "POST", data=sent).text
    assert '<option value="tag" selected>' in added and 'id="operator-0-1"' in added


def test_the_palette_finds_text_as_every_search_does(place: Account, as_alice: CheckingClient) -> None:
    create_definition(place.id, "髙島屋のｶｰﾄﾞ～会員", "text", actor=SYSTEM)
    db.session.commit()
    palette = as_alice.fragment(url(place, "/properties?group=0&at=1")).text
    typed = as_alice.get("/folded-text", query_string={"text": "高島屋のカード〜会員"})
    assert typed.json and f'data-folded="{typed.json["folded"]}"' in palette


def test_creating(place: Account, as_alice: CheckingClient, people: SimpleNamespace) -> None:
    friend(place), friend(place, follow_status="blocked")
    shelf = folder(place, "Shelf")
    answer = as_alice.post(url(place), data=posted(FOLLOWING, KNOWN, name=" Regulars ", folder=shelf.id))
    made = stored()[0]
    assert answer.location == url(place, f"/{made.id}/edit")
    assert (made.name, made.folder_id, made.version, made.updated_by) == ("Regulars", shelf.id, 1, people.alice.id)
    assert made.definition == definition(
        [condition("line.follow_status", "any_of", "following")], [condition("company", "known")]
    )
    # So few are counted at once.
    assert (made.friends, made.reachable, made.blocked) == (1, 1, 0)
    version = db.session.scalars(select(SegmentVersion)).one()
    assert (version.segment_id, version.number, version.name) == (made.id, 1, "Regulars")
    assert db.session.scalars(select(AuditEntry.action)).all() == ["segment.created"]


def test_friends_are_left_out(place: Account, as_alice: CheckingClient) -> None:
    friend(place, company="Ours"), friend(place)
    added = as_alice.fragment(url(place, "/conditions"), "POST", data=posted(FOLLOWING, do="add-exclusion")).text
    assert 'name="exclusion" value="1"' in added and "BUT NOT" in added and "leaves out" in added
    as_alice.post(url(place), data=posted(FOLLOWING, KNOWN, exclusions=1, name="Others"))
    (made,) = stored()
    assert made.definition == excluding(
        definition([condition("line.follow_status", "any_of", "following")]), [condition("company", "known")]
    )
    assert made.friends == 1
    page = as_alice.get(url(place, f"/{made.id}/edit")).text
    assert 'name="exclusion" value="1"' in page and page.count('name="exclusion"') == 1
    # The only one that says who is meant stays; the other may go.
    assert 'value="remove-group:0"' not in page and 'value="remove-group:1"' in page
    refused = as_alice.fragment(url(place), method="POST", data=posted(KNOWN, exclusions=1, name="x"))
    assert refused.status_code == 422 and "Add a filter condition that says who is meant" in refused.text


def test_htmx_is_sent_to_the_saved_segment(place: Account, as_alice: CheckingClient) -> None:
    answer = as_alice.fragment(url(place), method="POST", data=posted(KNOWN, name="Known"))
    assert answer.headers["HX-Redirect"] == url(place, f"/{stored()[0].id}/edit")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (posted(KNOWN, name=" "), "Enter a name."),
        (posted(KNOWN, name="x" * 61), "At most 60 characters."),
        (posted(name="Empty"), "Add at least one filter condition."),
        (posted([], name="Empty"), "Filter condition 1: Add at least one property."),
        (posted([("", "", [])], name="x"), "Filter condition 1, property 1: Choose a property."),
        (posted(KNOWN, [("company", "equals", [""])], name="x"), "Filter condition 2, property 1: Enter a text."),
        (posted([("line.followed_at", "on", ["soon"])], name="x"), "Write the date as year, month and day"),
        (posted([("tag", "contains_any", [])], name="x"), "Choose at least one."),
        (posted([("tag", "contains_any", ["999"])], name="x"), "A chosen value does not exist any more. Remove it."),
        (posted([("shoe.size", "equals", ["1"])], name="x"), "There is no such property. Choose one from the list."),
        (posted([KNOWN[0]] * 21, name="x"), "Use at most 20 properties in one filter condition."),
        (posted(*[KNOWN] * 21, name="x"), "Use at most 20 filter conditions."),
    ],
)
def test_what_cannot_be_saved_says_why_and_where(
    place: Account, as_alice: CheckingClient, data: object, sentence: str
) -> None:
    refused = as_alice.fragment(url(place), method="POST", data=data)
    assert refused.status_code == 422 and refused.text.strip().startswith('<form id="segment-form"')
    assert sentence in refused.text and "data-guard-dirty" in refused.text
    assert stored() == []
    assert as_alice.post(url(place), data=data).status_code == 422


def test_complaints_stand_below_each_other(place: Account, as_alice: CheckingClient) -> None:
    sent = posted([("", "", [])], [("company", "equals", [""])], name="x")
    refused = as_alice.fragment(url(place), method="POST", data=sent).text
    assert "property 1: Choose a property.\nFilter condition 2, property 1: Enter a text.</div>" in refused


def test_a_refused_form_keeps_what_was_typed(place: Account, as_alice: CheckingClient) -> None:
    vip = tag(place, "VIP")
    sent = posted([("tag", "contains_any", [str(vip.id)]), ("company", "contains", ["株式会社"])], name="")
    page = as_alice.post(url(place), data=sent).text
    assert f'value="{vip.id}" checked' in page and 'value="株式会社"' in page


def test_a_refused_form_asks_for_its_preview_again(place: Account, as_alice: CheckingClient) -> None:
    refused = as_alice.fragment(url(place), method="POST", data=posted(KNOWN, name=""))
    assert refused.status_code == 422 and "conditions-changed" in refused.headers["HX-Trigger"]
    assert "HX-Trigger" not in as_alice.post(url(place), data=posted(KNOWN, name="")).headers


def test_editing(place: Account, as_alice: CheckingClient) -> None:
    mine = segment(place, "Old")
    page = as_alice.get(url(place, f"/{mine.id}/edit")).text
    assert 'value="Old"' in page and 'value="following" checked' in page and 'name="version" value="1"' in page
    answer = as_alice.post(url(place, f"/{mine.id}"), data=posted(KNOWN, name="New", version=1))
    assert answer.location == url(place, f"/{mine.id}/edit")
    assert (stored()[0].name, stored()[0].version) == ("New", 2)
    assert db.session.scalars(select(SegmentVersion.number).order_by(SegmentVersion.number)).all() == [1, 2]


def test_the_preview_says_who_only_to_those_who_may_see_friends(
    place: Account, as_bob: CheckingClient, people: SimpleNamespace
) -> None:
    friend(place, display_name="Hanako")
    for permissions, is_seen in (([Permission.SEGMENTS], False), ([Permission.SEGMENTS, Permission.FRIENDS], True)):
        people.bob.permissions = permissions
        shown = as_bob.fragment(url(place, "/preview"), method="POST", data=posted(FOLLOWING)).text
        assert ("Hanako" in shown) is is_seen
        assert ("you need the permission “Friends”" in shown) is not is_seen
        assert "segment-preview-count" in shown


def test_saving_without_a_change_is_no_version(place: Account, as_alice: CheckingClient) -> None:
    mine = segment(place, "Same")
    as_alice.post(url(place, f"/{mine.id}"), data=posted(FOLLOWING, name="Same", version=1))
    assert stored()[0].version == 1
    assert db.session.scalars(select(AuditEntry.action)).all() == []


def test_the_second_of_two_savers_sees_both_versions_and_decides(
    place: Account, as_alice: CheckingClient, as_bob: CheckingClient, people: SimpleNamespace
) -> None:
    people.bob.permissions = [Permission.SEGMENTS]
    mine = segment(place, "First")
    as_bob.post(url(place, f"/{mine.id}"), data=posted(KNOWN, name="Bobs", version=1))

    late = posted([("company", "unknown", [])], name="Alices", version=1)
    refused = as_alice.fragment(url(place, f"/{mine.id}"), method="POST", data=late)
    assert refused.status_code == 409 and stored()[0].name == "Bobs"
    for words in ("Bob has saved this segment", "Company is known", "Company is unknown", "Save mine over it"):
        assert words in refused.text
    assert 'name="over" value="2"' in refused.text and 'value="Alices"' in refused.text
    # Once more without a decision changes nothing either.
    assert as_alice.post(url(place, f"/{mine.id}"), data=late).status_code == 409

    late["over"] = "2"
    assert as_alice.post(url(place, f"/{mine.id}"), data=late).status_code == 303
    assert (stored()[0].name, stored()[0].version) == ("Alices", 3)


def deleted(place: Account, member: Member) -> Segment:
    """A segment that a member deletes while others have it open."""
    mine = segment(place, "Gone")
    actor = Actor(ActorKind.MEMBER, member.id, member.label, frozenset({Permission.SEGMENTS}))
    delete_segment(place.id, mine.id, actor=actor)
    db.session.commit()
    return mine


def test_what_was_typed_into_a_segment_that_is_deleted_by_now_can_be_saved_as_a_new_one(
    place: Account, as_alice: CheckingClient, people: SimpleNamespace
) -> None:
    mine = deleted(place, people.bob)
    sent = posted([("company", "equals", ["株式会社"])], name="Mine", version=1)
    late = as_alice.fragment(url(place, f"/{mine.id}"), method="POST", data=sent)
    assert late.status_code == 409 and late.text.strip().startswith('<form id="segment-form"')
    assert f'hx-post="{url(place)}"' in late.text and "data-guard-dirty" in late.text
    for words in ("Bob has deleted this segment", "Save as a new segment", 'value="Mine"', 'value="株式会社"'):
        assert words in late.text
    for gone in ("#segment-numbers", "#segment-open"):
        assert f'<hx-partial hx-target="{gone}" hx-swap="delete">' in late.text
    page = as_alice.post(url(place, f"/{mine.id}"), data=sent)
    assert page.status_code == 409 and "<!doctype html>" in page.text and f'action="{url(place)}"' in page.text
    assert as_alice.post(url(place), data=sent).status_code == 303
    assert [one.name for one in stored()] == ["Mine"]


def test_a_button_without_script_keeps_what_was_typed_into_a_deleted_segment(
    place: Account, as_alice: CheckingClient, people: SimpleNamespace
) -> None:
    mine = deleted(place, people.bob)
    sent = posted(KNOWN, name="Mine", do="add-group", segment=mine.id, version=1)
    page = as_alice.post(url(place, "/conditions"), data=sent)
    assert page.status_code == 409 and "Bob has deleted this segment" in page.text
    assert 'value="Mine"' in page.text and page.text.count('name="group"') == 2


def test_what_an_account_never_had_was_not_deleted(
    place: Account, as_alice: CheckingClient, people: SimpleNamespace
) -> None:
    foreign = deleted(account(), people.bob)
    sent = posted(KNOWN, name="x", version=1, segment=foreign.id)
    for path in (f"/{foreign.id}", "/conditions", "/987654321"):
        assert as_alice.post(url(place, path), data=sent).status_code == 404


def test_who_waits_for_the_segment_while_another_deletes_it_is_told_so(place: Account, people: SimpleNamespace) -> None:
    mine = segment(place)
    with db.engine.begin() as elsewhere:
        elsewhere.execute(delete(Segment).where(Segment.id == mine.id))
    # The session has it still; the database does not.
    assert mine in db.session
    with pytest.raises(NotFound):
        restore_version(place.id, mine.id, 1, actor=Actor.of_member(people.alice))


def test_buttons_draw_the_conditions_again(place: Account, as_alice: CheckingClient) -> None:
    sent = posted(KNOWN, do="add-condition:0")
    fragment = as_alice.fragment(url(place, "/conditions"), method="POST", data=sent)
    assert fragment.text.strip().startswith('<div id="segment-conditions"')
    assert fragment.text.count('name="condition"') == 2 and "conditions-changed" in fragment.headers["HX-Trigger"]
    assert stored() == []


def test_a_condition_on_the_friend_added_date_says_of_whom_it_is_not_known(
    place: Account, as_alice: CheckingClient
) -> None:
    note = "LINE does not tell this date"
    data = posted([("line.followed_at", "last_days", ["7"])], name="New", do="")
    assert note in as_alice.post(url(place, "/conditions"), data=data).text
    assert note not in as_alice.post(url(place, "/conditions"), data=posted(KNOWN, name="Draft", do="")).text


def test_buttons_work_without_script_and_bring_the_preview_along(place: Account, as_alice: CheckingClient) -> None:
    friend(place, display_name="Hanako", company="Café")
    page = as_alice.post(url(place, "/conditions"), data=posted(KNOWN, name="Draft", do="")).text
    assert "<!doctype html>" in page and 'value="Draft"' in page and "1 friend" in page and "Hanako" in page
    assert "1 friend fits this alone" in page and "Counting" not in page
    mine = segment(place, "Mine")
    data = posted(KNOWN, name="Other", do="add-group", segment=mine.id, version=1)
    again = as_alice.post(url(place, "/conditions"), data=data).text
    assert f'action="{url(place, f"/{mine.id}")}"' in again and again.count('name="group"') == 2
    assert stored()[0].name == "Mine"


@pytest.mark.parametrize(
    ("chosen", "field"),
    [
        (("company", "contains"), 'type="text"'),
        (("line.followed_at", "on"), 'type="date"'),
        (("line.followed_at", "between"), '(from)"'),
        (("line.followed_at", "last_days"), "days"),
        (("line.language", "any_of"), 'type="checkbox"'),
        (("tag", "contains_all"), 'type="search"'),
    ],
)
def test_the_field_follows_property_and_condition(
    place: Account, as_alice: CheckingClient, chosen: tuple[str, str], field: str
) -> None:
    friend(place, language="ja")
    data = posted([(*chosen, [])])
    fragment = as_alice.fragment(url(place, "/conditions"), method="POST", data=data).text
    value = fragment.partition('id="field-0-0"')[2].partition("segment-buttons")[0]
    assert field in value


def test_no_field_where_none_is_needed(place: Account, as_alice: CheckingClient) -> None:
    fragment = as_alice.fragment(url(place, "/conditions"), method="POST", data=posted(KNOWN)).text
    assert "<input" not in fragment.partition('id="field-0-0"')[2].partition("segment-buttons")[0]


def test_choices_are_found_while_someone_types(place: Account, as_alice: CheckingClient) -> None:
    vip, shop = tag(place, "VIP"), tag(place, "Shop")
    tag(account(), "VIP elsewhere")
    asked = url(place, "/choices?property=tag&place=0-0")
    ticked = {"typed": "ｖi", "value-0-0": [str(shop.id), *map(str, range(10_000, 10_300))]}
    fragment = as_alice.fragment(asked, "POST", data=ticked).text
    assert f'value="{shop.id}" checked' in fragment and f'value="{vip.id}"' in fragment and "elsewhere" not in fragment
    assert "Nothing of this name." in as_alice.fragment(asked, "POST", data={"typed": "zzz"}).text
    for query in ("property=nothing&place=0-0", "property=tag&place=x", "property=tag&place=0-0&after"):
        assert as_alice.fragment(url(place, f"/choices?{query}"), "POST").status_code in {200, 404}
    assert as_alice.fragment(url(place, "/choices?property=nothing&place=0-0"), "POST").status_code == 404


def test_a_deleted_tag_is_flagged_and_can_be_taken_out(
    place: Account, as_alice: CheckingClient, people: SimpleNamespace
) -> None:
    vip = tag(place, "VIP")
    mine = segment(place, "VIPs", definition([condition("tag", "contains_none", vip.id)]))
    delete_tag(place.id, vip.id, actor=Actor.of_member(people.alice))
    db.session.commit()
    page = as_alice.get(url(place, f"/{mine.id}/edit")).text
    assert "A chosen value does not exist any more. Remove it." in page and "(deleted)" in page
    same = posted([("tag", "contains_none", [str(vip.id)])], name="VIPs", version=1)
    assert as_alice.post(url(place, f"/{mine.id}"), data=same).status_code == 422


def test_the_editor_is_for_those_who_may(
    place: Account, people: SimpleNamespace, as_bob: CheckingClient, as_charlie: CheckingClient
) -> None:
    mine = segment(place)
    calls = [
        ("/new", "GET"),
        ("", "POST"),
        (f"/{mine.id}/edit", "GET"),
        (f"/{mine.id}", "POST"),
        ("/conditions", "POST"),
        ("/preview", "POST"),
        ("/choices?property=tag&place=0-0", "POST"),
    ]
    for path, method in calls:
        assert as_bob.open(url(place, path), method=method).status_code == 403
        assert as_charlie.open(url(place, path), method=method, data=posted(KNOWN, name="x")).status_code == 404


def test_segments_and_folders_of_another_account_are_not_found(place: Account, as_alice: CheckingClient) -> None:
    theirs = segment(account())
    assert as_alice.get(url(place, f"/{theirs.id}/edit")).status_code == 404
    assert as_alice.post(url(place, f"/{theirs.id}"), data=posted(KNOWN, name="x", version=1)).status_code == 404
    foreign = folder(account())
    assert as_alice.post(url(place), data=posted(KNOWN, name="x", folder=foreign.id)).status_code == 422
    assert len(stored()) == 1


def test_segments_that_look_at_a_deleted_attribute_are_counted_again(
    place: Account, as_alice: CheckingClient, people: SimpleNamespace
) -> None:
    friend(place)
    shoe = create_definition(place.id, "Shoe size", "number", actor=Actor.of_member(people.alice))
    named, other = condition("attributes.shoe_size", "not_equals", 43), condition("company", "unknown")
    mine, else_one = segment(place, "Feet", definition([named])), segment(place, "Else", definition([other]))
    delete_definition(place.id, shoe.id, actor=Actor.of_member(people.alice))
    db.session.commit()
    assert mine.count_due_at is not None and else_one.count_due_at is None
    page = as_alice.get(url(place, f"/{mine.id}/edit")).text
    assert "This attribute was deleted. Remove it or choose another property." in page
    count_due(mine.id)
    assert (mine.friends, mine.count_due_at) == (0, None)


def test_the_saved_number_stands_below_the_preview(place: Account, as_alice: CheckingClient) -> None:
    mine = segment(place, count_due_at=now())
    page = as_alice.get(url(place, f"/{mine.id}/edit")).text
    numbers = page.partition('id="segment-numbers"')[2]
    assert f'hx-get="{url(place, f"/{mine.id}/count")}"' in numbers and "Counting …" in numbers
