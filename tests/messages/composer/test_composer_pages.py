"""The composer in a browser: buttons, what is said while typing, and without script."""

from __future__ import annotations

import html
import json
import re
from types import SimpleNamespace

from app.core.db import db
from app.line.models import Account
from app.messages.composer.blanks import MESSAGES
from app.messages.composer.models import MessageDraft
from app.team.actors import Actor
from tests.factories.friends import friend
from tests.factories.media import media_file, picture
from tests.messages.composer.pressing import check, draft_content, plain, press, said
from tests.support.client import CheckingClient


def test_every_kind_has_its_editor(place: Account, draft: MessageDraft, as_alice: CheckingClient) -> None:
    for kind in MESSAGES:
        answer = press(as_alice, draft, f"add:messages:{kind}")
        assert answer.status_code == 200, kind
        assert 'id="item-messages.0"' in answer.text
        press(as_alice, draft, "remove:messages.0")
    for action in ("link", "message", "postback", "date", "clipboard", "phone"):
        press(as_alice, draft, "add:quick_replies")
        assert press(as_alice, draft, f"kind:quick_replies.0.action:{action}").status_code == 200


def test_a_select_draws_its_part_again(draft: MessageDraft, as_alice: CheckingClient) -> None:
    press(as_alice, draft, "add:messages:rich")
    choices = {"choice-template:messages.0": "quarters", "choice-kind:messages.0.areas.0.action": "message"}
    answer = press(as_alice, draft, "", **choices)
    assert 'id="item-messages.0.areas.3"' in answer.text
    assert [one["action"]["kind"] for one in draft_content(draft)["messages"][0]["areas"]][:2] == ["message", "link"]
    shown = {f"choice-kind:messages.0.areas.{at}.action": kind for at, kind in enumerate(["message", *["link"] * 3])}
    assert press(as_alice, draft, "", **{"choice-template:messages.0": "full"}, **shown).status_code == 200
    assert press(as_alice, draft, "", **{"choice-remove:messages.0": "x"}).status_code == 404


def test_what_is_typed_is_kept_and_said_to_be_wrong(draft: MessageDraft, as_alice: CheckingClient) -> None:
    press(as_alice, draft, "add:messages:text")
    answer = check(as_alice, draft, **{"messages.0.text": "Hello {{first_name}}"})
    assert 'data-path="messages.0.text"' in answer.text
    answer = check(as_alice, draft, **{"messages.0.text": "Hello {{first_name|you}}"})
    assert 'data-path="messages.0.text"' not in answer.text and "Hello you" in plain(answer.text)
    db.session.refresh(draft)
    assert draft.content["messages"][0]["text"] == "Hello {{first_name|you}}"


def test_the_preview_is_for_a_chosen_friend(place: Account, draft: MessageDraft, as_alice: CheckingClient) -> None:
    known = friend(place, display_name="はな", first_name="花子")
    press(as_alice, draft, "add:messages:text")
    text = {"messages.0.text": "To {{first_name|you}}"}
    assert "To 花子" in check(as_alice, draft, **text, preview_friend=str(known.id)).text
    unknown = check(as_alice, draft, **text, preview_friend="999999").text
    assert "To you" in plain(unknown) and re.search(r"phone-fallback[^>]*>you</span>", unknown)
    assert "phone-fallback" not in check(as_alice, draft, **text, preview_friend=str(known.id)).text


def test_friends_for_the_preview_are_found_by_name(
    place: Account, draft: MessageDraft, as_alice: CheckingClient, people: SimpleNamespace
) -> None:
    chosen, found = friend(place, display_name="はな"), friend(place, display_name="Taro Yamada")
    path = f"/accounts/{place.id}/composer/{draft.id}/friends"
    url = f"{path}?preview_search=yamada&preview_friend={chosen.id}"
    answer = as_alice.fragment(url).text
    assert re.findall(r'value="(\d*)"( selected)?', answer) == [
        ("", ""),
        (str(chosen.id), " selected"),
        (str(found.id), ""),
    ]
    assert as_alice.get(url).status_code == 200
    assert "No friend is found." in as_alice.fragment(f"{path}?preview_search=unknown&preview_friend=").text


def test_what_is_missing_is_said_once_the_field_was_left(draft: MessageDraft, as_alice: CheckingClient) -> None:
    added = press(as_alice, draft, "add:messages:text").text
    assert "Fill this in." not in added and 'aria-invalid="true"' not in added
    press(as_alice, draft, "add:messages:image", left="messages.0.text")
    moved = press(as_alice, draft, "up:messages.1", left="messages.0.text").text
    assert said(moved) == {"messages.1.text": "Fill this in."} and 'name="left" value="messages.1.text"' in moved
    assert said(check(as_alice, draft, left="messages.0.file_id").text) == {"messages.0.file_id": "Choose an image."}
    assert said(press(as_alice, draft, "undo", left="messages.0.text").text) == {}
    assert said(press(as_alice, draft, "redo").text) == {}
    assert said(press(as_alice, draft, "remove:messages.1", left="messages.1.text").text) == {}


def test_utm_parameters_are_kept_and_checked(draft: MessageDraft, as_alice: CheckingClient) -> None:
    press(as_alice, draft, "add:messages:text")
    assert said(check(as_alice, draft, **{"utm.campaign": "{{first_name|x}}"}).text).keys() == {"utm.campaign"}
    assert "utm.source" in said(check(as_alice, draft, **{"utm.campaign": "spring", "left": "utm.source"}).text)
    assert said(check(as_alice, draft, **{"utm.source": "line", "utm.campaign": "spring"}).text) == {}
    assert draft_content(draft)["utm"] == {
        "source": "line",
        "medium": "",
        "campaign": "spring",
        "term": "",
        "content": "",
    }
    check(as_alice, draft, **{"utm.source": "", "utm.campaign": ""})
    assert draft_content(draft)["utm"] is None


def test_another_picture_gets_fitting_areas(place: Account, draft: MessageDraft, as_alice: CheckingClient) -> None:
    wide = media_file(place.id, picture(size=(2080, 1000)))
    press(as_alice, draft, "add:messages:rich")
    check(as_alice, draft, **{"messages.0.file_id": str(wide.id)})
    assert draft_content(draft)["messages"][0]["areas"][0]["height"] == 500


def test_broken_json_is_kept_with_its_line(draft: MessageDraft, as_alice: CheckingClient) -> None:
    press(as_alice, draft, "add:messages:flex")
    answer = press(as_alice, draft, "add:messages:text", **{"messages.0.contents": '{\n  "type": oops\n}'})
    assert "A value is missing here." in answer.text and "oops" in answer.text
    assert 'data-line="2" data-column="11"' in answer.text


def test_each_problem_of_json_stands_at_its_line(draft: MessageDraft, as_alice: CheckingClient) -> None:
    press(as_alice, draft, "add:messages:flex")
    lines = [
        "{",
        '  "type": "bubble",',
        '  "body": {"type": "box", "layout": "vertical", "contents": [',
        '    {"type": "text", "text": "{{unknown|x}}",',
        '     "size": "huge"},',
        '    {"type": "button", "action": {"type": "uri", "uri": "https://shop.example/"}}',
        "  ]}",
        "}",
    ]
    typed = {"messages.0.alt_text": "Flex", "messages.0.contents": "\n".join(lines)}
    answer = check(as_alice, draft, **typed).text
    found = re.findall(r'data-line="(\d+)" data-column[^>]*><bdi>Line \d+[^<]*</bdi></button>: ([^<]*)<', answer)
    assert [(line, words.split(" ")[0]) for line, words in found] == [
        ("4", "“{{unknown}}”"),
        ("5", "“size”"),
        ("6", "“label”"),
    ]
    assert 'data-path="messages.0.contents' not in answer
    assert 'id="lines-messages.0.contents"' in press(as_alice, draft, "", **typed).text


def test_an_answer_that_comes_late_writes_into_no_other_field(draft: MessageDraft, as_alice: CheckingClient) -> None:
    press(as_alice, draft, "add:messages:text")
    db.session.refresh(draft)
    before = draft.version
    press(as_alice, draft, "add:messages:text", **{"messages.0.text": "first"})
    press(as_alice, draft, "up:messages.1")
    assert check(as_alice, draft, before, **{"messages.0.text": "late"}).status_code == 204
    db.session.refresh(draft)
    assert [one["text"] for one in draft.content["messages"]] == ["", "first"]


def test_undo_and_discard_go_back(place: Account, alice: Actor, draft: MessageDraft, as_alice: CheckingClient) -> None:
    press(as_alice, draft, "add:messages:text")
    press(as_alice, draft, "add:messages:image")
    press(as_alice, draft, "undo")
    assert [one["kind"] for one in draft_content(draft)["messages"]] == ["text"]
    press(as_alice, draft, "discard")
    assert draft_content(draft)["messages"] == []
    press(as_alice, draft, "undo")
    assert [one["kind"] for one in draft_content(draft)["messages"]] == ["text"]


def test_what_was_undone_can_be_done_again_until_something_changes(
    draft: MessageDraft, as_alice: CheckingClient
) -> None:
    for kind in ("text", "image", "audio"):
        press(as_alice, draft, f"add:messages:{kind}")
    for command, expected in (("undo", 2), ("undo", 1), ("redo", 2), ("redo", 3), ("redo", 3), ("undo", 2)):
        press(as_alice, draft, command)
        assert len(draft_content(draft)["messages"]) == expected, command
    check(as_alice, draft, **{"messages.0.text": "Typed after it"})
    press(as_alice, draft, "redo")
    assert len(draft_content(draft)["messages"]) == 2
    press(as_alice, draft, "undo")
    assert draft_content(draft)["messages"][0]["text"] == "" and len(draft_content(draft)["messages"]) == 2


def test_without_script_the_whole_page_is_drawn(draft: MessageDraft, as_alice: CheckingClient) -> None:
    answer = as_alice.post(
        f"/accounts/{draft.account_id}/composer/{draft.id}", data={"draft_version": "1", "do": "add:messages:text"}
    )
    assert answer.status_code == 200 and "</html>" in answer.text


def test_the_pickers_hold_line_s_lists_and_the_account_s_values(draft: MessageDraft, as_alice: CheckingClient) -> None:
    for kind in ("text", "sticker"):
        press(as_alice, draft, f"add:messages:{kind}")
    db.session.refresh(draft)
    page = as_alice.post(
        f"/accounts/{draft.account_id}/composer/{draft.id}", data={"draft_version": draft.version}
    ).text
    shelf = re.search(r'id="shelf-stickers"[^>]*data-shelf-sets-value="([^"]*)"', page)
    assert shelf
    packages = json.loads(html.unescape(shelf[1]))
    assert packages[-1] | {"title": "", "words": ""} == {
        "id": "11539",
        "title": "",
        "first": 52114110,
        "last": 52114149,
        "words": "",
    }
    assert 'data-picker-text-param="{{display_name|}}"' in page
    assert 'data-picker-field="f-messages.0.text" data-picker-kinds="all"' in page
    assert 'data-picker-sticker="messages.1"' in page


def test_a_full_list_takes_no_more(draft: MessageDraft, as_alice: CheckingClient) -> None:
    for _number in range(5):
        press(as_alice, draft, "add:messages:text")
    for command in ("add:messages:text", "copy:messages.0"):
        answer = press(as_alice, draft, command)
        assert answer.status_code == 409 and "Only 5 of these fit here." in answer.headers["HX-Trigger"]
    db.session.refresh(draft)
    assert len(draft.content["messages"]) == 5


def test_what_is_too_long_to_keep_is_refused_and_not_cut(draft: MessageDraft, as_alice: CheckingClient) -> None:
    press(as_alice, draft, "add:messages:text")
    answer = check(as_alice, draft, **{"messages.0.text": "x" * 200_001})
    assert answer.status_code == 409 and "200,000" in answer.headers["HX-Trigger"]
    for number in range(4):
        press(as_alice, draft, "add:messages:text", **{f"messages.{number}.text": "x" * 140_000})
    refused = check(as_alice, draft, **{"messages.4.text": "x" * 140_000})
    assert refused.status_code == 409 and "too long to be kept" in refused.headers["HX-Trigger"]
    db.session.refresh(draft)
    assert sum(len(json.dumps(step)) for step in draft.past) <= 2_000_000
