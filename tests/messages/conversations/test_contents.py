"""What people send is fetched from LINE at once, known by its bytes, and forgotten when it is taken back."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select, text, update

from app.core.db import db
from app.core.due.sweep import sweep
from app.line.gateway.client import LineClient
from app.line.models import Account
from app.line.operations import processing
from app.media.models import MediaBlob, MediaFile, MediaReference, MediaRendition
from app.media.operations import blobs
from app.media.operations.renditions import rendition
from app.media.queries import stored_file
from app.media.storage.disk import DiskStorage
from app.media.storage.stores import stores
from app.messages.conversations.contents import fetching
from app.messages.conversations.contents.models import MessageContent
from app.messages.conversations.models import ChatSettings, ConversationMessage
from tests.factories import media
from tests.messages.sending.conftest import Shop, channel, connect, hana, incoming, public, shop

__all__ = ["channel", "connect", "hana", "public", "shop"]


@pytest.fixture(autouse=True)
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DiskStorage:
    storage = DiskStorage(tmp_path / "media")
    monkeypatch.setattr(stores, "current", storage)
    monkeypatch.setitem(stores._by_name, "disk", storage)
    return storage


def send(shop: Shop, user_id: str, kind: str, content: bytes | None = None, **fields: Any) -> str:
    """Let a person send something, have it processed, and return the id of the message."""
    upload = {"upload": base64.b64encode(content).decode()} if content is not None else {}
    message = {"type": kind, **upload, **fields}
    said = shop.act(user_id, "message", message=message)["events"][0]["message"]["id"]
    processing.process_due()
    return str(said)


def the_content() -> MessageContent:
    db.session.rollback()
    return db.session.scalars(select(MessageContent)).one()


def fetch() -> MessageContent:
    """Do what is due, as a worker does, and return the only content."""
    for content_id in db.session.scalars(select(MessageContent.id)).all():
        fetching.fetch(content_id)
    return the_content()


def make_due() -> None:
    db.session.execute(update(MessageContent).values(due_at=text("now() - interval '1 second'")))
    db.session.commit()


def stored(content: MessageContent) -> tuple[MediaFile, bytes]:
    file = db.session.get_one(MediaFile, content.file_id)
    source = stored_file(file.id)
    return file, b"".join(stores.by_name(source.storage).open(source.blob_key, 0, source.size))


def photo_with_place() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "At home"
    return media.picture("JPEG", size=(600, 400), exif=exif)


def test_a_photo_is_kept_for_members_without_where_it_was_taken(shop: Shop, hana: str) -> None:
    send(shop, hana, "image", photo_with_place())
    content = fetch()
    assert (content.state, content.due_at, content.attempts) == ("stored", None, 0)
    file, kept = stored(content)
    assert (file.kind, file.media_type, file.permission, file.public_key) == ("image", "image/jpeg", "chat", None)
    assert b"At home" not in kept
    assert Image.open(io.BytesIO(kept)).size == (600, 400)


@pytest.mark.parametrize(
    ("kind", "content", "found", "media_type"),
    [
        ("file", media.PDF, "document", "application/pdf"),
        ("file", b"<html><script>alert(1)</script>", "document", "application/octet-stream"),
        ("file", media.picture(), "document", "image/png"),
        ("image", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "document", "application/octet-stream"),
        ("image", media.picture()[:60], "document", "application/octet-stream"),
        ("audio", media.video(), "audio", "audio/mp4"),
        ("audio", media.sound(), "audio", "audio/wav"),
        ("video", media.video(), "video", "video/mp4"),
    ],
)
def test_what_it_is_follows_from_its_bytes(
    shop: Shop, hana: str, kind: str, content: bytes, found: str, media_type: str
) -> None:
    send(shop, hana, kind, content, fileName="order.html")
    file, _kept = stored(fetch())
    assert (file.kind, file.media_type) == (found, media_type)


def test_a_video_has_lines_picture_of_it(shop: Shop, hana: str) -> None:
    send(shop, hana, "video")
    content = fetch()
    preview = db.session.get_one(MediaFile, content.preview_id)
    assert (preview.kind, preview.permission) == ("image", "chat")


def test_what_line_prepares_is_asked_for_again(shop: Shop, hana: str) -> None:
    send(shop, hana, "video", ready_after_seconds=60)
    content = fetch()
    assert (content.state, content.reason, content.file_id) == ("waiting", "line.preparing", None)
    shop.line.advance(60)
    make_due()
    assert fetch().state == "stored"


@pytest.mark.parametrize("trouble", [{"failed": True}, {"expires_after_seconds": 0}])
def test_what_line_no_longer_has_is_said(shop: Shop, hana: str, trouble: dict[str, Any]) -> None:
    send(shop, hana, "image", **trouble)
    content = fetch()
    assert (content.state, content.due_at) == ("gone", None)


@pytest.mark.parametrize("announced", [0, 2_000_000])
def test_no_more_is_fetched_than_the_account_allows(shop: Shop, hana: str, announced: int) -> None:
    db.session.add(ChatSettings(account_id=shop.account.id, largest_file=1))
    db.session.commit()
    send(shop, hana, "file", b"x" * 1_100_000, fileSize=announced)
    assert fetch().state == "too_large"
    assert db.session.scalar(select(MediaBlob.key)) is None


def test_a_disconnected_accounts_files_wait_for_it(shop: Shop, hana: str) -> None:
    send(shop, hana, "image")
    db.session.execute(update(Account).values(state="disconnected"))
    db.session.commit()
    assert fetch().state == "waiting"
    sweep()
    db.session.execute(update(Account).values(state="connected"))
    db.session.commit()
    assert fetch().state == "stored"


def test_a_refused_token_is_renewed_and_the_file_fetched(
    shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(shop, hana, "image")
    current = iter(["revoked"])
    monkeypatch.setattr(LineClient, "_current_token", lambda self: next(current))
    assert fetch().state == "stored"


def test_taking_back_removes_row_files_and_bytes_at_once(shop: Shop, hana: str, disk: DiskStorage) -> None:
    message_id = send(shop, hana, "image", photo_with_place())
    content = fetch()
    rendition(stored_file(content.file_id or 0), 240)
    assert len(list(disk.root.rglob("*"))) > 2
    shop.act(hana, "unsend", messageId=message_id)
    processing.process_due()
    blobs.sweep()
    gone = the_content()
    assert (gone.state, gone.file_id, gone.preview_id, gone.due_at) == ("unsent", None, None, None)
    for model in (MediaFile, MediaReference, MediaRendition, MediaBlob):
        assert db.session.scalars(select(model)).all() == []
    assert [path for path in disk.root.rglob("*") if path.is_file()] == []
    (line,) = incoming()
    assert (line.state, line.content) == ("unsent", {})


def test_what_is_taken_back_on_its_way_is_not_kept(
    shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch, disk: DiskStorage
) -> None:
    message_id = send(shop, hana, "image")
    stores_bytes = fetching.store_bytes

    def taken_back(received: Any) -> str:
        key = stores_bytes(received)
        shop.act(hana, "unsend", messageId=message_id)
        processing.process_due()
        return key

    monkeypatch.setattr(fetching, "store_bytes", taken_back)
    assert fetch().state == "unsent"
    blobs.sweep()
    assert db.session.scalars(select(MediaFile)).all() == []
    assert [path for path in disk.root.rglob("*") if path.is_file()] == []


def test_a_message_that_was_taken_back_before_it_came_orders_nothing(shop: Shop, hana: str) -> None:
    manner = {"silent": True}
    said = shop.act(hana, "message", message={"type": "image"}, manner=manner)["events"][0]
    shop.act(hana, "unsend", messageId=said["message"]["id"])
    processing.process_due()
    assert db.session.scalars(select(MessageContent)).all() == []


def test_a_picture_elsewhere_is_not_asked_for(shop: Shop, hana: str) -> None:
    provider = {"type": "external", "originalContentUrl": "https://x.example/a.png"}
    send(shop, hana, "image", contentProvider=provider)
    assert db.session.scalars(select(MessageContent)).all() == []


def test_pages_learn_when_a_file_has_come(shop: Shop, hana: str) -> None:
    send(shop, hana, "image")
    before = db.session.scalars(select(ConversationMessage.changed_in)).one()
    fetch()
    after = db.session.scalars(select(ConversationMessage.changed_in)).one()
    assert (after or 0) > (before or 0)


def test_a_repeated_event_orders_nothing_twice(shop: Shop, hana: str) -> None:
    send(shop, hana, "image")
    kept = fetch().file_id
    db.session.execute(text("UPDATE webhook_events SET state = 'pending', due_at = now()"))
    db.session.commit()
    processing.process_due()
    content = fetch()
    assert (content.state, content.file_id) == ("stored", kept)
