"""Incoming webhooks: who may call, which friend enters, that a call counts once, and what the log says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.friends.models import IdLink
from app.line.models import Account
from app.team.actors import SYSTEM, Actor, ActorKind
from app.team.permissions import Permission
from app.workflows.definition.json_paths import at_path
from app.workflows.hooks.models import WorkflowHook, WorkflowHookCall
from app.workflows.hooks.operations import receiving
from app.workflows.hooks.operations.addresses import make_secret
from app.workflows.hooks.reading import fields_of, id_at
from app.workflows.hooks.views import calls as view
from app.workflows.models import Workflow
from app.workflows.operations.life import pause
from app.workflows.signing import signed_headers
from tests.factories import friends as factory
from tests.factories import line
from tests.factories.workflows import active, says, step
from tests.workflows.conftest import Shop, runs, said, settle

HANA = "U" + "a" * 32
USUAL = {"friend_by": "line_user_id", "friend_path": "user.line"}
BODY = {"user": {"line": HANA, "shop_id": 7}, "total": 1200, "items": [{"name": "Tea"}], "paid": True}


class Caller:
    """Another program that knows the address and the key of a trigger."""

    def __init__(self, app: Flask, workflow: Workflow, account: Account) -> None:
        hook, self.secret = make_secret(workflow.id, account.id, "n0", actor=SYSTEM)
        db.session.commit()
        self.path, self.client = f"/webhooks/workflows/{hook.code}", app.test_client()

    def call(self, body: Any = BODY, headers: dict[str, str] | None = None, **more: Any) -> tuple[int, dict[str, Any]]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"X-Tomoru-Key": self.secret} if headers is None else headers
        answer = self.client.post(self.path, data=raw, headers=sent, **more)
        db.session.rollback()
        return answer.status_code, answer.get_json(force=True, silent=True) or {}


@pytest.fixture
def account(app: Flask) -> Account:
    found = line.account()
    factory.friend(found, line_user_id=HANA)
    return found


def listens(account: Account, *steps: Any, **settings: Any) -> Workflow:
    return active(account, step("webhook_received", **{**USUAL, **settings}), *(steps or (step("stop"),)))


@pytest.fixture
def caller(app: Flask, account: Account) -> Caller:
    fields = [{"name": "total", "path": "total"}, {"name": "item", "path": "items[0].name"}]
    return Caller(app, listens(account, fields=fields), account)


def signed(caller: Caller, raw: bytes, key: str = "order-1", ago: int = 0) -> dict[str, str]:
    return {**signed_headers(caller.secret, key, int(now().timestamp()) - ago, raw)}


def log() -> list[tuple[int, str]]:
    rows = db.session.scalars(select(WorkflowHookCall).order_by(WorkflowHookCall.id))
    return [(one.status, one.reason) for one in rows]


def test_a_call_lets_the_friend_enter_with_the_fields(caller: Caller) -> None:
    status, told = caller.call()
    assert (status, told["reason"], told["started"]) == (202, "started", True)
    (run,) = runs()
    assert (run.trigger["total"], run.trigger["item"]) == (1200, "Tea")
    assert log() == [(202, "started")]


def test_a_call_is_answered_at_line(shop: Shop, hana: str, app: Flask) -> None:
    workflow = listens(shop.account, step("send_message", content=says("Thank you for your order")))
    status, _told = Caller(app, workflow, shop.account).call({"user": {"line": hana}})
    settle()
    assert status == 202 and said(shop) == [["Thank you for your order"]]


def test_a_signature_of_the_raw_body_is_as_good_as_the_key(caller: Caller) -> None:
    raw = json.dumps(BODY, indent=3).encode()
    good = signed(caller, raw)
    assert caller.call(raw, good)[0] == 202
    assert caller.call(raw + b" ", good)[0] == 401
    other = {**good, "webhook-signature": f"v1,b3RoZXI= {good['webhook-signature']}"}
    assert caller.call(raw, other)[1]["reason"] == "repeated"
    assert caller.call(raw + b"\n", {"Authorization": f"Bearer {caller.secret}"})[0] == 202


def test_a_signed_call_cannot_be_replayed(caller: Caller) -> None:
    raw = json.dumps(BODY).encode()
    heard = signed(caller, raw)
    assert caller.call(raw, heard)[1]["reason"] == "started"
    for more in ({}, {"Idempotency-Key": "another"}):
        assert caller.call(raw, {**heard, **more})[1]["reason"] == "repeated"
    later = str(int(heard["webhook-timestamp"]) + 1)
    for changed in ({"webhook-id": "another"}, {"webhook-id": ""}, {"webhook-timestamp": later}):
        assert caller.call(raw, {**heard, **changed})[1]["reason"] == "wrong_secret"
    assert len(runs()) == 1 and caller.call(raw, signed(caller, raw, key="another"))[1]["reason"] == "started"


@pytest.mark.parametrize(("seconds", "reason"), [(-290, "started"), (290, "started"), (-310, "old_signature")])
def test_a_signature_holds_for_five_minutes(caller: Caller, seconds: int, reason: str) -> None:
    raw = json.dumps(BODY).encode()
    assert caller.call(raw, signed(caller, raw, ago=-seconds))[1]["reason"] == reason


def test_the_body_is_json_whatever_its_type_says(caller: Caller) -> None:
    for kind in ("application/x-www-form-urlencoded", "text/plain"):
        assert caller.call({**BODY, "kind": kind}, content_type=kind)[1]["reason"] == "started"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Tomoru-Key": "wrong"},
        {"webhook-id": "1", "webhook-timestamp": "1764400000", "webhook-signature": "v1,é"},
        {"webhook-id": "1", "webhook-timestamp": "²", "webhook-signature": "v1,"},
        {"webhook-id": "1", "webhook-timestamp": "9" * 400, "webhook-signature": ""},
    ],
)
def test_strangers_are_refused(caller: Caller, headers: dict[str, str]) -> None:
    status, told = caller.call(headers=headers)
    assert (status, told["reason"], runs()) == (401, "wrong_secret", [])
    assert log() == [(401, "wrong_secret")]


def test_a_wrong_address_is_404_in_json(caller: Caller) -> None:
    caller.path = "/webhooks/workflows/nothing"
    status, told = caller.call()
    assert (status, told["status"], log()) == (404, 404, [])


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"not json", 400, "no_json"),
        (b"[1]", 400, "no_json"),
        (b"[" * 60_000, 400, "no_json"),
        ({"user": {}}, 422, "no_id"),
        ({"user": {"line": True}}, 422, "no_id"),
        ({"user": {"line": "U" + "b" * 32}}, 422, "unknown_friend"),
    ],
)
def test_what_cannot_be_used_says_why(caller: Caller, body: Any, status: int, reason: str) -> None:
    found, told = caller.call(body)
    assert (found, told["reason"], runs()) == (status, reason, [])
    assert told["detail"] and log() == [(status, reason)]


def test_a_body_that_is_too_long_is_refused_unread(caller: Caller) -> None:
    status, told = caller.call(b"x" * 70_000)
    assert (status, told["status"]) == (413, 413)


def test_the_same_call_counts_once_within_the_hours(caller: Caller) -> None:
    assert [caller.call()[1]["reason"] for _ in range(2)] == ["started", "repeated"]
    key = {"X-Tomoru-Key": caller.secret, "Idempotency-Key": "order-1"}
    assert [caller.call(headers=key)[1]["reason"] for _ in range(2)] == ["started", "repeated"]
    assert caller.call({**BODY, "total": 1}, key)[1]["reason"] == "repeated"
    assert len(runs()) == 2
    db.session.execute(update(WorkflowHookCall).values(at=now() - timedelta(hours=25)))
    db.session.commit()
    assert caller.call()[1]["reason"] == "started" and len(runs()) == 3


def test_a_friend_is_found_by_the_id_of_another_system(app: Flask, account: Account) -> None:
    workflow = listens(account, friend_by="link_id", friend_path="user.shop_id")
    caller = Caller(app, workflow, account)
    assert caller.call()[1]["reason"] == "unknown_friend"
    db.session.add(IdLink(account_id=account.id, line_user_id=HANA, user_id="7"))
    db.session.commit()
    assert caller.call()[1]["reason"] == "started"
    other = factory.friend(account)
    db.session.add(IdLink(account_id=account.id, line_user_id=other.line_user_id, user_id="7"))
    db.session.commit()
    assert caller.call({**BODY, "total": 2})[1]["reason"] == "several_friends"


def test_a_paused_workflow_and_one_that_does_not_want_the_friend(app: Flask, account: Account) -> None:
    workflow = active(account, step("webhook_received", **USUAL), step("stop"), re_entry="once")
    caller = Caller(app, workflow, account)
    assert caller.call()[1]["reason"] == "started"
    assert caller.call({**BODY, "total": 2})[1]["reason"] == "not_wanted"
    pause(workflow.id, actor=SYSTEM)
    db.session.commit()
    status, told = caller.call({**BODY, "total": 3})
    assert (status, told["reason"]) == (409, "not_active")


def test_calls_are_limited_before_anything_is_looked_at(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    monkeypatch.setattr(view, "take_in", lambda *_args: looked.append(1))
    statuses = [caller.call()[0] for _ in range(301)]
    assert statuses[-1] == 429 and len(looked) == 300


def test_a_new_key_takes_the_place_of_the_old_one(caller: Caller, account: Account) -> None:
    hook = db.session.scalars(select(WorkflowHook)).one()
    _hook, fresh = make_secret(hook.workflow_id, account.id, "n0", actor=SYSTEM)
    db.session.commit()
    assert caller.call()[0] == 401
    caller.secret = fresh
    assert caller.call()[0] == 202


def test_an_account_of_others_has_no_address_here(caller: Caller) -> None:
    hook = db.session.scalars(select(WorkflowHook)).one()
    stranger = Actor(ActorKind.MEMBER, 9, "S", frozenset({Permission.WORKFLOWS}), frozenset({hook.account_id + 1}))
    with pytest.raises(NotFound):
        make_secret(hook.workflow_id, hook.account_id, "n0", actor=stranger)


def test_old_calls_leave_the_log(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        caller.call({"user": number}, {"X-Tomoru-Key": "wrong"})
    caller.call()
    monkeypatch.setattr(receiving, "MOST_KEPT", 2)
    assert receiving.prune_calls() == 3
    assert log() == [(401, "wrong_secret"), (202, "started")]
    db.session.execute(update(WorkflowHookCall).values(at=now() - timedelta(days=31)))
    db.session.commit()
    assert receiving.prune_calls() == 2


def test_how_places_in_json_are_read() -> None:
    read = {"a": {"b": [{"c": 5}]}, "n": None, "t": "x" * 2_000, "s": "\ud800"}
    assert at_path(read, "a.b[0].c") == 5
    assert [at_path(read, path) for path in ("a.b[1].c", "a.x.y", "a.b.-1", "n", "t.0")] == [None] * 5
    assert id_at({"a": 12}, "a") == "12" and id_at({"a": "x" * 300}, "a") == ""
    named = [{"name": "t", "path": "t"}, {"name": "a", "path": "a"}, {"name": "s", "path": "s"}]
    assert fields_of(read, named) == {"t": "x" * 1_000, "s": "?"}


@pytest.mark.parametrize(
    "settings",
    [
        {"friend_by": "e-mail"},
        {"friend_path": ""},
        {"friend_path": "."},
        {"fields": [{"name": "", "path": "a"}]},
        {"fields": [{"name": "a", "path": "a"}, {"name": "a", "path": "b"}]},
        {"fields": [{"name": "kind", "path": "a"}]},
        {"repeat_hours": 0},
    ],
)
def test_what_is_missing_keeps_a_workflow_from_its_start(account: Account, settings: dict[str, Any]) -> None:
    with pytest.raises(Conflict):
        listens(account, **settings)


@pytest.mark.parametrize("number", ["NaN", "1e999", "Infinity", "9" * 400])
def test_numbers_that_no_json_holds_do_no_harm(caller: Caller, number: str) -> None:
    raw = json.dumps(BODY).replace("1200", number).encode()
    assert caller.call(raw)[0] == 202
