"""The bytes people send: there, being prepared, taken back, or never there."""

import base64

import pytest
import requests

from tests.sandbox.bots import Bot, text
from tests.support.contract import check_response, has_specs

SPEC = "line/messaging-api.yml"


def send(bot: Bot, **message: object) -> str:
    """Let a friend send something; its message id."""
    event = bot.act(bot.friend(), "message", message=message)["events"][0]
    return str(event["message"]["id"])


def fetch(bot: Bot, message_id: str, part: str = "") -> requests.Response:
    return bot.get(f"/v2/bot/message/{message_id}/content{part}")


def test_image_and_its_smaller_preview(bot: Bot) -> None:
    message_id = send(bot, type="image")
    whole, preview = fetch(bot, message_id), fetch(bot, message_id, "/preview")
    for answer in (whole, preview):
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert answer.content.startswith(b"\x89PNG")
        assert answer.headers["x-line-request-id"]
    assert len(preview.content) < len(whole.content) == len(fetch(bot, message_id).content)
    assert whole.content != fetch(bot, send(bot, type="image")).content


@pytest.mark.parametrize(
    ("kind", "content_type", "start"),
    [
        ("audio", "audio/wav", b"RIFF"),
        ("video", "video/mp4", b"\0\0\0"),
        ("file", "text/plain; charset=utf-8", b"note"),
    ],
)
def test_other_kinds(bot: Bot, kind: str, content_type: str, start: bytes) -> None:
    answer = fetch(bot, send(bot, type=kind))
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    assert answer.content.startswith(start)


def test_video_is_prepared_before_it_can_be_fetched(bot: Bot) -> None:
    message_id = send(bot, type="video", ready_after_seconds=30)
    assert fetch(bot, message_id).status_code == 202
    state = fetch(bot, message_id, "/transcoding")
    assert state.json() == {"status": "processing"}
    if has_specs():
        check_response(SPEC, "GET", f"/v2/bot/message/{message_id}/content/transcoding", 200, state.json())
    bot.server.advance(30)
    assert fetch(bot, message_id, "/transcoding").json() == {"status": "succeeded"}
    assert fetch(bot, message_id).status_code == 200
    assert fetch(bot, message_id, "/preview").headers["content-type"] == "image/png"


def test_preparation_may_fail(bot: Bot) -> None:
    message_id = send(bot, type="audio", failed=True)
    assert fetch(bot, message_id, "/transcoding").json() == {"status": "failed"}
    assert fetch(bot, message_id).status_code == 404


def test_unsent_content_is_gone(bot: Bot) -> None:
    user_id = bot.friend()
    message_id = bot.act(user_id, "message", message={"type": "image"})["events"][0]["message"]["id"]
    bot.act(user_id, "unsend", messageId=message_id)
    for part in ("", "/preview"):
        answer = fetch(bot, message_id, part)
        assert (answer.status_code, answer.json()) == (410, {"message": "The content is gone"})


def test_content_is_gone_when_its_time_is_over(bot: Bot) -> None:
    message_id = send(bot, type="image", expires_after_seconds=60)
    assert fetch(bot, message_id).status_code == 200
    bot.server.advance(60)
    assert [fetch(bot, message_id, part).status_code for part in ("", "/preview")] == [404, 404]


def test_pictures_that_are_sent_together_name_their_set(bot: Bot) -> None:
    friend = bot.friend()
    sets = [{"id": "A1", "index": index, "total": 2} for index in (1, 2)]
    acts = [bot.act(friend, "message", message={"type": "image", "imageSet": one}) for one in sets]
    assert [one["events"][0]["message"]["imageSet"] for one in acts] == sets


def test_text_and_unknown_messages_have_no_content(bot: Bot) -> None:
    spoken = bot.act(bot.friend(), "message", message=text("hi"))["events"][0]["message"]["id"]
    for message_id in (spoken, "1", "x"):
        answer = fetch(bot, message_id)
        assert (answer.status_code, answer.json()) == (404, {"message": "not found"})


def test_content_of_another_channel_is_not_there(bot: Bot) -> None:
    other = Bot.open(bot.server)
    assert fetch(other, send(bot, type="image")).status_code == 404


def test_sound_and_files_have_no_preview_and_pictures_no_transcoding(bot: Bot) -> None:
    refused = fetch(bot, send(bot, type="file"), "/preview")
    assert (refused.status_code, refused.json()) == (400, {"message": "The content can not be previewed"})
    assert fetch(bot, send(bot, type="image"), "/transcoding").status_code == 400


def test_people_may_bring_their_own_bytes(bot: Bot) -> None:
    upload = base64.b64encode(b"%PDF-1.7 menu").decode()
    wish = {"type": "file", "fileName": "menu.pdf", "fileSize": 13, "upload": upload, "upload_type": "application/pdf"}
    answer = fetch(bot, send(bot, **wish))
    assert (answer.content, answer.headers["content-type"]) == (b"%PDF-1.7 menu", "application/pdf")


def test_external_content_is_not_line_s_to_give(bot: Bot) -> None:
    provider = {"type": "external", "originalContentUrl": "https://example.com/a.png"}
    assert fetch(bot, send(bot, type="image", contentProvider=provider)).status_code == 404
