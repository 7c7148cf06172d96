"""Uploading: who may, what is answered, and what is refused before it is read."""

from __future__ import annotations

import io
import os
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.line.models import Account
from app.media import space
from app.media.content import MOST_BYTES
from app.media.models import Kind, MediaFile, Visibility
from app.media.storage.disk import DiskStorage
from app.media.storage.stores import stores
from app.team.models import AuditEntry
from app.team.permissions import Permission
from tests.conftest import signed_in
from tests.factories import line as line_factory
from tests.factories.media import PDF, media_file, picture, video
from tests.media.conftest import blobs, files_on, send
from tests.support.client import CheckingClient, without_tokens


def stored() -> list[MediaFile]:
    db.session.rollback()
    return list(db.session.scalars(select(MediaFile).order_by(MediaFile.id)))


def test_a_file_is_stored_and_its_piece_comes_back(
    account: Account, as_alice: CheckingClient, disk: DiskStorage
) -> None:
    answer = send(as_alice, account, picture(), "/home/alice/カフェ.png", visibility="public")
    [file] = stored()
    assert answer.status_code == 201
    assert f'id="media-file-{file.id}"' in answer.text and "カフェ.png" in answer.text and "40 × 30" in answer.text
    assert (file.name, file.media_type, file.visibility) == ("カフェ.png", "image/png", Visibility.PUBLIC)
    assert (file.account_id, file.uploaded_by, file.size) == (account.id, "Alice", len(picture()))
    assert files_on(disk) == [file.blob_key]
    assert disk.path(file.blob_key).read_bytes() == picture()


def test_a_program_gets_json_with_the_public_address(account: Account, as_alice: CheckingClient) -> None:
    answer = send(as_alice, account, video(), "film.mp4", visibility="public", accept="json")
    told = answer.json or {}
    assert (answer.status_code, told["kind"], told["duration"]) == (201, "video", 2_500)
    assert told["public_url"].startswith("http://127.0.0.1:8000/media/")
    assert as_alice.get(told["public_url"].removeprefix("http://127.0.0.1:8000")).data == video()
    refused = send(as_alice, account, b"MZ" * 100, accept="json")
    assert refused.status_code == 422 and "Choose a PNG" in (refused.json or {})["error"]


def test_a_file_is_for_members_only_unless_it_is_said(account: Account, as_alice: CheckingClient) -> None:
    told = send(as_alice, account, picture(), accept="json").json or {}
    assert (told["visibility"], told["public_url"]) == ("members", None)


def test_without_script_the_browser_goes_on_to_its_own_page(account: Account, as_alice: CheckingClient) -> None:
    for wanted, reached in (("/accounts", "/accounts"), ("https://evil.example", "/")):
        data = {"next": wanted, "file": (io.BytesIO(picture()), "a.png")}
        answer = as_alice.post(f"/accounts/{account.id}/media", data=data, content_type="multipart/form-data")
        assert (answer.status_code, answer.headers["Location"]) == (303, reached)


def test_the_form_is_a_page_and_a_piece(account: Account, as_alice: CheckingClient) -> None:
    path = f"/accounts/{account.id}/media/new?kinds=image,video&visibility=public"
    page, piece = as_alice.get(path), as_alice.fragment(path)
    assert (page.status_code, piece.status_code) == (200, 200)
    assert without_tokens(piece.text).strip() in without_tokens(page.text)
    assert 'name="kinds" value="image,video"' in piece.text and 'name="visibility" value="public"' in piece.text
    assert 'accept="image/png,' in piece.text and "application/pdf" not in piece.text
    assert "larger than 200 MB" in piece.text


def test_a_kind_that_there_is_not_opens_nothing(account: Account, as_alice: CheckingClient) -> None:
    assert as_alice.get(f"/accounts/{account.id}/media/new?kinds=bogus").status_code == 404
    assert send(as_alice, account, picture(), "photo.png", kinds="image,bogus").status_code == 404
    assert stored() == []


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [
        (b"", {}, "This file is empty"),
        (b"<script>alert(1)</script>" * 9, {}, "Choose a PNG"),
        (PDF, {"kinds": "image"}, "Choose an image"),
        (picture()[:-30], {}, "cannot be read"),
    ],
)
def test_a_refusal_says_why_and_leaves_nothing(
    account: Account, as_alice: CheckingClient, disk: DiskStorage, content: bytes, fields: dict[str, str], words: str
) -> None:
    answer = send(as_alice, account, content, "photo.png", **fields)
    assert answer.status_code == 422
    assert words in answer.headers["HX-Trigger"]
    assert (stored(), blobs(), files_on(disk)) == ([], 0, [])


def test_a_form_without_a_file_is_refused(account: Account, as_alice: CheckingClient) -> None:
    path = f"/accounts/{account.id}/media"
    answer = as_alice.post(path, data={"kinds": "image"}, content_type="multipart/form-data")
    assert answer.status_code == 422 and "Choose a file" in answer.text
    assert as_alice.post(path, data=b"x", content_type="image/png").status_code == 400


def test_too_large_a_body_is_refused_before_it_is_read(account: Account, as_alice: CheckingClient) -> None:
    class Unread(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise OSError("The body was read before the answer.")

    answer = as_alice.post(
        f"/accounts/{account.id}/media",
        input_stream=Unread(),
        environ_overrides={"CONTENT_LENGTH": str(max(MOST_BYTES.values()) + 10**6)},
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413 and "larger than 200 MB" in answer.text


def test_a_file_that_grows_too_large_leaves_nothing(
    account: Account, as_alice: CheckingClient, disk: DiskStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MOST_BYTES, Kind.IMAGE, 100_000)
    answer = send(as_alice, account, picture() + b"x" * 100_000)
    assert answer.status_code == 413 and "larger than 10 MB" in answer.headers["HX-Trigger"]
    assert (stored(), blobs(), files_on(disk)) == ([], 0, [])


def test_the_token_is_checked_before_the_file_is_kept(
    app: Flask, account: Account, people: SimpleNamespace, disk: DiskStorage
) -> None:
    client = signed_in(app, people.alice)
    for fields in ({}, {"csrf_token": "forged"}):
        data: dict[str, Any] = {**fields, "file": (io.BytesIO(picture()), "a.png")}
        path = f"/accounts/{account.id}/media"
        answer = client.post(path, data=data, content_type="multipart/form-data", csrf=False)
        assert (answer.status_code, stored(), files_on(disk)) == (400, [], [])


def test_who_may_upload_and_see(
    account: Account,
    people: SimpleNamespace,
    browser: CheckingClient,
    as_bob: CheckingClient,
    as_charlie: CheckingClient,
    as_alice: CheckingClient,
) -> None:
    file = media_file(account.id, visibility=Visibility.MEMBERS)
    base = f"/accounts/{account.id}/media"
    seen = [f"{base}/new", f"{base}/{file.id}", f"{base}/{file.id}/240"]
    done = [base, f"{base}/{file.id}/revocation", f"{base}/{file.id}/deletion"]
    assert [browser.get(path).status_code for path in seen] == [303] * 3
    assert [as_bob.get(path).status_code for path in seen] == [403] * 3
    assert [as_charlie.get(path).status_code for path in seen] == [404] * 3
    assert [as_bob.post(path).status_code for path in done] == [403] * 3
    assert [as_charlie.post(path).status_code for path in done] == [404] * 3
    assert as_alice.get(f"/accounts/{account.id + 1}/media/new").status_code == 404
    people.bob.permissions = [Permission.CHAT.value]
    db.session.commit()
    assert [as_bob.get(path).status_code for path in seen] == [200] * 3
    assert send(as_bob, account, picture()).status_code == 201


def test_a_file_of_another_account_is_not_found(account: Account, as_alice: CheckingClient) -> None:
    other = line_factory.account(name="Tea")
    file = media_file(other.id)
    for path in (f"{file.id}", f"{file.id}/240"):
        assert as_alice.get(f"/accounts/{account.id}/media/{path}").status_code == 404
    for path in ("revocation", "deletion"):
        assert as_alice.post(f"/accounts/{account.id}/media/{file.id}/{path}").status_code == 404
    assert len(stored()) == 1


def test_a_file_may_ask_for_a_permission_of_its_own(
    account: Account, people: SimpleNamespace, as_bob: CheckingClient
) -> None:
    people.bob.permissions = [Permission.BROADCASTS.value]
    file = media_file(account.id, visibility=Visibility.MEMBERS, permission=Permission.CHAT.value)
    path = f"/accounts/{account.id}/media/{file.id}"
    assert [as_bob.get(path).status_code, as_bob.get(f"{path}/240").status_code] == [403, 403]
    people.bob.permissions = [Permission.CHAT.value]
    db.session.commit()
    assert as_bob.get(path).status_code == 200


def test_everything_is_in_the_audit_log(account: Account, as_alice: CheckingClient) -> None:
    send(as_alice, account, picture(), "logo.png", visibility="public")
    [file] = stored()
    path = f"/accounts/{account.id}/media/{file.id}"
    assert as_alice.fragment(f"{path}/revocation", "POST").status_code == 200
    as_alice.fragment(f"{path}/revocation", "POST")
    answer = as_alice.fragment(f"{path}/deletion", "POST")
    assert (answer.status_code, answer.text) == (200, "") and "The file is deleted" in answer.headers["HX-Trigger"]
    entries = db.session.execute(
        select(AuditEntry.action, AuditEntry.actor_name, AuditEntry.target_name).order_by(AuditEntry.id)
    ).all()
    done = ("media.uploaded", "media.revoked", "media.deleted")
    assert [tuple(entry) for entry in entries] == [(action, "Alice", "logo.png") for action in done]
    assert as_alice.get("/audit-log").text.count("logo.png") == 3


def test_a_full_disk_is_said_before_anything_is_read(
    account: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "reserve", 10**18)
    answer = send(as_alice, account, picture())
    assert answer.status_code == 507 and "disk is full" in answer.headers["HX-Trigger"]
    assert (stored(), blobs()) == ([], 0)
    told = send(as_alice, account, picture(), accept="json")
    assert told.status_code == 507 and "disk is full" in (told.json or {})["error"]


def test_a_disk_that_fills_up_on_the_way_is_said_too(
    account: Account, as_alice: CheckingClient, disk: DiskStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(disk, "put", full)
    answer = send(as_alice, account, picture())
    assert answer.status_code == 507 and "disk is full" in answer.headers["HX-Trigger"]
    assert stored() == []


def test_the_quota_counts_everything_that_is_stored(
    account: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = picture() + bytes(10_000)
    monkeypatch.setattr(stores, "quota", 2 * len(content) + 2_000)
    assert send(as_alice, account, content).status_code == 201
    assert send(as_alice, account, content).status_code == 201
    answer = send(as_alice, account, content)
    assert answer.status_code == 507 and "is used up" in answer.headers["HX-Trigger"]
    assert len(stored()) == 2


def test_a_storage_that_is_away_is_said(
    account: Account, as_alice: CheckingClient, disk: DiskStorage, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a directory")
    monkeypatch.setattr(space, "require_space", lambda size: None)
    monkeypatch.setattr("app.media.views.uploads.require_space", lambda size: None)
    monkeypatch.setattr("app.media.operations.files.require_space", lambda size: None)
    disk.root = tmp_path / "file"
    answer = send(as_alice, account, picture())
    assert answer.status_code == 503 and "does not answer" in answer.headers["HX-Trigger"]
    assert stored() == []
