"""Canned replies: who may use which, what is put into an answer, and their editor."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.chat.canned.models import CannedReply, CannedReplyFolder
from app.chat.suggesting.registry import SUGGESTERS
from app.core.db import db
from app.messages.auto.models import AutoMessage
from app.messages.conversations.models import Conversation
from tests.conftest import signed_in
from tests.factories import line as line_factory
from tests.factories.team import member
from tests.messages.auto.test_editor_pages import fields, with_text
from tests.messages.sending.conftest import Shop
from tests.support.client import CheckingClient

FRAGMENT = {"HX-Request": "true"}


def content(*texts: str, kinds: tuple[str, ...] = ()) -> dict[str, Any]:
    stickers = [{"kind": kind, "package_id": "446", "sticker_id": "1988"} for kind in kinds]
    return {"version": 1, "messages": [*({"kind": "text", "text": text} for text in texts), *stickers]}


def reply(account_id: int, name: str, *texts: str, **values: Any) -> CannedReply:
    """Return a stored reply, shared with the team."""
    kinds = values.pop("kinds", ())
    made = CannedReply(account_id=account_id, name=name, content=content(*texts, kinds=kinds), **values)
    db.session.add(made)
    db.session.commit()
    return made


def test_a_reply_is_put_into_the_answer_with_what_is_known_of_the_friend(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    shop.friend(hana).display_name = "Hana"
    db.session.commit()
    kept = reply(
        shop.account.id, "Hours", "Hello {{display_name|you}}, we open at ten.", shortcut="hours", kinds=("sticker",)
    )
    offered = as_carol.get(f"/chat/{talk.id}/canned", headers=FRAGMENT).text
    assert "Hours" in offered and "/hours" in offered
    put = as_carol.post(f"/chat/{talk.id}/canned/{kept.id}", headers=FRAGMENT).text
    assert 'data-insert-text-value="Hello Hana, we open at ten."' in put and "Without" not in put
    assert put.count('<hx-partial hx-target="#chat-draft"') == 1 and "1988" in as_carol.get(f"/chat/{talk.id}").text
    assert shop.log() == []
    db.session.refresh(kept)
    assert kept.used == 1


def test_messages_of_a_reply_that_do_not_fit_are_named(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    kept = reply(shop.account.id, "Many", "Hello", kinds=("sticker",) * 3)
    as_carol.post(f"/chat/{talk.id}/canned/{kept.id}", headers=FRAGMENT)
    put = as_carol.post(f"/chat/{talk.id}/canned/{kept.id}", headers=FRAGMENT).text
    assert "Without: Sticker, Sticker, Sticker" in put and "LINE takes five messages at once" in put
    assert 'data-insert-text-value="Hello"' in put and "<hx-partial" not in put


@pytest.mark.parametrize(
    ("values", "is_offered"),
    [
        ({"shared": "team"}, True),
        ({"shared": "mine"}, False),
        ({"shared": "accounts", "account_ids": ["here"]}, True),
        ({"shared": "accounts", "account_ids": ["other"]}, False),
    ],
)
def test_who_may_use_a_reply(
    shop: Shop, talk: Conversation, as_carol: CheckingClient, values: dict[str, Any], is_offered: bool
) -> None:
    other = line_factory.account(name="Other")
    places = {"here": shop.account.id, "other": other.id}
    if "account_ids" in values:
        values = {**values, "account_ids": [places[one] for one in values["account_ids"]]}
    kept = reply(other.id, "Hours", "We open at ten.", owner_id=member().id, **values)
    page = as_carol.get(f"/chat/{talk.id}/canned", headers=FRAGMENT).text
    assert ("Hours" in page) == is_offered
    status = as_carol.post(f"/chat/{talk.id}/canned/{kept.id}", headers=FRAGMENT).status_code
    assert status == (200 if is_offered else 404)


def test_a_reply_is_kept_changed_and_deleted_in_the_editor(shop: Shop, as_carol: CheckingClient) -> None:
    url = f"/accounts/{shop.account.id}/canned-replies"
    form = with_text(as_carol, as_carol.get(f"{url}/new").text, "We open at ten.")
    given = {**form, "name": "Hours", "shortcut": "/hours", "shared": "team"}
    refused = as_carol.post(url, data={**given, "shortcut": "two words", "name": ""})
    assert refused.status_code == 422 and "A shortcut is one word" in refused.text
    assert as_carol.post(url, data={**given, "draft_version": fields(refused.text)["draft_version"]}).status_code == 303
    kept = db.session.scalars(db.select(CannedReply)).one()
    assert (kept.name, kept.shortcut, kept.content["messages"][0]["text"]) == ("Hours", "hours", "We open at ten.")
    assert "Hours" in as_carol.get(url).text
    changed = {**fields(as_carol.get(f"{url}/{kept.id}/edit").text), "shared": "team", "name": "Opening hours"}
    assert as_carol.post(f"{url}/{kept.id}", data=changed).status_code == 303
    stale = {**fields(as_carol.get(f"{url}/{kept.id}/edit").text), "shared": "team", "name": "Again", "version": "1"}
    answered = as_carol.post(f"{url}/{kept.id}", data=stale)
    assert answered.status_code == 422 and "Another member has changed this reply" in answered.text
    assert as_carol.post(f"{url}/{kept.id}/removal").status_code == 303
    assert db.session.scalars(db.select(CannedReply)).all() == []


def test_replies_are_put_into_folders(shop: Shop, as_carol: CheckingClient) -> None:
    url, kept = f"/accounts/{shop.account.id}/canned-replies", reply(shop.account.id, "Hours", "We open at ten.")
    assert as_carol.post(f"{url}/folders", data={"name": "Opening"}).status_code == 303
    folder_id = db.session.scalars(db.select(CannedReplyFolder.id)).one()
    as_carol.post(f"{url}/moves", data={"chosen": str(kept.id), "into": str(folder_id)})
    assert "Hours" in as_carol.get(f"{url}?folder={folder_id}").text


def test_replies_of_others_and_of_other_accounts_are_not_there(
    shop: Shop, app: Flask, as_carol: CheckingClient
) -> None:
    other = line_factory.account(name="Other")
    kept = reply(shop.account.id, "Hours", "We open at ten.")
    own = reply(shop.account.id, "Mine", "Hi.", shared="mine", owner_id=member().id)
    eve = signed_in(app, member(email="eve@example.com", permissions=["chat"], account_ids=[other.id]))
    url = f"/accounts/{shop.account.id}/canned-replies"
    assert eve.get(url).status_code == 404
    for client, one in ((eve, kept), (as_carol, own)):
        assert client.get(f"{url}/{one.id}/edit").status_code == 404
        assert client.post(f"{url}/{one.id}/removal").status_code == 404
    listed = as_carol.get(url).text
    assert "Hours" in listed and "Mine" not in listed


def test_a_draft_names_its_source_is_followed_by_another_and_sends_nothing(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    reply(shop.account.id, "Parking", "There is parking behind the shop.")
    kept = reply(shop.account.id, "Opening hours", "Are you asking when we are open? From ten to six.")
    auto = AutoMessage(account_id=shop.account.id, name="Open on Sundays", content=content("On Sundays we are open."))
    db.session.add(auto)
    db.session.commit()
    first = as_carol.post(f"/chat/{talk.id}/suggestion", headers=FRAGMENT).text
    assert "From ten to six." in first and "Opening hours" in first and f"canned:{kept.id}" in first
    assert "Another" in first and "Shorter" not in first
    again = {"ability": "another", "seen": f"canned:{kept.id}", "before": "x", "suggester": "kept_messages"}
    second = as_carol.post(f"/chat/{talk.id}/suggestion", data=again, headers=FRAGMENT).text
    assert "On Sundays we are open." in second and "Auto Send Message" in second
    last = {**again, "seen": [f"canned:{kept.id}", f"auto:{auto.id}"]}
    assert (
        "There is nothing else that fits."
        in as_carol.post(f"/chat/{talk.id}/suggestion", data=last, headers=FRAGMENT).text
    )
    assert shop.log() == []


def test_japanese_is_compared_without_blanks(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    reply(shop.account.id, "駐車場", "駐車場は店の裏にございます。")
    reply(shop.account.id, "営業時間", "営業時間は10時から18時までです。")
    shop.say(hana, "営業時間を教えてください")
    drafted = as_carol.post(f"/chat/{talk.id}/suggestion", headers=FRAGMENT).text
    assert "10時から18時まで" in drafted and "駐車場は" not in drafted


@pytest.mark.parametrize("has_any", [True, False])
def test_where_there_is_no_draft_it_is_said_why(talk: Conversation, as_carol: CheckingClient, has_any: bool) -> None:
    with SUGGESTERS.restored(*([] if has_any else list(SUGGESTERS))):
        said = as_carol.post(f"/chat/{talk.id}/suggestion", headers=FRAGMENT).text
    sentence = "fits what was written last" if has_any else "Nothing is set up here that could write a draft."
    assert sentence in said and "data-insert-text-value" not in said
