"""Names that are code elsewhere, units that two ask for at once, and what is deleted while LINE is asked."""

from __future__ import annotations

import csv
import io
import re
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.friends.models import Friend
from app.line.models import Account
from app.messages.broadcasts.models import Broadcast, BroadcastState, TrackingKind
from app.messages.broadcasts.operations import confirming, control, once
from app.messages.broadcasts.operations.confirming import Start
from app.messages.broadcasts.operations.drafts import delete_draft
from app.messages.broadcasts.views import review_parts
from app.messages.sending.testers import add_tester
from app.team.actors import SYSTEM
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import LINKED, Stage, counted, staged, stored, work
from tests.support.client import CheckingClient
from tests.support.races import refused_after_commit
from tests.support.sandbox import SandboxServer

CODE = "=HYPERLINK(1)<img src=x onerror=alert(1)>"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def stage(line: SandboxServer, connect: Connect) -> Stage:
    """A few friends."""
    return staged(line, connect, 4)


@pytest.mark.parametrize("way", ["console", "program"])
def test_two_who_confirm_at_once_cannot_spend_the_same_units(app: Flask, stage: Stage, way: str) -> None:
    first, second = stage.draft("One"), stage.draft("Two")
    account_id, first_id, second_id = stage.account.id, first.id, second.id
    db.session.execute(update(Account).values(quota_limit=1000, quota_used=994, quota_checked_at=now()))
    db.session.commit()

    def other() -> Broadcast:
        if way == "program":
            return once.schedule(account_id, second_id, Start(), seen=1, actor=SYSTEM)
        return confirming.confirm(account_id, second_id, seen=1, actor=SYSTEM)

    confirming.confirm(account_id, first_id, seen=1, actor=SYSTEM)
    assert refused_after_commit(app, other, Conflict)
    assert (stored(first_id).reserved_units, stored(second_id).state) == (4, BroadcastState.DRAFT)


def test_the_rest_of_a_broadcast_cannot_spend_what_another_one_takes(app: Flask, stage: Stage) -> None:
    stage.fault("status", "multicast", times=None, status=429, message="You have reached your monthly limit.")
    stopped = stage.sent("One")
    draft = stage.draft("Two")
    account_id, stopped_id, draft_id = stage.account.id, stopped.id, draft.id
    control.stop(account_id, stopped_id, actor=SYSTEM)
    db.session.commit()
    work()
    assert counted(stopped_id) == {"not_sent": 4}
    db.session.execute(update(Account).values(quota_limit=1000, quota_used=994, quota_checked_at=now()))
    db.session.commit()
    confirming.confirm(account_id, draft_id, seen=1, actor=SYSTEM)
    assert refused_after_commit(app, lambda: control.send_to_remaining(account_id, stopped_id, actor=SYSTEM), Conflict)


def test_a_draft_that_is_deleted_while_line_is_asked_is_not_found(
    app: Flask, stage: Stage, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = stage.draft("Hello")
    account_id, draft_id, prove = stage.account.id, draft.id, review_parts.prove

    def delete() -> None:
        with app.app_context():
            delete_draft(account_id, draft_id, actor=SYSTEM)
            db.session.commit()

    def deleted_while_asked(*args: Any) -> Any:
        proof = prove(*args)
        thread = Thread(target=delete)
        thread.start(), thread.join(20)
        return proof

    monkeypatch.setattr(review_parts, "prove", deleted_while_asked)
    answer = as_alice.post(f"/accounts/{account_id}/broadcasts/{draft_id}/test", data={"tester": "1"}, headers=ENGLISH)
    assert answer.status_code == 404


def test_a_test_message_is_sent_while_the_broadcast_is_being_confirmed(
    app: Flask, stage: Stage, as_alice: CheckingClient
) -> None:
    draft = stage.draft("Hello")
    tester = db.session.query(Friend).filter(Friend.line_user_id == stage.people[0]).one()
    add_tester(stage.account, tester.id, actor=SYSTEM)
    db.session.commit()
    url, answers = f"/accounts/{stage.account.id}/broadcasts/{draft.id}", list[str]()
    data, draft_id = {"tester": str(tester.id)}, draft.id

    def send_test() -> None:
        with app.app_context():
            answers.append(as_alice.post(f"{url}/test", data=data, headers=ENGLISH).text)

    confirming.confirm(stage.account.id, draft_id, seen=1, actor=SYSTEM)
    thread = Thread(target=send_test)
    thread.start(), thread.join(20)
    assert "LINE took the test message." in answers[0]
    db.session.commit()
    work()
    assert (stored(draft_id).state, stage.reached()) == (BroadcastState.SENT, sorted([*stage.people, stage.people[0]]))


def test_a_broadcast_that_has_begun_is_not_changed(stage: Stage, as_alice: CheckingClient) -> None:
    stage.fault("status", "multicast", times=None, status=429, message="You have reached your monthly limit.")
    draft = stage.draft("Hello", name="As it was")
    url = f"/accounts/{stage.account.id}/broadcasts/{draft.id}"
    shown = as_alice.get(f"{url}/edit", headers=ENGLISH).text
    fields = dict(re.findall(r'name="(draft|draft_version|version)" value="([0-9]+)"', shown))
    confirming.confirm(stage.account.id, draft.id, seen=1, actor=SYSTEM)
    db.session.commit()
    work()
    assert stored(draft.id).state == BroadcastState.PAUSED
    typed = {"name": "Other", "audience": "all", "tracking": "link", "starts": "now", "late_policy": "ask"}
    data = {**fields, **typed, "late_hours": "3", "spread_minutes": "0", "messages.0.text": "Other words"}
    refused = as_alice.post(url, data=data, headers=ENGLISH)
    assert (refused.status_code, "cannot be changed" in refused.text) == (409, True)
    assert as_alice.post(f"{url}/removal", headers=ENGLISH).status_code == 409
    kept = stored(draft.id)
    assert (kept.name, kept.content["messages"][0]["text"]) == ("As it was", "Hello")


def test_code_in_names_is_text_on_every_page_and_in_every_file(stage: Stage, as_alice: CheckingClient) -> None:
    db.session.execute(update(Friend).values(display_name=f"{CODE}\n@SUM(1)"))
    db.session.commit()
    sent = stage.sent(LINKED, name=CODE, tracking=TrackingKind.PERSON)
    other = stage.draft("Hello", name=CODE)
    base = f"/accounts/{stage.account.id}/broadcasts"
    people = f"{base}/{sent.id}/people/sent"
    compared = f"?id={sent.id}&id={other.id}"
    friend = f"/accounts/{stage.account.id}/friends/{db.session.query(Friend.id).first()[0]}"  # type: ignore[index]
    pages = (
        base,
        f"{base}/{sent.id}",
        f"{base}/{sent.id}/results",
        f"{base}/{other.id}/edit",
        f"{base}/{other.id}/review",
        f"{base}/{other.id}/preview",
        f"{base}/{other.id}/removal",
        f"{base}/calendar?month={now():%Y-%m}",
        f"{base}/comparison{compared}",
        people,
        f"{people}/segment",
        friend,
        f"{friend}/activities",
        "/audit-log",
    )
    for url in pages:
        shown = as_alice.get(url, headers=ENGLISH)
        assert (url, shown.status_code, "<img src=x" in shown.text) == (url, 200, False)
    for url in (
        f"{base}/list.csv",
        f"{base}/comparison.csv{compared}",
        f"{base}/{sent.id}/results.csv",
        f"{people}.csv",
    ):
        file = as_alice.get(url.replace("sent.csv", "sent/people.csv"), headers=ENGLISH)
        assert (url, file.status_code) == (url, 200)
        cells = [cell for row in csv.reader(io.StringIO(file.text.lstrip("\ufeff"))) for cell in row]
        assert [cell for cell in cells if cell[:1] in ("=", "@", "+")] == []
