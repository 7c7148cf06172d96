"""Files in the chat: who sees them, how they are served, what became of others, albums, and who is who in a group."""

from __future__ import annotations

import base64
import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from app.core.clock import now
from app.core.db import db
from app.line.operations import group_members, processing
from app.media.models import MediaFile
from app.media.storage.disk import DiskStorage
from app.media.storage.stores import stores
from app.messages.conversations.contents import fetching
from app.messages.conversations.contents.models import ContentState, MessageContent
from app.messages.conversations.models import Conversation
from app.messages.sending.delivery import deliver_due
from app.team.actors import SYSTEM
from app.team.operations.api_keys import create_api_key
from tests.chat.conftest import the_conversation
from tests.chat.test_attaching import attach
from tests.conftest import signed_in
from tests.factories import line as line_factory
from tests.factories import media
from tests.factories.team import member
from tests.messages.sending.conftest import Shop
from tests.support.client import CheckingClient

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DiskStorage:
    storage = DiskStorage(tmp_path / "media")
    monkeypatch.setattr(stores, "current", storage)
    monkeypatch.setitem(stores._by_name, "disk", storage)
    return storage


def send(shop: Shop, user_id: str, kind: str, content: bytes | None = None, **fields: Any) -> str:
    """Let a person send something, have it processed, and return the id of the message."""
    upload = {"upload": base64.b64encode(content).decode()} if content is not None else {}
    said = shop.act(user_id, "message", message={"type": kind, **upload, **fields})["events"][0]["message"]["id"]
    processing.process_due()
    return str(said)


def fetch() -> MessageContent:
    """Do what is due, as a worker does; returns the last content."""
    found = db.session.scalars(select(MessageContent.id).order_by(MessageContent.id)).all()
    for content_id in found:
        fetching.fetch(content_id)
    db.session.rollback()
    return db.session.get_one(MessageContent, found[-1])


def lines_of(page: str) -> str:
    return page.partition('id="chat-lines"')[2].partition("chat-note")[0]


def test_a_photo_stands_in_the_thread_small_and_opens_large(shop: Shop, hana: str, as_carol: CheckingClient) -> None:
    send(shop, hana, "image", media.picture("JPEG", size=(1_500, 1_000)))
    waiting = as_carol.get(f"/chat/{the_conversation().id}").text
    assert "Being fetched from LINE" in waiting
    content = fetch()
    lines = lines_of(as_carol.get(f"/chat/{the_conversation().id}").text)
    assert f'src="/chat/files/{content.id}/picture"' in lines and f'href="/chat/files/{content.id}"' in lines
    small = as_carol.get(f"/chat/files/{content.id}/picture")
    assert (small.status_code, small.mimetype) == (200, "image/jpeg")
    whole = as_carol.get(f"/chat/files/{content.id}")
    assert whole.headers["Content-Disposition"].startswith("inline")
    saved = as_carol.get(f"/chat/files/{content.id}?save=1")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert len(small.data) < len(whole.data)


@pytest.mark.parametrize(
    ("kind", "content", "name"),
    [
        ("file", b"<!DOCTYPE html><script>alert(document.domain)</script>", "offer.html"),
        ("file", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "logo.svg"),
        ("image", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", ""),
        ("file", media.picture(), "photo.png"),
        ("file", media.PDF, "menu.pdf"),
    ],
)
def test_no_browser_runs_or_shows_what_was_sent_as_a_file(
    shop: Shop, hana: str, as_carol: CheckingClient, kind: str, content: bytes, name: str
) -> None:
    send(shop, hana, kind, content, **({"fileName": name} if name else {}))
    answer = as_carol.get(f"/chat/files/{fetch().id}")
    assert answer.status_code == 200 and answer.data == content
    assert answer.headers["Content-Disposition"].startswith("attachment") and name in str(answer.headers)
    assert answer.mimetype not in {"text/html", "image/svg+xml", "text/xml", "text/plain"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "private" in answer.headers["Cache-Control"]
    if kind == "file":
        lines = lines_of(as_carol.get(f"/chat/{the_conversation().id}").text)
        assert name in lines and "Download" in lines and "<img" not in lines


def test_strangers_and_members_without_the_account_or_the_chat_get_nothing(
    shop: Shop, hana: str, app: Flask, people: Any
) -> None:
    send(shop, hana, "image", media.picture())
    content = fetch()
    paths = [f"/chat/files/{content.id}", f"/chat/files/{content.id}/picture"]
    other = line_factory.account(name="Other")
    eve = signed_in(app, member(email="eve@example.com", permissions=["chat"], account_ids=[other.id]))
    uploader = signed_in(app, member(email="u@example.com", permissions=["broadcasts"]))
    of_media = f"/accounts/{shop.account.id}/media/{content.file_id}"
    for path in paths:
        assert app.test_client().get(path).status_code == 303
        assert eve.get(path).status_code == 404
        assert signed_in(app, people.bob).get(path).status_code == 403
        assert uploader.get(path).status_code == 403
    assert eve.post(f"/chat/files/{content.id}/fetch").status_code == 404
    assert uploader.get(of_media).status_code == 403 and eve.get(of_media).status_code == 404
    assert signed_in(app, people.alice).get("/chat/files/999999").status_code == 404


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("image", {"failed": True}, "No longer available at LINE."),
        ("image", {"expires_after_seconds": 0}, "No longer available at LINE."),
        ("video", {"ready_after_seconds": 60}, "LINE is still preparing this file."),
        ("file", {"fileName": "film.zip", "fileSize": 400_000_000}, "Larger than 300 MB"),
        ("unknown", {}, ""),
    ],
)
def test_what_became_of_a_file_is_said(
    shop: Shop, hana: str, as_carol: CheckingClient, kind: str, fields: dict[str, Any], said: str
) -> None:
    if kind == "unknown":
        shop.say(hana, "x")
        db.session.execute(db.text("UPDATE conversation_messages SET type = 'hologram', content = '{}'"))
        db.session.commit()
        said = "A message that cannot be shown"
    else:
        send(shop, hana, kind, **fields)
        fetch()
    assert said in lines_of(as_carol.get(f"/chat/{the_conversation().id}").text)


def test_what_could_not_be_fetched_is_ordered_again(shop: Shop, hana: str, as_carol: CheckingClient) -> None:
    send(shop, hana, "image", media.picture())
    db.session.execute(update(MessageContent).values(state="failed", due_at=None, reason="line.forbidden"))
    db.session.commit()
    page = lines_of(as_carol.get(f"/chat/{the_conversation().id}").text)
    assert "It could not be fetched from LINE." in page and "Fetch again" in page
    content_id = db.session.scalars(select(MessageContent.id)).one()
    assert as_carol.post(f"/chat/files/{content_id}/fetch", headers=HTMX).status_code == 204
    assert fetch().state == "stored"
    assert as_carol.post(f"/chat/files/{content_id}/fetch", headers=HTMX).status_code == 409


def album(shop: Shop, hana: str, number: int = 3) -> list[str]:
    """Send pictures together, the last one first."""
    return [
        send(shop, hana, "image", media.picture(), imageSet={"id": "A1B2", "index": index, "total": number})
        for index in range(number, 0, -1)
    ]


def test_pictures_that_were_sent_together_stand_together_in_their_order(
    shop: Shop, hana: str, as_carol: CheckingClient
) -> None:
    album(shop, hana)
    fetch()
    lines = lines_of(as_carol.get(f"/chat/{the_conversation().id}").text)
    assert lines.count('<article class="chat-message is-in"') == 1 and lines.count("<img") == 3
    first_sent = db.session.scalars(select(MessageContent.message_id).order_by(MessageContent.set_index)).all()
    places = [lines.index(f'id="file-{one}"') for one in first_sent]
    assert places == sorted(places)


def test_pictures_of_another_chat_stay_there_whatever_their_set_is_called(
    shop: Shop, hana: str, as_carol: CheckingClient
) -> None:
    album(shop, hana)
    talk = the_conversation()
    album(shop, shop.person())
    fetch()
    assert lines_of(as_carol.get(f"/chat/{talk.id}").text).count("<img") == 3


def test_a_picture_that_is_taken_back_leaves_its_album_on_open_pages(
    shop: Shop, hana: str, as_carol: CheckingClient
) -> None:
    sent = album(shop, hana)
    fetch()
    talk = the_conversation()

    def news() -> str:
        since = as_carol.get(f"/chat/{talk.id}").text.partition('data-since="')[2].partition('"')[0]
        shop.act(hana, "unsend", messageId=sent.pop())
        processing.process_due()
        return as_carol.get(f"/chat/changes?since={since}&open={talk.id}", headers=HTMX).text

    def albums(page: str) -> list[str]:
        return [part.partition(">")[0] for part in page.split("<article ") if 'id="album-' in part.partition(">")[0]]

    first = news()
    assert first.count("/picture") == 2 and "Took back a message" in first
    news()
    last = news()
    assert last.count("/picture") == 0 and "hidden" in albums(last)[0]
    assert albums(first)[0].partition('id="')[2][:8] == albums(last)[0].partition('id="')[2][:8]
    assert albums(as_carol.get(f"/chat/{talk.id}").text) == []


def test_a_quoted_picture_is_led_to(shop: Shop, hana: str, as_carol: CheckingClient) -> None:
    photo = send(shop, hana, "image", media.picture())
    shop.say(hana, "This one, please", quotedMessageId=photo)
    content = fetch()
    link = f'href="/chat/{the_conversation().id}?message={content.message_id}" data-key="file-{content.message_id}"'
    assert link in as_carol.get(f"/chat/{the_conversation().id}").text


def test_places_stickers_and_mentions_are_shown(shop: Shop, hana: str, as_carol: CheckingClient) -> None:
    send(shop, hana, "location", title="Shop", latitude=35.5, longitude=139.25)
    send(shop, hana, "sticker", stickerId="1988", keywords=["Happy", "Yes"])
    mention = {"mentionees": [{"index": 3, "length": 5, "type": "user"}, {"index": 99, "length": 5, "type": "user"}]}
    shop.say(hana, "Hi @Taro!", mention=mention)
    lines = lines_of(as_carol.get(f"/chat/{the_conversation().id}").text)
    assert "https://www.google.com/maps/search/?api=1&amp;query=35.500000%2C139.250000" in lines
    assert 'alt="Sticker: Happy, Yes"' in lines and "sticker/1988/" in lines
    assert '<span class="phone-mention"><bdi>@Taro</bdi></span>' in lines


def group_of(shop: Shop, *members: str) -> str:
    made = shop.line.api("POST", f"/channels/{shop.id}/groups", {"name": "Regulars", "members": list(members)})
    return str(made["group_id"])


def act_in(shop: Shop, group_id: str, act: str, **fields: Any) -> None:
    shop.line.api("POST", f"/channels/{shop.id}/groups/{group_id}/acts", {"act": act, **fields, "wait": 5})
    processing.process_due()


@pytest.fixture
def regulars(shop: Shop, hana: str) -> tuple[str, str]:
    """A group of a friend and of one who is none; its id and the other's."""
    shop.friend(hana).display_name = "Hana"
    db.session.commit()
    taro = str(shop.line.api("POST", f"/channels/{shop.id}/friends", {"display_name": "Taro"})["user_id"])
    group_id = group_of(shop, hana, taro)
    act_in(shop, group_id, "join")
    for user_id in (hana, taro):
        act_in(shop, group_id, "message", user_id=user_id, message={"type": "text", "text": "Hello"})
    return group_id, taro


def test_a_group_names_friends_with_their_page_and_others_by_their_profile_there(
    shop: Shop, hana: str, regulars: tuple[str, str], as_carol: CheckingClient, app: Flask, people: Any
) -> None:
    talk = the_group()
    before = lines_of(as_carol.get(f"/chat/{talk.id}").text)
    assert "Taro" not in before and "Name not known" in before
    since = as_carol.get(f"/chat/{talk.id}").text.partition('data-since="')[2].partition('"')[0]
    group_members.fetch_due_profiles()
    assert "Taro" in as_carol.get(f"/chat/changes?since={since}&open={talk.id}", headers=HTMX).text
    after = lines_of(signed_in(app, people.alice).get(f"/chat/{talk.id}").text)
    friend = f'href="/accounts/{shop.account.id}/friends/{shop.friend(hana).id}"'
    assert "<bdi>Taro</bdi>" in after and after.count(friend) == 1


def test_who_joins_and_leaves_a_group_is_named(shop: Shop, regulars: tuple[str, str], as_carol: CheckingClient) -> None:
    group_id, taro = regulars
    act_in(shop, group_id, "member-left", user_ids=[taro])
    assert "A person left" in as_carol.get(f"/chat/{the_group().id}").text
    act_in(shop, group_id, "member-joined", user_ids=[taro])
    group_members.fetch_due_profiles()
    lines = lines_of(as_carol.get(f"/chat/{the_group().id}").text)
    assert "Taro</bdi> joined" in lines or "Taro joined" in lines
    assert "Taro left" in lines or "Taro</bdi> left" in lines


def test_in_a_group_that_the_account_left_nothing_is_offered_that_does_nothing(
    shop: Shop, regulars: tuple[str, str], as_carol: CheckingClient
) -> None:
    offered = ("Take over", "Automatic messages answer.")
    assert [words in as_carol.get(f"/chat/{the_group().id}").text for words in offered] == [True, True]
    act_in(shop, regulars[0], "leave")
    left = as_carol.get(f"/chat/{the_group().id}").text
    assert "The account is no longer in this group" in left
    assert [words in left for words in offered] == [False, False]
    assert the_group().unanswered_since is None


def test_a_group_leaves_as_a_file_with_the_names_of_its_people(
    shop: Shop, hana: str, regulars: tuple[str, str], app: Flask
) -> None:
    group_members.fetch_due_profiles()
    friend = shop.friend(hana)
    # The name that the team gave comes before LINE's.
    friend.first_name, friend.last_name = "Hanako", "Mori"
    db.session.commit()
    dora = signed_in(app, member(name="Dora", email="dora@example.com", permissions=["chat", "export"]))
    rows = dora.get(f"/chat/{the_group().id}/export.csv").text
    assert "Sender" in rows and f",{friend.full_name}," in rows and ",Taro," in rows
    assert "Name not known" not in rows and ",Hana," not in rows
    thread = lines_of(dora.get(f"/chat/{the_group().id}").text)
    assert f"<bdi>{friend.full_name}</bdi>" in thread


def the_group() -> Conversation:
    query = select(Conversation).where(Conversation.kind == "group").execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def read_with_key(app: Flask, shop: Shop) -> Any:
    """Return the newest message as a program reads it."""
    key = create_api_key(name="CDP", scopes=["chat"], account_ids=None, actor=SYSTEM)[1]
    db.session.commit()
    headers = {"Authorization": f"Bearer {key}"}
    return app.test_client().get(f"/api/v1/accounts/{shop.account.id}/messages", headers=headers).json["messages"][-1]


def test_programs_get_a_file_by_an_address_that_is_good_for_an_hour(
    shop: Shop, hana: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(shop, hana, "file", media.PDF, fileName="menu.pdf")
    assert read_with_key(app, shop)["file"] == {"state": "waiting"}
    content = fetch()
    file = read_with_key(app, shop)["file"]
    assert (file["state"], file["name"], file["media_type"]) == ("stored", "menu.pdf", "application/pdf")
    stranger = app.test_client()
    answer = stranger.get(file["url"])
    assert answer.data == media.PDF and answer.headers["Content-Disposition"].startswith("attachment")
    assert stranger.get(file["url"][:-2] + "xx").status_code == 404
    with time_machine.travel(now() + timedelta(minutes=61), tick=False):
        assert stranger.get(file["url"]).status_code == 404
    content.state = ContentState.UNSENT
    db.session.commit()
    assert stranger.get(file["url"]).status_code == 404


def test_a_conversation_leaves_with_its_files(shop: Shop, hana: str, app: Flask) -> None:
    send(shop, hana, "text", text="<b>Our menu</b>")
    send(shop, hana, "file", media.PDF, fileName="menu & wine.pdf")
    send(shop, hana, "image", failed=True)
    fetch()
    dora = signed_in(app, member(name="Dora", email="dora@example.com", permissions=["chat", "export"]))
    answer = dora.get(f"/chat/{the_conversation().id}/export.zip")
    assert answer.mimetype == "application/zip"
    archive = ZipFile(io.BytesIO(answer.data))
    assert archive.testzip() is None
    page, file = archive.namelist()
    said = archive.read(page).decode()
    assert page == "Messages.html" and "&lt;b&gt;Our menu&lt;/b&gt;" in said and f'href="{quote(file)}"' in said
    assert file.endswith(" menu & wine.pdf") and archive.read(file) == media.PDF
    assert len(set(archive.namelist())) == 2
    only_files = signed_in(app, member(name="Eve", email="eve@example.com", permissions=["export"]))
    assert only_files.get(f"/chat/{the_conversation().id}/export.zip").status_code == 403


def test_files_that_the_team_sent_leave_with_the_conversation(shop: Shop, hana: str, app: Flask) -> None:
    send(shop, hana, "text", text="Your menu, please")
    talk = the_conversation()
    dora = signed_in(app, member(name="Dora", email="dora@example.com", permissions=["chat", "export"]))
    attach(dora, talk, ("menu.pdf", media.PDF), ("shop.png", media.picture()))
    dora.post(f"/chat/{talk.id}/answers", data={"text": "Here it is"})
    deliver_due()
    db.session.commit()
    db.session.execute(update(MediaFile).where(MediaFile.name == "menu.pdf").values(public_key=None))
    db.session.commit()
    archive = ZipFile(io.BytesIO(dora.get(f"/chat/{talk.id}/export.zip").data))
    page, *files = archive.namelist()
    said = archive.read(page).decode()
    assert sorted(one.partition(" ")[2] for one in files) == ["menu.pdf", "shop.png"]
    assert all(f'href="{quote(one)}"' in said for one in files)
    assert media.PDF in [archive.read(one) for one in files]
