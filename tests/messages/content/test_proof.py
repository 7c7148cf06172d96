"""Before a set is used, LINE looks at it for the longest and the emptiest recipient; its words stand at the field."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.errors import InvalidInput
from app.line.gateway.urls import LINE, urls
from app.line.models import Account
from app.media.models import Visibility
from app.messages.content import message_set
from app.messages.content.media_links import media_links
from app.messages.content.proof import built_for, prove
from tests.factories import line as accounts
from tests.factories.friends import friend
from tests.factories.media import media_file, picture
from tests.support.sandbox import SandboxServer

SAY = {"kind": "message", "label": "Yes", "text": "Yes"}


def a_set(*messages: dict[str, Any], quick_replies: Any = ()) -> message_set.MessageSet:
    return message_set.read({"messages": list(messages), "quick_replies": list(quick_replies)})


def said(account: Account, *messages: dict[str, Any], **options: Any) -> dict[str, str]:
    return {one.path: str(one.message) for one in prove(account.id, a_set(*messages, **options)).problems}


def test_a_good_set_is_good_for_everyone(connected: Account) -> None:
    friend(connected, display_name="寿限無寿限無")
    picture_id = media_file(connected.id).id
    text = {"kind": "text", "text": "Hello {{display_name|you}}"}
    proof = prove(connected.id, a_set(text, {"kind": "image", "file_id": picture_id}, quick_replies=[{"action": SAY}]))
    assert (proof.problems, proof.unasked, proof.is_good) == ((), None, True)
    proof.require()


def test_an_address_that_grows_too_long_is_found_before_anyone_gets_it(connected: Account) -> None:
    link = {"kind": "link", "label": "Open", "url": "https://shop.example/?who={{company|}}"}
    message = {"kind": "buttons", "alt_text": "Choose", "text": "Text", "actions": [link]}
    assert said(connected, message) == {}
    friend(connected, company="株" * 150)
    assert list(said(connected, message)) == ["messages.0.actions.0.url"]


def test_an_address_that_grows_too_long_with_utm_parameters_is_found(connected: Account) -> None:
    link = {"kind": "link", "label": "Open", "url": "https://shop.example/?" + "q" * 970}
    message = {"kind": "buttons", "alt_text": "Choose", "text": "Text", "actions": [link]}
    stored = {"messages": [message]}
    assert prove(connected.id, message_set.read(stored)).is_good
    tracked = message_set.read(
        {**stored, "utm": {"source": "line", "medium": "message", "campaign": "", "content": ""}}
    )
    found = prove(connected.id, tracked).problems
    assert [one.path for one in found] == ["messages.0.actions.0.url"]
    assert "UTM" in str(found[0].message)


def test_our_own_complaints_come_without_asking_line(place: Account) -> None:
    proof = prove(place.id, a_set({"kind": "text", "text": "{{first_name}}"}))
    assert {one.path for one in proof.problems} == {"messages.0.text"}
    with pytest.raises(InvalidInput) as refusal:
        proof.require()
    assert list(refusal.value.fields) == ["messages.0.text"]


def test_a_set_that_line_could_not_look_at_is_not_good(connected: Account, line: SandboxServer) -> None:
    line.api("POST", "/faults", {"kind": "status", "status": 500, "path": "/v2/bot/message/validate/push"})
    proof = prove(connected.id, a_set({"kind": "text", "text": "Hello"}))
    assert proof.problems == () and not proof.is_good
    assert "LINE could not check the messages" in str(proof.unasked)
    with pytest.raises(InvalidInput):
        proof.require()


def test_line_itself_fetches_files_over_https_only(place: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urls, "api", LINE)
    found = said(place, {"kind": "image", "file_id": media_file(place.id).id})
    assert list(found) == ["messages"]
    assert "PUBLIC_URL" in found["messages"]


def test_links_are_of_public_files_of_the_account_only(place: Account) -> None:
    wide = media_file(place.id, picture(size=(1200, 800)))
    hidden = media_file(place.id, visibility=Visibility.MEMBERS)
    foreign = media_file(accounts.account().id)
    found = media_links(place.id, [wide.id, hidden.id, foreign.id])
    assert list(found) == [wide.id]
    links = found[wide.id]
    assert (links.kind, links.width, links.height) == ("image", 1200, 800)
    assert links.url.endswith(f"/media/{wide.public_key}")
    content = a_set({"kind": "image", "file_id": hidden.id})
    assert [one.path for one in built_for(place.id, content).problems] == ["messages.0.file_id"]


@pytest.mark.parametrize(
    ("line_property", "field"),
    [
        ("messages[0].text", "messages.0.text"),
        ("messages[1].template.actions[0].label", "messages.1.actions.0.label"),
        ("messages[1].template.actions[0]", "messages.1.actions.0"),
        ("messages[1].template.thumbnailImageUrl", "messages.1"),
        ("messages[1].quickReply.items[0].action.text", "quick_replies.0.action.text"),
        ("messages[1].template.title.0", "messages.1"),
        ("messages[1]", "messages.1"),
        ("messages", "messages"),
        ("", "messages"),
    ],
)
def test_each_property_of_line_leads_to_a_field(place: Account, line_property: str, field: str) -> None:
    message = {"kind": "buttons", "alt_text": "Choose", "text": "Text", "actions": [SAY]}
    content = a_set({"kind": "text", "text": "Hi {{first_name|you}}"}, message, quick_replies=[{"action": SAY}])
    assert built_for(place.id, content).origins.field_of(line_property) == field
