"""What LINE says of a draft: at the part it speaks of, in every kind of message, and until that part is changed."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace
from typing import Any

import pytest

from app.core.db import db
from app.line.models import Account
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import open_draft
from app.messages.content import message_set
from app.team.actors import Actor
from tests.factories.media import media_file, silence, video
from tests.messages.content.test_kinds import GOOD
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer

FILE = re.compile(r"^(preview_)?file_id$")


VALIDATE = "/v2/bot/message/validate/push"


def refuse(line: SandboxServer, place: str) -> None:
    """Let LINE say something of this property of whatever it is asked about next."""
    message = "A message (messages[0]) in the request body is invalid" if place.startswith("/") else "1 error(s)"
    details = [{"property": place, "message": "not like this"}]
    fault = {"kind": "status", "status": 400, "path": VALIDATE, "message": message, "details": details}
    line.api("POST", "/faults", fault)


@pytest.mark.parametrize(
    ("kind", "place", "field"),
    [
        ("text", "messages[0].text", "text"),
        ("emoji", "messages[0].substitution.p0.emojiId", ""),
        ("image", "messages[0].originalContentUrl", "file_id"),
        ("video", "messages[0].previewImageUrl", "preview_file_id"),
        ("video", "messages[0].trackingId", "tracking_id"),
        ("audio", "messages[0].originalContentUrl", "file_id"),
        ("sticker", "messages[0].stickerId", "sticker_id"),
        ("location", "messages[0].address", "address"),
        ("location", "messages[0].latitude", ""),
        ("rich", "messages[0].actions[0].linkUri", "areas.0.action.url"),
        ("rich", "messages[0].baseUrl", "file_id"),
        ("rich_video", "messages[0].video.externalLink.label", "end_label"),
        ("buttons", "messages[0].template.title", "title"),
        ("confirm", "messages[0].template.actions[1].uri", "actions.1.url"),
        ("cards", "/contents/0/body/contents/0/text", "cards.0.name"),
        ("cards", "/contents/1/body/action", "cards.1.action"),
        ("cards", "/contents/3/body/contents/0/text", "cards.3.contents.body.contents.0.text"),
        ("cards", "/contents/4/body/contents/0/action/label", "end_card.action.label"),
        ("flex", "/body/contents/0/text", "contents.body.contents.0.text"),
        ("json", "messages[0].text", "message.text"),
        ("date", "messages[0].template.actions[0].min", "actions.0.earliest"),
        ("date", "messages[0].template.actions[2].clipboardText", "actions.2.text"),
    ],
)
def test_what_line_says_stands_at_the_part_it_speaks_of(
    connected: Account,
    people: SimpleNamespace,
    line: SandboxServer,
    as_alice: CheckingClient,
    kind: str,
    place: str,
    field: str,
) -> None:
    draft = draft_of(connected, people, with_files(GOOD[kind], connected.id))
    refuse(line, place)
    answer = ask(as_alice, draft)
    path = f"messages.0.{field}".removesuffix(".")
    assert "LINE says: not like this" in answer and "cannot be used yet" in answer
    if kind in ("flex", "json") or ".contents." in path:
        line_number = re.findall(r'<li data-line="(\d+)"', answer)
        assert len(line_number) == 1 and int(line_number[0]) > 1
        return
    assert f'<li data-path="{path}">LINE says: not like this</li>' in answer
    page = as_alice.post(composer(draft), data={"draft_version": "1"}).text
    assert f'data-problem-for="{path}"' in page


def test_it_stands_until_its_message_is_changed(
    connected: Account, people: SimpleNamespace, line: SandboxServer, as_alice: CheckingClient
) -> None:
    draft = draft_of(connected, people, GOOD["text"], GOOD["text"] | {"text": "Second"})
    refuse(line, "messages[1].text")
    said = html.unescape(re.search(r'name="said" value="([^"]*)"', ask(as_alice, draft))[1])  # type: ignore[index]
    sent = {"draft_version": "1", "said": said, "messages.0.text": "First, typed", "do": "up:messages.1"}
    moved = as_alice.post(composer(draft), data=sent, headers={"HX-Request": "true"}).text
    assert '<li data-path="messages.0.text">LINE says: not like this</li>' in moved
    sent = {"draft_version": "2", "said": said, "messages.0.text": "Second, typed"}
    assert "LINE says" not in as_alice.post(composer(draft), data=sent, headers={"HX-Request": "true"}).text
    for broken in ("", "[", "[1]", '["a", "b", "c", "d"]'):
        sent = {"draft_version": "2", "said": broken}
        assert "LINE says" not in as_alice.post(composer(draft), data=sent).text


def test_good_messages_are_said_to_be_good(
    connected: Account, people: SimpleNamespace, line: SandboxServer, as_alice: CheckingClient
) -> None:
    draft = draft_of(connected, people, GOOD["text"])
    assert "LINE takes these messages." in ask(as_alice, draft)
    line.api("POST", "/faults", {"kind": "status", "status": 500, "path": VALIDATE})
    assert "LINE could not check the messages" in ask(as_alice, draft)


def test_a_refused_form_says_it_at_the_fields(
    connected: Account, people: SimpleNamespace, line: SandboxServer, as_alice: CheckingClient
) -> None:
    draft = draft_of(connected, people, GOOD["confirm"])
    refuse(line, "messages[0].template.text")
    url = f"/accounts/{connected.id}/auto-messages"
    data = {"draft": draft.id, "draft_version": "1", "name": "Welcome"}
    answer = as_alice.fragment(url, method="POST", data=data)
    assert answer.status_code == 422 and "stands at each place below" in answer.text
    assert re.search(r'data-problem-for="messages.0.text"[^>]*>LINE says: not like this<', answer.text)


def draft_of(account: Account, people: SimpleNamespace, *messages: dict[str, Any]) -> MessageDraft:
    stored = message_set.write(message_set.read({"messages": list(messages)}))
    made = open_draft(account.id, "auto_message", None, stored, actor=Actor.of_member(people.alice))
    db.session.commit()
    return made


def composer(draft: MessageDraft) -> str:
    return f"/accounts/{draft.account_id}/composer/{draft.id}"


def ask(browser: CheckingClient, draft: MessageDraft) -> str:
    data = {"draft_version": str(draft.version)}
    return browser.post(f"{composer(draft)}/ask", data=data, headers={"HX-Request": "true"}).text


def with_files(message: Any, account_id: int, made: dict[int, int] | None = None) -> Any:
    """Return the message with stored files of the account instead of the numbers 1 (image), 2 (video) and 3 (sound)."""
    made = {} if made is None else made
    if isinstance(message, list):
        return [with_files(one, account_id, made) for one in message]
    if not isinstance(message, dict):
        return message
    found = {name: with_files(one, account_id, made) for name, one in message.items()}
    for name, number in found.items():
        if FILE.match(name) and number is not None:
            content = {1: b"", 2: video(), 3: silence()}[number]
            found[name] = made.setdefault(number, media_file(account_id, content).id)
    return found
