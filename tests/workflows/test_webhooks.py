"""A step that tells another system: signed, told again until it is taken, its answer kept for branches and texts."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from hmac import new as hmac
from ipaddress import ip_network
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from app.core.db import db
from app.core.due.claims import claim
from app.core.errors import InvalidInput
from app.core.outgoing import posting
from app.core.outgoing.networks import allowed
from app.line.operations import processing
from app.team.actors import SYSTEM
from app.workflows.actions.webhooks import BACKOFF, SendWebhook
from app.workflows.definition.checks import findings
from app.workflows.definition.graph import Node
from app.workflows.engine import advancing
from app.workflows.engine.loading import put_off_because
from app.workflows.engine.performing import PERFORMERS
from app.workflows.engine.runs import RUNS
from app.workflows.history.words import why
from app.workflows.models import WorkflowRun, WorkflowSecret
from app.workflows.operations.life import delete_workflow, pause
from app.workflows.operations.secrets import prune_secrets, store_secret
from app.workflows.signing import new_secret, signed_headers
from tests.factories.workflows import active, chain, says, step
from tests.support.served import served
from tests.workflows.conftest import Shop, history, let_pass, runs, said, settle

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Crm:
    """Another system: what it was told, and what it answers."""

    origin: str = ""
    status: str = "200 OK"
    answer: bytes = b"{}"
    headers: list[tuple[str, str]] = field(default_factory=list)
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def __call__(self, environ: Any, start: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        headers = {name[5:].lower().replace("_", "-"): value for name, value in environ.items() if name[:5] == "HTTP_"}
        self.told.append(({**headers, "path": environ["PATH_INFO"]}, body))
        start(self.status, self.headers)
        return [self.answer]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.told]


@pytest.fixture
def crm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Crm]:
    """The other system, on a network that may be called."""
    monkeypatch.setattr(allowed, "networks", (ip_network("127.0.0.0/8"),))
    system = Crm()
    with served(system) as system.origin:
        yield system


def tells(crm: Crm, path: str = "/hook", **settings: Any) -> Node:
    secret = store_secret(SECRET, actor=SYSTEM)
    return step("send_webhook", url=crm.origin + path, secret=secret, **settings)


def test_the_other_system_gets_who_what_and_why_signed(shop: Shop, hana: str, crm: Crm) -> None:
    question = step("question", content=says("How many?"), kind="number", name="人数", amount=1, unit="days")
    fields = [
        {"name": "guests", "value": "{{answer.人数|0}}"},
        {"name": "greeting", "value": "{{display_name|}}: {{trigger.text|}}"},
        {"name": "shop", "value": "Kissa"},
    ]
    asks = step("message", keywords=[{"text": "table", "match": "contains"}])
    shop.friend(hana).display_name = "Hana"
    active(shop.account, asks, question, tells(crm, "/hook/{{trigger.text|x}}", fields=fields), name="Booking")
    shop.say(hana, "A table / please")
    settle()
    shop.say(hana, "4")
    settle()
    (run,), (body,) = runs(), crm.bodies
    assert run.state == "succeeded" and history(run)[-1] == ("send_webhook", "done", "next")
    assert body["fields"] == {"guests": "4", "greeting": "Hana: A table / please", "shop": "Kissa"}
    assert body["answers"] == {"人数": 4} and body["trigger"]["text"] == "A table / please"
    assert body["friend"] == {"id": run.friend_id, "line_user_id": hana}
    assert body["workflow"]["name"] == "Booking" and body["account"]["id"] == shop.account.id
    assert "account_id" not in body["trigger"] and "folded" not in body["trigger"]
    headers, raw = crm.told[0]
    assert headers["path"] == "/hook/A table / please" and headers["webhook-id"] == f"{run.id}:2"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + raw
    key = b64decode(SECRET.removeprefix("whsec_"))
    assert headers["webhook-signature"] == "v1," + b64encode(hmac(key, signed, sha256).digest()).decode()


def test_a_sitting_tells_no_more_than_it_can_before_its_lease_ends(
    shop: Shop, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PERFORMERS, SendWebhook, replace(PERFORMERS[SendWebhook], most_outside=2))
    active(shop.account, step("friend_add"), tells(crm))
    for _ in range(5):
        shop.person()
    processing.process_due()
    claimed = claim(RUNS, 10)
    advancing.advance(claimed)
    db.session.commit()
    assert len(crm.told) == 2
    assert [run.state for run in runs()] == ["succeeded", "succeeded", "running", "running", "running"]
    settle()
    assert {run.state for run in runs()} == {"succeeded"}
    assert sorted(body["id"] for body in crm.bodies) == sorted(f"{run.id}:1" for run in runs())


def test_the_signature_is_that_of_standard_webhooks() -> None:
    # The example of the specification.
    headers = signed_headers(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signed_headers("a plain secret here", "1:1", 1, b"")["webhook-signature"].startswith("v1,")
    assert len(b64decode(new_secret().removeprefix("whsec_"))) == 32


def test_the_answer_is_kept_for_branches_and_texts(shop: Shop, hana: str, crm: Crm) -> None:
    crm.answer = json.dumps({"member": {"points": 1200, "cards": [{"name": "Gold"}]}, "note": None}).encode()
    results = [
        {"name": "points", "path": "member.points"},
        {"name": "card", "path": "member.cards[0].name"},
        {"name": "all", "path": "member.cards"},
        {"name": "none", "path": "member.cards[7].name"},
        {"name": "note", "path": "note"},
    ]
    rich = [{"source": "answer", "name": "points", "operator": "at_least", "value": "1000"}]
    active(
        shop.account,
        step("message", any=True),
        tells(crm, results=results, status="crm_status"),
        step("branch", {"rich": "3"}, branches=[{"name": "rich", "label": "Rich", "tests": rich}]),
        step("stop"),
    )
    shop.say(hana, "Hi")
    settle()
    (run,) = runs()
    assert run.answers == {"points": 1200, "card": "Gold", "all": '[{"name": "Gold"}]', "crm_status": 200}
    assert history(run)[1] == ("branch", "done", "rich")


def test_a_refusal_takes_the_error_exit_with_its_status(shop: Shop, hana: str, crm: Crm) -> None:
    crm.status, crm.answer = "404 Not Found", b"no such customer"
    active(
        shop.account,
        step("message", any=True),
        step("send_webhook", {"error": "2", "-": "x"}, **tells(crm, status="crm").settings),
        step("send_message", content=says("Please ask us")),
    )
    shop.say(hana, "Hi")
    settle()
    (run,) = runs()
    assert history(run)[0] == ("send_webhook", "failed", "error") and said(shop) == [["Please ask us"]]
    assert run.answers == {"crm": 404} and len(crm.told) == 1


def test_trouble_that_may_pass_is_tried_again_with_the_same_id(
    shop: Shop, hana: str, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.status, crm.headers = "503 Busy", [("Retry-After", "300")]
    active(shop.account, step("message", any=True), tells(crm))
    shop.say(hana, "Hi")
    settle()
    (run,) = runs()
    assert run.state == "waiting" and put_off_because(run.begun) == ("workflows.webhook_refused", {"status": 503})
    assert "status 503. It is tried again at " in why(run, is_active=True)
    crm.status = "200 OK"
    let_pass(monkeypatch, seconds=60)
    settle()
    assert runs()[0].state == "waiting" and len(crm.told) == 1
    let_pass(monkeypatch, seconds=300)
    settle()
    assert runs()[0].state == "succeeded"
    assert len({headers["webhook-id"] for headers, _body in crm.told}) == 1 and len(crm.told) == 2


def test_after_the_last_try_the_run_says_what_was_answered(shop: Shop, hana: str, crm: Crm) -> None:
    crm.status = "500 Oops"
    active(shop.account, step("message", any=True), tells(crm))
    shop.say(hana, "Hi")
    for _ in range(BACKOFF.most):
        settle()
        db.session.execute(update(WorkflowRun).where(WorkflowRun.state == "waiting").values(due_at=func.now()))
        db.session.commit()
    (run,) = runs()
    assert (run.state, run.problem, run.problem_values) == ("failed", "workflows.webhook_refused", {"status": 500})
    assert len(crm.told) == BACKOFF.most


def test_an_address_inside_a_network_is_not_called(
    shop: Shop, hana: str, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    active(shop.account, step("message", any=True), tells(crm))
    monkeypatch.setattr(allowed, "networks", ())
    shop.say(hana, "Hi")
    settle()
    assert (runs()[0].state, runs()[0].problem) == ("failed", posting.NOT_ALLOWED) and crm.told == []


def test_a_worker_that_dies_while_it_tells_says_the_same_again(
    shop: Shop, hana: str, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    active(shop.account, step("message", any=True), tells(crm))
    shop.say(hana, "Hi")
    real = advancing.perform_outside

    def die(*args: Any) -> None:
        real(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(advancing, "perform_outside", die)
        with pytest.raises(KeyboardInterrupt):
            settle()
    db.session.rollback()
    db.session.execute(update(WorkflowRun).values(leased_until=None))
    db.session.commit()
    settle()
    assert runs()[0].state == "succeeded" and len({headers["webhook-id"] for headers, _body in crm.told}) == 1


def test_a_secret_is_stored_encrypted_and_missed_when_it_is_lost(shop: Shop, hana: str, crm: Crm) -> None:
    node = tells(crm)
    stored = db.session.execute(db.text("SELECT secret FROM workflow_secrets")).scalar_one()
    assert SECRET.encode() not in bytes(stored)
    active(shop.account, step("message", any=True), node)
    db.session.execute(delete(WorkflowSecret))
    db.session.commit()
    shop.say(hana, "Hi")
    settle()
    assert runs()[0].problem == "workflows.secret_lost" and crm.told == []
    with pytest.raises(InvalidInput):
        store_secret("short", actor=SYSTEM)


def test_what_is_wrong_with_a_step(shop: Shop) -> None:
    wrong = step(
        "send_webhook",
        url="http://crm.example/",
        fields=[{"name": "", "value": "{{answer.unknown|}}"}],
        results=[{"name": "two words", "path": ""}],
        status="same",
    )
    found = findings(chain(shop.account, step("friend_add"), wrong))
    said = {(one.problem.field, str(one.problem.message)) for one in found}
    assert said == {
        ("url", "Write the whole address, beginning with https://."),
        ("secret", "Enter the secret with which the webhook is signed."),
        ("fields", "Each row needs a name of at most 100 characters."),
        ("fields", "“{{answer.unknown}}” is not known. Choose a value from the list."),
        ("results", "Enter where in the answer the value stands, such as items[0].price."),
        ("results", "In the name of an answer use letters, digits, hyphens and underscores only."),
    }


def test_secrets_that_no_workflow_names_are_removed_after_a_while(shop: Shop, crm: Crm) -> None:
    used, unused, fresh = tells(crm), tells(crm).settings["secret"], store_secret(SECRET, actor=SYSTEM)
    old = db.text("UPDATE workflow_secrets SET created_at = now() - interval '8 days' WHERE id <> :fresh")
    db.session.execute(old, {"fresh": fresh})
    workflow = active(shop.account, step("friend_add"), used)
    assert prune_secrets() == 1 and db.session.get(WorkflowSecret, unused) is None
    pause(workflow.id, actor=SYSTEM)
    delete_workflow(workflow.id, actor=SYSTEM)
    assert prune_secrets() == 1
    assert db.session.scalars(select(WorkflowSecret.id)).all() == [fresh]
