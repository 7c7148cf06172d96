"""Files are kept for as long as an account says; what goes is counted before, and deleted at night."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.chat.keeping_files import deleting
from app.core.db import db
from app.core.runs.models import Run
from app.core.runs.operations import advance
from app.media.models import MediaFile
from app.media.operations import blobs
from app.messages.conversations.contents.models import MessageContent
from app.messages.conversations.models import ChatSettings
from tests.chat.conftest import the_conversation
from tests.chat.test_files import disk, fetch, send
from tests.conftest import signed_in
from tests.factories import line as line_factory
from tests.factories import media
from tests.factories.team import member
from tests.messages.sending.conftest import Shop
from tests.support.client import CheckingClient

__all__ = ["disk"]


@pytest.fixture
def photos(shop: Shop, hana: str) -> None:
    """An old photo and a new one."""
    for months in (13, 0):
        send(shop, hana, "image", media.picture())
        fetch()
        last = "(SELECT max(id) FROM message_contents)"
        old = f"UPDATE message_contents SET occurred_at = now() - interval '{months} months' WHERE id = {last}"
        db.session.execute(text(old))
    db.session.commit()


@pytest.fixture
def as_dora(app: Flask) -> CheckingClient:
    return signed_in(app, member(name="Dora", email="dora@example.com", permissions=["settings", "chat"]))


def save(client: CheckingClient, shop: Shop, **fields: Any) -> Any:
    data = {"keep_months": "", "largest_file": "300", **fields}
    return client.post(f"/accounts/{shop.account.id}/chat-files", data=data)


def settings() -> ChatSettings | None:
    db.session.rollback()
    return db.session.scalar(select(ChatSettings))


def test_files_go_only_after_their_number_was_shown_and_confirmed(
    shop: Shop, photos: None, as_dora: CheckingClient
) -> None:
    asked = save(as_dora, shop, keep_months="12")
    assert asked.status_code == 409 and "1 file (" in asked.text and "cannot be brought back" in asked.text
    assert settings() is None
    assert save(as_dora, shop, keep_months="12", confirmed="1").status_code == 303
    stored = settings()
    assert stored is not None and (stored.keep_months, stored.largest_file) == (12, 300)
    assert save(as_dora, shop, keep_months="24").status_code == 303


@pytest.mark.parametrize(
    "fields", [{"keep_months": "0"}, {"keep_months": "x"}, {"largest_file": ""}, {"largest_file": "5000"}]
)
def test_wrong_numbers_are_refused(shop: Shop, as_dora: CheckingClient, fields: dict[str, str]) -> None:
    assert save(as_dora, shop, **fields).status_code == 422 and settings() is None


def test_old_files_are_deleted_at_night_and_counted(shop: Shop, photos: None, as_dora: CheckingClient) -> None:
    assert deleting.start_nightly() == 0
    save(as_dora, shop, keep_months="12", confirmed="1")
    assert deleting.start_nightly() == 1
    assert deleting.start_nightly() == 0
    run = db.session.scalars(select(Run)).one()
    advance(run.id)
    blobs.sweep()
    db.session.rollback()
    assert [one.state for one in db.session.scalars(select(MessageContent).order_by(MessageContent.id))] == [
        "removed",
        "stored",
    ]
    assert len(db.session.scalars(select(MediaFile)).all()) == 1
    assert (db.session.scalars(select(Run)).one().counts, run.total) == ({"files": 1}, 1)
    assert "Last deletion: 1 file" in as_dora.get(f"/accounts/{shop.account.id}/chat-files").text
    assert "older than files are kept" in as_dora.get(f"/chat/{the_conversation().id}").text


def test_settings_of_files_are_for_their_account_and_permission(
    shop: Shop, app: Flask, as_carol: CheckingClient
) -> None:
    path = f"/accounts/{shop.account.id}/chat-files"
    other = line_factory.account(name="Other")
    eve = signed_in(app, member(email="eve@example.com", permissions=["settings"], account_ids=[other.id]))
    assert eve.get(path).status_code == 404 and eve.post(path).status_code == 404
    assert as_carol.get(path).status_code == 403 and as_carol.post(path).status_code == 403
