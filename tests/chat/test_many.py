"""What a member does with many conversations at once, and sets up for themselves."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask

from app.chat.filters import ChatReader, ConversationFilter
from app.chat.friend_set import key_of
from app.chat.operations import bulk
from app.core.db import db
from app.core.runs.models import Run
from app.core.runs.operations import advance
from app.friends.list_models import KeptChange
from app.friends.models import Friend, FriendTag, Tag
from app.friends.operations import bulk as friends_bulk
from app.line.models import Account
from app.messages.conversations.models import Conversation
from tests.chat.saying import since, with_name, wrote
from tests.conftest import signed_in
from tests.factories import friends
from tests.factories import line as line_factory
from tests.factories.team import member
from tests.support.client import CheckingClient

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def cafe(app: Flask) -> Account:
    return line_factory.account(name="Cafe")


@pytest.fixture
def carol(app: Flask) -> CheckingClient:
    return signed_in(app, member(name="Carol", permissions=["chat", "friends", "tags", "segments"]))


def stored(one: Conversation) -> Conversation:
    db.session.expire_all()
    return db.session.get_one(Conversation, one.id)


def test_chosen_conversations_are_changed_together(cafe: Account, carol: CheckingClient) -> None:
    first, second, other = (wrote(cafe, words) for words in ("One", "Two", "Three"))
    tag = friends.tag(cafe, "Regular")
    for change in ("status:done", "spam:1", f"tag:{tag.id}"):
        answer = carol.post("/chat/bulk", data={"change": change, "row": [first.id, second.id]}, headers=FRAGMENT)
        assert answer.status_code == 204
    assert "2 conversations changed." in str(json.loads(answer.headers["HX-Trigger"])["toast"])
    assert [(one.status, one.is_spam) for one in map(stored, (first, second, other))] == [
        ("done", True),
        ("done", True),
        ("none", False),
    ]
    assert len(re.findall(r'id="chat-row-', carol.get(f"/chat?show=spam&tag={tag.id}").text)) == 2


def test_an_assignee_is_one_who_may_answer(cafe: Account, carol: CheckingClient, app: Flask) -> None:
    talk = wrote(cafe)
    dora, eve = (member(name=name, email=f"{name}@example.com", permissions=[may]) for name, may in
                 (("dora", "chat"), ("eve", "friends")))  # fmt: skip
    assert carol.post("/chat/bulk", data={"change": f"assignee:{eve.id}", "row": talk.id}).status_code == 422
    assert carol.post("/chat/bulk", data={"change": f"assignee:{dora.id}", "row": talk.id}).status_code == 303
    assert stored(talk).assignee_id == dora.id
    carol.post("/chat/bulk", data={"change": "assignee:", "row": talk.id})
    assert stored(talk).assignee_id is None


@pytest.mark.parametrize("data", [{"change": "status:done"}, {"change": "nonsense", "row": "1"}, {}])
def test_nothing_chosen_and_nonsense_are_refused(cafe: Account, carol: CheckingClient, data: dict[str, str]) -> None:
    wrote(cafe)
    assert carol.post("/chat/bulk", data=data).status_code == 422


def test_conversations_of_other_accounts_are_left_alone(cafe: Account, app: Flask) -> None:
    talk = wrote(cafe)
    other = line_factory.account(name="Other")
    eve = signed_in(app, member(email="eve@example.com", permissions=["chat"], account_ids=[other.id]))
    assert eve.post("/chat/bulk", data={"change": "status:done", "row": talk.id}).status_code == 422
    assert eve.post("/chat/bulk", data={"change": "status:done", "whole": "1"}).status_code == 303
    assert stored(talk).status == "none"


def test_the_whole_result_is_changed_at_once_or_by_a_run(
    cafe: Account, carol: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    talks = [wrote(cafe, f"Number {number}") for number in range(3)]
    carol.post("/chat/bulk", data={"change": "status:to_do", "whole": "1"})
    assert [stored(one).status for one in talks] == ["to_do"] * 3
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    monkeypatch.setattr(bulk, "BATCH", 2)
    carol.post("/chat/bulk", data={"change": "status:done", "whole": "1", "status": "to_do"})
    later = wrote(cafe, "Later")
    advance(db.session.scalars(db.select(Run.id)).one())
    assert [stored(one).status for one in [*talks, later]] == ["done"] * 3 + ["none"]


@pytest.mark.parametrize("is_whole", [False, True])
def test_tags_put_on_friends_of_conversations_are_undone_as_those_of_the_friends_list(
    cafe: Account, carol: CheckingClient, monkeypatch: pytest.MonkeyPatch, is_whole: bool
) -> None:
    monkeypatch.setattr(friends_bulk, "AT_ONCE", 1 if is_whole else 500)
    tag = friends.tag(cafe, "Regular")
    had, *rest = [friends.friend(cafe, [tag]), friends.friend(cafe), friends.friend(cafe)]
    to_do = [wrote(cafe, who=one) for one in (had, *rest)]
    other = wrote(cafe)
    carol.post("/chat/bulk", data={"change": "status:to_do", "row": [one.id for one in to_do]})
    data = {"whole": "1", "status": "to_do"} if is_whole else {"row": [one.id for one in to_do]}
    answer = carol.post("/chat/bulk", data={"change": f"tag:{tag.id}", **data}, headers=FRAGMENT)
    said = str(json.loads(answer.headers["HX-Trigger"])["toast"])
    assert ("background" if is_whole else "30 days") in said
    _run_all()
    assert _tagged(tag) == {had.id, *(one.id for one in rest)} and other.friend_id not in _tagged(tag)
    (change,) = db.session.scalars(db.select(KeptChange)).all()
    assert (change.matched, change.changed) == (3, 2)
    assert "Added: Regular" in carol.get(f"/accounts/{cafe.id}/bulk-tags/history").text
    carol.post(f"/accounts/{cafe.id}/bulk-tags/{change.id}/undo")
    _run_all()
    assert _tagged(tag) == {had.id}


def _run_all() -> None:
    for run_id in db.session.scalars(db.select(Run.id).where(Run.finished_at.is_(None))).all():
        advance(run_id)
    db.session.rollback()


def _tagged(tag: Tag) -> set[int]:
    return set(db.session.scalars(db.select(FriendTag.friend_id).where(FriendTag.tag_id == tag.id)))


@pytest.mark.parametrize("data", [{}, {"status": "done"}, {"show": "unread", "search": "hello"}])
def test_a_tag_of_a_whole_result_without_friends_changes_nothing(
    cafe: Account, carol: CheckingClient, data: dict[str, str]
) -> None:
    tag = friends.tag(cafe, "Regular")
    friends.friend(cafe)
    assert carol.post("/chat/bulk", data={"change": f"tag:{tag.id}", "whole": "1", **data}).status_code == 303
    assert _tagged(tag) == set() and db.session.scalars(db.select(KeptChange)).all() == []


def test_friends_of_conversations_are_no_set_that_an_address_may_ask_for(cafe: Account, carol: CheckingClient) -> None:
    key = key_of(ConversationFilter(flag="unread"), ChatReader(1, 0))
    assert carol.get(f"/accounts/{cafe.id}/friends?among={key}").status_code == 403
    assert carol.get(f"/accounts/{cafe.id}/friends?among=conversations-nonsense").status_code == 404


def test_filters_are_kept_under_a_name_by_each_member(cafe: Account, carol: CheckingClient, app: Flask) -> None:
    answer = carol.post("/chat/filters", data={"name": "Mine", "status": "to_do"}, headers=FRAGMENT)
    assert answer.status_code == 200 and "/chat?status=to_do" in answer.text
    carol.post("/chat/filters", data={"name": "mine", "status": "done"})
    page = carol.get("/chat").text
    assert "/chat?status=done" in page and "/chat?status=to_do" not in page
    dora = signed_in(app, member(name="Dora", email="dora@example.com", permissions=["chat"]))
    kept = re.search(r"/chat/filters/(\d+)/delete", page)
    assert kept and "/chat?status=done" not in dora.get("/chat").text
    assert dora.post(kept[0]).status_code == 404
    carol.post(kept[0])
    assert "/chat?status=done" not in carol.get("/chat").text


def test_a_filter_needs_a_name_and_something_to_filter(carol: CheckingClient) -> None:
    assert "Enter a name." in carol.post("/chat/filters", data={"name": " ", "status": "done"}, headers=FRAGMENT).text
    assert carol.post("/chat/filters", data={"name": "All"}, headers=FRAGMENT).status_code == 422


def test_new_messages_are_told_to_whom_they_concern(cafe: Account, carol: CheckingClient, app: Flask) -> None:
    dora = member(name="Dora", email="dora@example.com", permissions=["chat"])
    talk = with_name(cafe, "Hana", "First")
    page = carol.get("/chat").text
    who = talk.friend_id

    def told() -> bool:
        wrote(cafe, "Hello?", db.session.get(Friend, who))
        return 'data-name="Hana"' in carol.get(f"/chat/changes?since={since(page)}", headers=FRAGMENT).text

    assert not told()
    carol.post("/chat/alerts", data={"alert": "is_rung", "is_on": "1"})
    assert told()
    carol.post(f"/chat/{talk.id}/mark", data={"mark": "is_muted", "is_set": "1"})
    assert not told()
    carol.post(f"/chat/{talk.id}/mark", data={"mark": "is_muted", "is_set": "0"})
    carol.post(f"/chat/{talk.id}/assignee", data={"assignee": str(dora.id)})
    assert not told()
    carol.post(f"/chat/{talk.id}/mark", data={"mark": "is_followed", "is_set": "1"})
    assert told()
    assert carol.post("/chat/alerts", data={"alert": "else", "is_on": "1"}).status_code == 422


def test_a_list_without_conversations_shows_how_to_begin_one(cafe: Account, carol: CheckingClient) -> None:
    page = carol.get("/chat").text
    assert "No conversation yet" in page and "<svg" in page and "line.me/R/ti/p/" in page
    assert "Nothing matches" in carol.get("/chat?status=done").text
