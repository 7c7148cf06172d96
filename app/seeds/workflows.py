"""The demo's workflows: a greeting that new friends have gone through, an answer to a keyword, and a draft."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select

from app.core.db import db
from app.friends.models import Friend, Tag
from app.line.models import Account
from app.messages.auto.models import AutoMessage
from app.seeds.known import COFFEE, Shop
from app.seeds.sandbox import Sandbox
from app.team.actors import Actor
from app.workflows.definition.graph import NEXT, Graph, Node
from app.workflows.models import Workflow, WorkflowRun, WorkflowRunState
from app.workflows.operations.life import create_workflow, start

PATIENCE_SECONDS = 20.0
BREWING = "brewing"
STARTING = "これから始めたい"
CHOICES = ("ハンドドリップ", "コーヒーメーカー", STARTING)


@dataclass(frozen=True)
class Newcomer:
    """A person who adds the shop; `says` is what they answer, one after the other; empty for one who does not."""

    name: str
    says: tuple[str, ...] = ()
    blocks: bool = False


NEWCOMERS = (
    Newcomer("葵", ("ハンドドリップ",)),
    Newcomer("Noah", ("Chemex", "コーヒーメーカー")),
    Newcomer("美咲", (STARTING,)),
    Newcomer("蓮", blocks=True),
    Newcomer("Sofia"),
)
WRITERS = (("悠斗", "今日の営業時間を教えてください"), ("Emma", "営業時間は？"))


def make_workflows(sandbox: Sandbox, shop: Shop, account: Account, actor: Actor) -> Iterator[str]:
    """Make the coffee shop's workflows unless there are any, and let people go through them; commits."""
    if shop is not COFFEE or db.session.scalar(select(exists().where(Workflow.id.is_not(None)))):
        return
    greeting = create_workflow(
        "友だち追加のあいさつ", "淹れ方をうかがって、3日後にクーポンを送ります。", graph=_greeting(account), actor=actor
    )
    hours = create_workflow("営業時間のお返事", graph=_hours(account), actor=actor)
    create_workflow("豆の定期便のお礼", graph=_thanks(account), actor=actor)
    db.session.flush()
    for workflow in (greeting, hours):
        start(workflow.id, actor=actor)
    db.session.commit()
    _greet(sandbox, account, greeting)
    for name, text in WRITERS:
        _say(sandbox, _newcomer(sandbox, account, greeting, name), text)
    yield f"Workflows of {account.name}: two that answer, which {len(NEWCOMERS)} new friends went through, and a draft."


def _greet(sandbox: Sandbox, account: Account, greeting: Workflow) -> None:
    for newcomer in NEWCOMERS:
        person = _newcomer(sandbox, account, greeting, newcomer.name)
        for text in newcomer.says:
            _say(sandbox, person, text)
        if newcomer.blocks:
            sandbox.act(COFFEE.channel_id, person, {"act": "block"})


def _newcomer(sandbox: Sandbox, account: Account, greeting: Workflow, name: str) -> str:
    """Let a person add the shop, and wait until the greeting has asked them; returns their user id."""
    person = sandbox.newcomer(COFFEE.channel_id, name)
    asked = select(
        exists().where(
            WorkflowRun.workflow_id == greeting.id,
            WorkflowRun.state == WorkflowRunState.WAITING,
            WorkflowRun.friend_id == Friend.id,
            Friend.account_id == account.id,
            Friend.line_user_id == person,
        )
    )
    until = time.monotonic() + PATIENCE_SECONDS
    while not db.session.scalar(asked) and time.monotonic() < until:
        db.session.rollback()
        time.sleep(0.1)
    return person


def _say(sandbox: Sandbox, person: str, text: str) -> None:
    sandbox.act(COFFEE.channel_id, person, {"act": "message", "message": {"type": "text", "text": text}})


def _greeting(account: Account) -> Graph:
    welcome = _named(account, AutoMessage, "友だち追加のあいさつ")
    question = {
        "content": _text("ご自宅では、どのようにコーヒーを淹れていますか？"),
        "name": BREWING,
        "kind": "choices",
        "choices": [{"label": one} for one in CHOICES],
        "tries": 2,
        "repeat": "下のボタンからお選びください。",
        "amount": 2,
        "unit": "days",
    }
    is_starting = {"source": "answer", "name": BREWING, "operator": "equals", "value": STARTING}
    branch = {"branches": [{"name": "starting", "label": "これから始める", "tests": [is_starting]}]}
    nodes = (
        Node("added", "friend_add", {}, {NEXT: "welcome"}),
        Node("welcome", "auto_message", {"messages": {str(account.id): welcome}}, {NEXT: "question"}),
        Node("question", "question", question, {NEXT: "branch", "invalid": "delay", "timeout": "delay"}),
        Node("branch", "branch", branch, {"starting": "workshop", "else": "tag"}),
        Node(
            "workshop",
            "send_message",
            {"content": _text("はじめての方向けのドリップ教室を毎月開いています。")},
            {NEXT: "tag"},
        ),
        Node("tag", "tag", {"tags": {str(account.id): [_named(account, Tag, "新規")]}}, {NEXT: "delay"}),
        Node(
            "delay", "delay", {"amount": 3, "unit": "days", "time": "10:00", "late": {"policy": "go"}}, {NEXT: "coupon"}
        ),
        Node("coupon", "send_message", {"content": _text("次のご来店で使える100円引きのクーポンです。")}),
    )
    return Graph((account.id,), nodes)


def _hours(account: Account) -> Graph:
    words = {"keywords": [{"text": "営業時間", "match": "contains"}, {"text": "定休日", "match": "contains"}]}
    answer = _text("毎日8時から19時まで営業しています。定休日は水曜日です。")
    nodes = (Node("asked", "message", words, {NEXT: "answer"}), Node("answer", "send_message", {"content": answer}))
    return Graph((account.id,), nodes)


def _thanks(account: Account) -> Graph:
    subscribed = {"tags": {str(account.id): [_named(account, Tag, "豆の定期便")]}}
    thanks = _text("豆の定期便へのお申し込み、ありがとうございます。")
    nodes = (
        Node("tagged", "tag_added", subscribed, {NEXT: "thanks"}),
        Node("thanks", "send_message", {"content": thanks}),
    )
    return Graph((account.id,), nodes)


def _text(words: str) -> dict[str, Any]:
    return {"version": 1, "messages": [{"kind": "text", "text": words}]}


def _named(account: Account, model: type[Tag] | type[AutoMessage], name: str) -> int | None:
    """Return the id of a tag or message by its name; None where a member has renamed or deleted it."""
    return db.session.scalar(select(model.id).where(model.account_id == account.id, model.name == name).limit(1))
