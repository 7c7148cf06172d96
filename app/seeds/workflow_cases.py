"""The demo's workflows of other kinds: a scanned code, delays, business hours, a hand-over, and a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.friends.models import Friend
from app.line.business_hours.table import Hours, of_week
from app.line.models import Account
from app.line.operations.business_hours import change_business_hours
from app.seeds.known import COFFEE
from app.seeds.qr_codes import CODE
from app.seeds.sandbox import Sandbox
from app.seeds.waiting import wait_until
from app.team.actors import Actor
from app.workflows.definition.graph import NEXT, Graph, Node
from app.workflows.models import Workflow, WorkflowRun, WorkflowRunState
from app.workflows.operations.life import create_workflow, start
from app.workflows.operations.runs import retry_run
from app.workflows.qr_codes.models import QrCode
from app.workflows.qr_codes.ways import text_of

PATIENCE_SECONDS = 20.0
REPLY = "/v2/bot/message/reply"
TASTING, BOOKING, BEANS, ADVICE = "試飲会", "予約", "今月の豆", "相談"
WEDNESDAY = 2


def make_cases(sandbox: Sandbox, account: Account, actor: Actor) -> Iterator[str]:
    """Make these workflows, and let people go through them; commits."""
    open_hours = {day: [Hours(8 * 60, 19 * 60)] for day in range(7) if day != WEDNESDAY}
    change_business_hours(account.id, of_week(open_hours, country="JP"), actor=actor)
    code = db.session.scalar(select(QrCode).where(QrCode.account_id == account.id, QrCode.name == CODE))
    made = {
        TASTING: _started(account, "試飲会のご案内", _delayed(), actor),
        BOOKING: _started(account, "予約の受付", _in_hours(), actor),
        BEANS: _started(account, "今月の豆", _plain(), actor),
        ADVICE: _started(account, "スタッフへの相談", _handed_over(), actor),
    }
    if code is not None:
        _started(account, "レジ横のQRコード", _scanned(account, code), actor)
    db.session.commit()
    # Before the others, so that the newest conversations of the chat are such as went well.
    _refuse(sandbox, made[BEANS], actor)
    for name, keyword in (("湊", TASTING), ("Lucas", TASTING), ("陽菜", BOOKING)):
        _write(sandbox, name, keyword)
    mia = _write(sandbox, "Mia", BEANS)
    sandbox.act(COFFEE.channel_id, mia, {"act": "message", "message": {"type": "text", "text": ADVICE}})
    if code is not None:
        _write(sandbox, "紬", text_of(code, now()))
    yield f"Workflows of {account.name} for a scanned code, with delays, business hours, a hand-over, and a refusal."


def _started(account: Account, name: str, nodes: tuple[Node, ...], actor: Actor) -> Workflow:
    made = create_workflow(name, graph=Graph((account.id,), nodes), actor=actor)
    db.session.flush()
    return start(made.id, actor=actor)


def _write(sandbox: Sandbox, name: str, text: str) -> str:
    """Let a person add the shop and write; returns their user ID."""
    person = sandbox.newcomer(COFFEE.channel_id, name)
    sandbox.act(COFFEE.channel_id, person, {"act": "message", "message": {"type": "text", "text": text}})
    return person


def _refuse(sandbox: Sandbox, workflow: Workflow, actor: Actor) -> None:
    """Let LINE refuse two answers. One run is tried again by a member, the other stays failed."""
    for name, is_retried in (("結衣", True), ("Leo", False)):
        person = sandbox.newcomer(COFFEE.channel_id, name)
        _greeted(person)
        with sandbox.refusing_once(COFFEE.channel_id, REPLY):
            sandbox.act(COFFEE.channel_id, person, {"act": "message", "message": {"type": "text", "text": BEANS}})
            run_id = _failed(workflow, person)
        if run_id and is_retried:
            retry_run(workflow.id, run_id, actor=actor)
            db.session.commit()


def _greeted(person: str) -> None:
    """Wait until the greeting of new friends is over, which answers by a reply, too."""
    query = select(WorkflowRun.id).join(Friend, Friend.id == WorkflowRun.friend_id)
    greeted = query.where(Friend.line_user_id == person, WorkflowRun.state == WorkflowRunState.WAITING)
    wait_until(lambda: db.session.scalar(greeted) is not None, PATIENCE_SECONDS)


def _failed(workflow: Workflow, person: str) -> int | None:
    """Return the person's run of the workflow once it has failed."""
    query = select(WorkflowRun.id).join(Friend, Friend.id == WorkflowRun.friend_id)
    mine = WorkflowRun.workflow_id == workflow.id, Friend.line_user_id == person
    failed = query.where(*mine, WorkflowRun.state == WorkflowRunState.FAILED)
    wait_until(lambda: db.session.scalar(failed) is not None, PATIENCE_SECONDS)
    return db.session.scalar(failed)


def _delayed() -> tuple[Node, ...]:
    wait = {"amount": 1, "unit": "minutes", "late": {"policy": "go"}}
    return (
        _asked(TASTING, "first"),
        _says("first", "試飲会にご興味をお持ちいただき、ありがとうございます。日程をお調べします。", "delay"),
        Node("delay", "delay", wait, {NEXT: "dates"}),
        _says("dates", "次の試飲会は土曜日の14時からです。ご予約なしでお越しいただけます。"),
    )


def _in_hours() -> tuple[Node, ...]:
    wait = {"amount": 1, "unit": "minutes", "business_hours": True, "late": {"policy": "go"}}
    return (
        _asked(BOOKING, "first"),
        _says("first", "ご予約を承りました。営業時間内に確認いたします。", "delay"),
        Node("delay", "delay", wait, {NEXT: "sure"}),
        _says("sure", "ご予約の内容を確認しました。ご来店をお待ちしております。"),
    )


def _plain() -> tuple[Node, ...]:
    return (_asked(BEANS, "beans"), _says("beans", "今月の豆は、グアテマラの中煎りです。"))


def _handed_over() -> tuple[Node, ...]:
    way = {"name": "b1", "label": "営業時間内", "tests": [], "hours": "open"}
    return (
        _asked(ADVICE, "open"),
        Node("open", "branch", {"branches": [way]}, {"b1": "now", "else": "later"}),
        _says("now", "スタッフにおつなぎします。少々お待ちください。", "hand"),
        _says("later", "ただいま営業時間外です。営業時間になりましたら、スタッフがお返事します。", "hand"),
        Node(
            "hand",
            "hand_over",
            {"to": "keep", "note": "{{display_name|友だち}}さまから、スタッフへのご相談です。"},
            {NEXT: "todo"},
        ),
        Node("todo", "conversation_status", {"conversation_status": "to_do"}),
    )


def _scanned(account: Account, code: QrCode) -> tuple[Node, ...]:
    codes: dict[str, Any] = {"codes": {str(account.id): [code.id]}}
    return (
        Node("scanned", "qr_code", codes, {NEXT: "thanks"}),
        _says("thanks", "レジ横のQRコードをご利用いただき、ありがとうございます。"),
    )


def _asked(keyword: str, following: str) -> Node:
    return Node("asked", "message", {"keywords": [{"text": keyword, "match": "equals"}]}, {NEXT: following})


def _says(node_id: str, words: str, following: str = "") -> Node:
    said = Node(node_id, "send_message", {"content": {"version": 1, "messages": [{"kind": "text", "text": words}]}})
    return replace(said, exits={NEXT: following}) if following else said
