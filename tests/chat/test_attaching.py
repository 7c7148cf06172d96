"""Files in answers: as LINE's own messages where it carries them, else by a link that can be revoked."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from app.core.db import db
from app.media.models import MediaFile
from app.messages.conversations.models import Conversation
from app.messages.sending.delivery import deliver_due
from tests.chat.test_composer import page_of, post, send
from tests.factories.media import PDF, picture, silence, sound, video
from tests.messages.sending.conftest import Shop, outgoing
from tests.support.client import CheckingClient

ZIP = b"PK\x03\x04" + b"\0" * 90


def attach(client: CheckingClient, talk: Conversation, *files: tuple[str, bytes], **data: Any) -> Any:
    """Upload files as the composer does, and put them into the draft."""
    ids = []
    for name, content in files:
        fields = {"kinds": "image,video,audio", "takes_any": "1", "visibility": "public"}
        given = {**fields, "file": (BytesIO(content), name)}
        url = f"/accounts/{talk.account_id}/media"
        made = client.post(url, data=given, headers={"Accept": "application/json"})
        assert made.status_code == 201, made.text
        ids.append(made.get_json()["id"])
    return post(client, talk, "draft/files", media=ids, **data)


def test_pictures_videos_and_sound_go_as_they_are(shop: Shop, talk: Conversation, as_carol: CheckingClient) -> None:
    drawn = attach(
        as_carol, talk, ("a.png", picture()), ("b.heic", picture("HEIF")), ("c.mp4", video()), ("d.mp3", silence())
    ).text
    assert drawn.count('chat-waiting"') == 4 and "card with a link" not in drawn
    assert send(as_carol, talk).status_code == 200
    (sent,) = shop.log()
    assert [one["type"] for one in sent["messages"]] == ["image", "image", "video", "audio"]


@pytest.mark.parametrize(
    ("name", "content"), [("plan.zip", ZIP), ("offer.pdf", PDF), ("talk.wav", sound()), ("page.html", b"<script>" * 20)]
)
def test_what_line_carries_not_goes_as_a_card_with_a_link_as_is_said_before(
    shop: Shop, talk: Conversation, as_carol: CheckingClient, name: str, content: bytes
) -> None:
    drawn = attach(as_carol, talk, (name, content), text="Here it is").text
    assert "Goes as a card with a link" in drawn and name in drawn
    assert send(as_carol, talk, "Here it is").status_code == 200
    (sent,) = shop.log()
    card = sent["messages"][1]
    assert (card["type"], card["altText"]) == ("flex", name)
    path = "/files/" + card["contents"]["footer"]["contents"][0]["action"]["uri"].rpartition("/files/")[2]
    stranger = as_carol.application.test_client()
    page = stranger.get(path)
    assert page.status_code == 200 and name in page.text
    file = stranger.get(f"{path}/content")
    assert file.data == content and file.headers["X-Content-Type-Options"] == "nosniff"
    if name != "talk.wav":
        assert file.headers["Content-Disposition"].startswith("attachment")


def test_a_link_is_revoked_at_its_message(shop: Shop, talk: Conversation, as_carol: CheckingClient) -> None:
    attach(as_carol, talk, ("plan.zip", ZIP))
    send(as_carol, talk)
    key = db.session.scalars(db.select(MediaFile.public_key)).one()
    assert "Revoke the link" in page_of(as_carol, talk)
    revoked = as_carol.post(f"/chat/{talk.id}/answers/{outgoing()[0].send_id}/revocation")
    assert revoked.status_code == 303
    page = page_of(as_carol, talk)
    assert "The link of the file was revoked." in page and "Revoke the link" not in page
    gone = as_carol.get(f"/files/{key}")
    assert gone.status_code == 404 and "not available any more" in gone.text
    assert as_carol.get(f"/files/{key}/content").status_code == 404


def test_a_file_of_another_account_and_one_that_is_gone_are_refused(
    talk: Conversation, as_carol: CheckingClient
) -> None:
    refused = post(as_carol, talk, "draft/files", media=["999"], text="Kept")
    assert refused.status_code == 422 and "Choose it again" in refused.text
    assert "Kept</textarea>" in page_of(as_carol, talk)


def test_a_file_of_an_answer_stays_though_the_draft_is_gone(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    attach(as_carol, talk, ("a.png", picture()))
    send(as_carol, talk)
    deliver_due()
    db.session.commit()
    assert db.session.scalars(db.select(MediaFile.orphaned_at)).all() == [None]
    attach(as_carol, talk, ("b.png", picture()))
    post(as_carol, talk, "draft/removal", number="0")
    assert None in db.session.scalars(db.select(MediaFile.orphaned_at)).all()
