"""The demo's workflows: a greeting, a survey and an answer to a keyword, all of them used, and a draft."""

from __future__ import annotations

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
from app.seeds.waiting import wait_until
from app.seeds.workflow_cases import make_cases
from app.team.actors import Actor
from app.workflows.definition.graph import NEXT, Graph, Node
from app.workflows.models import Workflow, WorkflowRun, WorkflowRunState
from app.workflows.operations.life import create_workflow, start

PATIENCE_SECONDS = 20.0
BREWING = "brewing"
STARTING = "これから始めたい"
ASKING = "アンケート"
CHOICES = ("ハンドドリップ", "コーヒーメーカー", STARTING)


@dataclass(frozen=True)
class Newcomer:
    """A person who adds the shop; `says` is what they write, one after the other."""

    name: str
    says: tuple[str, ...] = ()
    blocks: bool = False


NEWCOMERS = (
    Newcomer("葵", (ASKING, "ハンドドリップ")),
    Newcomer("Noah", (ASKING, "コーヒーメーカー")),
    Newcomer("美咲", (ASKING, STARTING)),
    Newcomer("悠斗", ("今日の営業時間を教えてください",)),
    Newcomer("Emma", (ASKING,)),
    Newcomer("蓮", blocks=True),
)


def make_workflows(sandbox: Sandbox, shop: Shop, account: Account, actor: Actor) -> Iterator[str]:
    """Make the coffee shop's workflows unless there are any, and let people go through them; commits."""
    if shop is not COFFEE or db.session.scalar(select(exists().where(Workflow.id.is_not(None)))):
        return
    greeting = create_workflow(
        "友だち追加のあいさつ", "3日後にクーポンを送ります。", graph=_greeting(account), actor=actor
    )
    survey = create_workflow("淹れ方アンケート", "答えに合わせてご案内します。", graph=_survey(account), actor=actor)
    hours = create_workflow("営業時間のお返事", graph=_hours(account), actor=actor)
    create_workflow("豆の定期便のお礼", graph=_thanks(account), actor=actor)
    db.session.flush()
    for workflow in (greeting, survey, hours):
        start(workflow.id, actor=actor)
    db.session.commit()
    for newcomer in NEWCOMERS:
        _live(sandbox, greeting, survey, newcomer)
    yield f"Workflows of {account.name}: three that {len(NEWCOMERS)} new friends went through, and a draft."
    yield from make_cases(sandbox, account, actor)


def _live(sandbox: Sandbox, greeting: Workflow, survey: Workflow, newcomer: Newcomer) -> None:
    """Let a person add the shop and write; each time they wait until the shop has done its part."""
    person = sandbox.newcomer(COFFEE.channel_id, newcomer.name)
    _wait(greeting, person)
    for text in newcomer.says:
        sandbox.act(COFFEE.channel_id, person, {"act": "message", "message": {"type": "text", "text": text}})
        if text == ASKING:
            _wait(survey, person)
    if newcomer.blocks:
        sandbox.act(COFFEE.channel_id, person, {"act": "block"})


def _wait(workflow: Workflow, person: str) -> None:
    """Wait until the person's run of the workflow waits in its turn."""
    waits = select(
        exists().where(
            WorkflowRun.workflow_id == workflow.id,
            WorkflowRun.state == WorkflowRunState.WAITING,
            WorkflowRun.friend_id == Friend.id,
            Friend.line_user_id == person,
        )
    )
    wait_until(lambda: db.session.scalar(waits), PATIENCE_SECONDS)


def _greeting(account: Account) -> Graph:
    welcome = {"messages": {str(account.id): _named(account, AutoMessage, "友だち追加のあいさつ")}}
    wait = {"amount": 3, "unit": "days", "time": "10:00", "late": {"policy": "go"}}
    coupon = _text("次のご来店で使える100円引きのクーポンです。")
    nodes = (
        Node("added", "friend_add", {}, {NEXT: "welcome"}),
        Node("welcome", "auto_message", welcome, {NEXT: "tag"}),
        Node("tag", "tag", _tag(account, "新規"), {NEXT: "delay"}),
        Node("delay", "delay", wait, {NEXT: "coupon"}),
        Node("coupon", "send_message", {"content": coupon}),
    )
    return Graph((account.id,), nodes)


def _survey(account: Account) -> Graph:
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
    branch = {"branches": [{"name": "starting", "label": STARTING, "tests": [is_starting]}]}
    workshop = _text("はじめての方向けのドリップ教室を毎月開いています。")
    beans = _text("ありがとうございます。おすすめの豆をお届けします。")
    nodes = (
        Node("asked", "message", {"keywords": [{"text": ASKING, "match": "equals"}]}, {NEXT: "question"}),
        Node("question", "question", question, {NEXT: "branch"}),
        Node("branch", "branch", branch, {"starting": "workshop", "else": "beans"}),
        Node("workshop", "send_message", {"content": workshop}, {NEXT: "tag"}),
        Node("tag", "tag", _tag(account, "ワークショップ参加")),
        Node("beans", "send_message", {"content": beans}),
    )
    return Graph((account.id,), nodes)


def _hours(account: Account) -> Graph:
    words = {"keywords": [{"text": "営業時間", "match": "contains"}, {"text": "定休日", "match": "contains"}]}
    answer = _text("毎日8時から19時まで営業しています。定休日は水曜日です。")
    nodes = (Node("asked", "message", words, {NEXT: "answer"}), Node("answer", "send_message", {"content": answer}))
    return Graph((account.id,), nodes)


def _thanks(account: Account) -> Graph:
    thanks = {"content": _text("豆の定期便へのお申し込み、ありがとうございます。")}
    nodes = (
        Node("tagged", "tag_added", _tag(account, "豆の定期便"), {NEXT: "thanks"}),
        Node("thanks", "send_message", thanks),
    )
    return Graph((account.id,), nodes)


def _tag(account: Account, name: str) -> dict[str, Any]:
    tag_id = _named(account, Tag, name)
    return {"tags": {str(account.id): [tag_id] if tag_id else []}}


def _text(words: str) -> dict[str, Any]:
    return {"version": 1, "messages": [{"kind": "text", "text": words}]}


def _named(account: Account, model: type[Tag] | type[AutoMessage], name: str) -> int | None:
    """Return the id of a tag or message by its name; None where a member has renamed or deleted it."""
    return db.session.scalar(select(model.id).where(model.account_id == account.id, model.name == name).limit(1))
