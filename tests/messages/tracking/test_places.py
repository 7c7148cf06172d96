"""What of a message set becomes a short address, and what stays as it was typed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from sqlalchemy import event

from app.core.db import db
from app.friends.models import Friend
from app.line.models import Account
from app.messages.content.filling import Values
from app.messages.content.utm import Utm
from app.messages.tracking.models import TrackedLink
from app.messages.tracking.operations.sends import SendCause, begin_send, personal_codes
from app.messages.tracking.places import LinkTooLong, find_places, in_three, with_codes
from tests.messages.tracking.conftest import Make

CAUSE = SendCause("step", "5")
SHORT = re.compile(r"http://127\.0\.0\.1:8000/[lo]/([0-9A-Za-z]{11})")
LINK = {"kind": "link", "label": "Open", "url": "https://shop.example/a?b=%E3%81%82&c=1#d"}
CONFIRM = {"kind": "confirm", "alt_text": "?", "text": "Sure?", "actions": [LINK, {**LINK, "url": "tel:0312345678"}]}


def send(
    ready: Any, account: Account, friend: Friend | None, utm: Utm | None = None, values: Values | None = None
) -> tuple[str, dict[str, str]]:
    """The JSON for a friend, with "#" for each code, and the targets by place."""
    values = values or {"name": "A&B", "id": "7/é"}
    found, friend_id = find_places(ready, is_personal=friend is not None, utm=utm), friend.id if friend else None
    send_id = begin_send(account.id, CAUSE).id
    codes = personal_codes(send_id, found.places, {friend_id: values})[friend_id]
    filled = with_codes(found.ready.as_json(values), codes)
    links = {link.code: link for link in db.session.query(TrackedLink).filter_by(send_id=send_id)}
    assert set(SHORT.findall(filled)) == set(links)
    assert {link.friend_id for link in links.values()} <= {friend.id if friend else None}
    return SHORT.sub("#", filled), {link.place: link.target for link in links.values()}


def test_links_of_buttons_lead_to_what_was_typed(make: Make, account: Account, hana: Friend) -> None:
    filled, targets = send(make(CONFIRM), account, hana)
    assert targets == {"messages[0].template.actions[0].uri": "https://shop.example/a?b=%E3%81%82&c=1#d"}
    assert [one["uri"] for one in json.loads(filled)[0]["template"]["actions"]] == ["#", "tel:0312345678"]


def test_personal_values_are_escaped_in_the_target_and_every_friend_has_an_own_address(
    make: Make, account: Account, hana: Friend
) -> None:
    ready = make({**CONFIRM, "actions": [{**LINK, "url": "https://shop.example/{{name}}?u={{id}}#top"}, LINK]})
    _filled, targets = send(ready, account, hana)
    assert targets["messages[0].template.actions[0].uri"] == "https://shop.example/A%26B?u=7%2F%C3%A9#top"


def test_the_links_of_many_people_are_stored_by_one_statement_for_all(make: Make, account: Account) -> None:
    second = {**LINK, "url": "https://shop.example/2"}
    ready = make({**CONFIRM, "actions": [{**LINK, "url": "https://shop.example/{{id}}"}, second]})
    places = find_places(ready, is_personal=True).places
    people: dict[int | None, Values] = {friend_id: {"id": str(friend_id)} for friend_id in (30, 10, 20)}
    send_id, ran = begin_send(account.id, CAUSE).id, list[tuple[str, bool]]()
    listener = lambda *arguments: ran.append((arguments[2].split()[0], arguments[5]))  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    codes = personal_codes(send_id, places, people)
    event.remove(db.engine, "before_cursor_execute", listener)
    stored = db.session.query(TrackedLink).filter_by(send_id=send_id).order_by(TrackedLink.id).all()
    targets = {places[0].marker: "https://shop.example/{}", places[1].marker: "https://shop.example/2"}
    expected = [
        (friend_id, codes[friend_id][place.marker], place.place, targets[place.marker].format(friend_id))
        for friend_id in people
        for place in places
    ]
    assert [(link.friend_id, link.code, link.place, link.target) for link in stored] == expected
    assert ran == [("INSERT", False)]


def test_a_shared_address_has_no_friend_and_leads_nowhere_personal(make: Make, account: Account) -> None:
    ready = make({**CONFIRM, "actions": [{**LINK, "url": "https://shop.example/?u={{id}}"}, LINK]})
    filled, targets = send(ready, account, None)
    assert list(targets) == ["messages[0].template.actions[1].uri"]
    assert "https://shop.example/?u=7%2F%C3%A9" in filled


def test_each_of_thousands_of_places_has_a_marker_of_its_own() -> None:
    markers = [in_three(number) for number in range(5_000)]
    assert len(set(markers)) == 5_000 and {len(one) for one in markers} == {3}


@pytest.mark.parametrize(
    ("text", "shown", "targets"),
    [
        ("See https://a.example/x?y=1#z.", "See #.", ["https://a.example/x?y=1#z"]),
        ("「https://a.example/」と(http://b.example/c)", "「#」と(#)", ["https://a.example/", "http://b.example/c"]),
        ("**https://a.example/b_(c)** (https://a.example/b_(c))", "**#** (#)", None),
        ("(https://a.example/)。", "(#)。", ["https://a.example/"]),
        ("https://a.example:99999/x https://a..example/ https:///a.example", None, []),
        ("{{name}}: https://a.example/{{id}}, {{name}}!", "A&B: #, A&B!", ["https://a.example/7%2F%C3%A9"]),
        ("https://line.me/R/ti/p/%40shop https://liff.line.me/1-a", None, []),
        ("no link, http:// and https:/x", None, []),
        ("https://a.example/?openExternalBrowser=1", "#?openExternalBrowser=1", None),
        ("{{emoji:5ac1bfd5040ab15980c9b435/001}} https://a.example/ {x}", "{p0} # {{x}}", ["https://a.example/"]),
    ],
)
def test_links_in_texts(
    make: Make, account: Account, hana: Friend, text: str, shown: str | None, targets: list[str] | None
) -> None:
    filled, found = send(make({"kind": "text", "text": text}), account, hana)
    assert json.loads(filled)[0]["text"] == (text if shown is None else shown)
    if targets is not None and len(targets) < 2:
        assert list(found.values()) == targets


def test_utm_parameters_stand_between_query_and_fragment_and_replace_nothing(
    make: Make, account: Account, hana: Friend
) -> None:
    ready = make({**CONFIRM, "actions": [LINK, {**LINK, "url": "https://shop.example/{{id}}?utm_source=own#{{name}}"}]})
    _filled, targets = send(ready, account, hana, Utm(campaign="春"))
    assert list(targets.values()) == [
        "https://shop.example/a?b=%E3%81%82&c=1&utm_source=line&utm_medium=message&utm_campaign=%E6%98%A5#d",
        "https://shop.example/7%2F%C3%A9?utm_source=own&utm_medium=message&utm_campaign=%E6%98%A5#A%26B",
    ]


def test_images_of_ours_are_tracked_for_one_person_only(make: Make, account: Account, hana: Friend) -> None:
    area = {"x": 0, "y": 0, "width": 1040, "height": 1040, "action": {"kind": "link", "url": "https://shop.example/"}}
    rich = make({"kind": "rich", "alt_text": "Sale", "file_id": 1, "areas": [area]}, {"kind": "image", "file_id": 1})
    filled, targets = send(rich, account, hana)
    assert targets["messages[0].baseUrl"] == "abc"
    assert json.loads(filled)[1]["originalContentUrl"] == "http://127.0.0.1:8000/media/abc/1040"
    assert "messages[0].baseUrl" not in send(rich, account, None)[1]


@pytest.mark.parametrize("url", ["https://shop.example/" + "a" * 950, "https://shop.example/{{long}}"])
def test_a_link_that_grows_too_long_is_refused_with_its_place(
    make: Make, account: Account, hana: Friend, url: str
) -> None:
    ready = make({**CONFIRM, "actions": [LINK, {**LINK, "url": url.replace("{{long}}", "{{name}}")}]})
    with pytest.raises(LinkTooLong) as refused:
        send(ready, account, hana, Utm(campaign="x" * 30), {"name": "あ" * 120})
    assert refused.value.place == "messages[0].template.actions[1].uri"


def test_a_text_is_cut_at_its_values_and_never_in_a_link(make: Make, account: Account, hana: Friend) -> None:
    ready = make({"kind": "text", "text": "x" * 4_900 + " {{name}} https://shop.example/abc"})
    values = {"name": "y" * 200}
    found = find_places(ready, is_personal=True)
    codes = personal_codes(begin_send(account.id, CAUSE).id, found.places, {hana.id: values})[hana.id]
    (message,) = json.loads(with_codes(found.ready.as_json(values), codes))
    assert len(message["text"]) == 5_000
    assert SHORT.search(message["text"])
