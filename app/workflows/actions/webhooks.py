"""The action that tells another system: a signed POST, whose answer branches and texts can use.

The body, JSON in UTF-8, names workflow, run, step, account and friend, and holds answers, what the trigger told, and
the fields of the step. Every try of a step has the same `webhook-id`, so that the receiver can tell a repeated one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core import lenient_json
from app.core.clock import now
from app.core.db import db, released
from app.core.i18n import Text, _, _l
from app.core.outgoing.networks import allowed, may_lead_to
from app.core.outgoing.posting import LEADS_INSIDE, HostAnswer, Missed, Post, Result, post_all
from app.friends.models import Friend
from app.line.models import Account
from app.messages.content.building import LONGEST_ADDRESS, Builder
from app.messages.content.filling import TooLong, Values, in_address
from app.team.permissions import Permission
from app.workflows.definition.answers import wrong_name
from app.workflows.definition.decisions import Decision, Do, Effect
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.json_paths import at_path, is_path
from app.workflows.definition.kinds import ACTIONS, WITH_ERROR, ActionNodeKind, NodeCategory, NodeProblem, always
from app.workflows.definition.state import Arrival
from app.workflows.engine.performing import BACKOFF, Done, Failed, Outcome, Performer, Task, again, performer
from app.workflows.models import WorkflowSecret
from app.workflows.signing import signed_headers, wrong_secret
from app.workflows.texts import builders, filled, names_in, problems_in, values_of

SEND_WEBHOOK = "send_webhook"
# Of one sitting: to a host that answers no request they take 200 s, less than the lease of their runs.
AT_ONCE = 200
MOST_FIELDS, MOST_RESULTS = 30, 20
LONGEST_VALUE, LONGEST_EXCERPT = 1_000, 300
# Statuses that may pass; all others above 299 are final.
PASSING = frozenset({408, 425, 429})
# What events bring for the engine alone.
_INNER = frozenset({"account_id", "folded", "by_workflow", "by_node"})
Pair = tuple[str, str]


@dataclass(frozen=True)
class SendWebhook(Effect):
    """Post to an address. `fields` are (name, text), `results` (name of the answer, path into the JSON)."""

    url: str
    secret_id: int
    fields: tuple[Pair, ...] = ()
    results: tuple[Pair, ...] = ()
    status_name: str = ""

    @property
    def names(self) -> set[str]:
        """Return the names of all personal values in its texts."""
        return names_in(self.url).union(*(names_in(text) for _name, text in self.fields))


def effect_of(node: Node) -> SendWebhook:
    """Return what the step does."""
    settings = node.settings
    return SendWebhook(
        str(settings.get("url") or ""),
        int(settings.get("secret") or 0),
        _pairs(settings, "fields", "value"),
        _pairs(settings, "results", "path"),
        str(settings.get("status") or ""),
    )


def _decide(arrival: Arrival) -> Decision:
    return Do(effect_of(arrival.node))


def _pairs(settings: Mapping[str, Any], rows: str, second: str) -> tuple[Pair, ...]:
    return tuple((str(one.get("name") or ""), str(one.get(second) or "")) for one in settings.get(rows) or ())


def _send(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    posts, outcomes = _posts(tasks)
    with released():
        results = post_all(list(posts.values()))
    return outcomes | {task.key: _outcome(task, results[task.key]) for task in tasks if task.key in posts}


def post_once(task: Task) -> Result | Outcome:
    """Post for a task that belongs to no run, as a test; returns what came of it, or why it could not be posted."""
    posts, failed = _posts([task])
    with released():
        results: dict[str, Result | Outcome] = {**post_all(list(posts.values())), **failed}
    return results[task.key]


def _posts(tasks: Sequence[Task]) -> tuple[dict[str, Post], dict[str, Outcome]]:
    """Return what is to be posted by key of the task, and what cannot be."""
    wanted = set[str]().union(*(task.effect.names for task in tasks))
    values = values_of(tasks, wanted, is_spelled=False)
    stored = _secrets({task.effect.secret_id for task in tasks})
    bodies = _bodies(tasks, values)
    posts: dict[str, Post] = {}
    failed: dict[str, Outcome] = {}
    for task in tasks:
        secret = stored.get(task.effect.secret_id)
        if secret is None:
            failed[task.key] = Failed("workflows.secret_lost")
            continue
        try:
            url = filled(task.effect.url, values[task.key], LONGEST_ADDRESS, escape=in_address, may_cut=False)
        except TooLong:
            failed[task.key] = Failed("workflows.long_address", {"most": LONGEST_ADDRESS})
            continue
        body = bodies[task.key]
        headers = signed_headers(secret, task.key, int(now().timestamp()), body)
        usual = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Tomoru"}
        posts[task.key] = Post(task.key, url, body, {**usual, **headers})
    return posts, failed


def _secrets(ids: Iterable[int]) -> dict[int, str | None]:
    rows = db.session.execute(select(WorkflowSecret.id, WorkflowSecret.secret).where(WorkflowSecret.id.in_(list(ids))))
    return {row.id: row.secret for row in rows}


def _bodies(tasks: Sequence[Task], values: Mapping[str, Values]) -> dict[str, bytes]:
    friends = select(Friend.id, Friend.line_user_id).where(Friend.id.in_({task.friend_id for task in tasks}))
    user_ids = {row.id: row.line_user_id for row in db.session.execute(friends)}
    accounts = select(Account.id, Account.name).where(Account.id.in_({task.account_id for task in tasks}))
    account_names = {row.id: row.name for row in db.session.execute(accounts)}
    found = {}
    for task in tasks:
        body = {
            "id": task.key,
            "workflow": {"id": task.workflow_id, "name": task.workflow_name},
            **({"run": task.run_id} if task.run_id else {"test": True}),
            "node": task.node_id,
            "account": {"id": task.account_id, "name": account_names.get(task.account_id, "")},
            "friend": {"id": task.friend_id, "line_user_id": user_ids.get(task.friend_id, "")},
            "trigger": {name: value for name, value in task.trigger.items() if name not in _INNER},
            "answers": dict(task.answers),
            "fields": {name: filled(text, values[task.key], LONGEST_VALUE) for name, text in task.effect.fields},
        }
        found[task.key] = json.dumps(body, ensure_ascii=False, default=str).encode()
    return found


def _outcome(task: Task, result: Result) -> Outcome:
    if isinstance(result, Missed):
        return Failed(result.code) if result.is_final else again(task, result.code)
    answers = kept_of(task.effect, result)
    note: dict[str, Any] = {"status": result.status}
    if 200 <= result.status < 300:
        return Done({**note, "answers": answers} if answers else note, answers)
    note["answer"] = excerpt_of(result)
    refused = Failed("workflows.webhook_refused", {"status": result.status}, note, answers)
    if result.status in PASSING or result.status >= 500:
        asked = min(result.wait_seconds or 0, BACKOFF.longest.total_seconds())
        return again(task, refused.code, after=asked, last=refused)
    return refused


def excerpt_of(answer: HostAnswer) -> str:
    """Return the beginning of what a host answered."""
    return (answer.body or b"").decode("utf-8", "replace").replace("\x00", "")[:LONGEST_EXCERPT]


def kept_of(effect: SendWebhook, answer: HostAnswer) -> dict[str, Any]:
    """Return by name what a run keeps of an answer."""
    told = lenient_json.loads_or_none(answer.body) if answer.body else None
    found = {name: _at(told, path) for name, path in effect.results}
    if effect.status_name:
        found[effect.status_name] = answer.status
    return {name: value for name, value in found.items() if value is not None}


def _at(value: Any, path: str) -> Any:
    """Return what stands at a path such as "items[0].price"; None where there is nothing."""
    found = at_path(value, path)
    if isinstance(found, Mapping | list):
        found = json.dumps(found, ensure_ascii=False)
    return found[:LONGEST_VALUE] if isinstance(found, str) else found


def _check(node: Node, _account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    settings = node.settings
    secret_id = settings.get("secret")
    if settings.get("is_secret_wrong"):
        yield NodeProblem(wrong_secret(), "secret")
    elif not isinstance(secret_id, int):
        yield NodeProblem(_l("Enter the secret with which the webhook is signed."), "secret")
    elif _secrets([secret_id]).get(secret_id) is None:
        yield NodeProblem(_l("The secret of the webhook cannot be read any more. Enter another one."), "secret")
    yield from _check_names(_pairs(settings, "fields", "value"), "fields", MOST_FIELDS)
    results = _pairs(settings, "results", "path")
    yield from _check_names(results, "results", MOST_RESULTS)
    if not all(is_path(path) for _name, path in results):
        yield NodeProblem(_l("Enter where in the answer the value stands, such as items[0].price."), "results")
    kept = [*(name for name, _path in results), *filter(None, [settings.get("status")])]
    for name in kept:
        if wrong := wrong_name(name):
            yield NodeProblem(wrong, "results" if name in dict(results) else "status")
    if len(set(kept)) < len(kept):
        yield NodeProblem(_l("Two values are kept under one name."), "results")


def _check_names(pairs: Sequence[Pair], field: str, most: int) -> Iterable[NodeProblem]:
    if len(pairs) > most:
        yield NodeProblem(_l("At most %(most)s rows.", most=most), field)
    if any(not name.strip() or len(name) > 100 for name, _second in pairs):
        yield NodeProblem(_l("Each row needs a name of at most 100 characters."), field)


def _check_texts(graph: Graph, node: Node) -> Iterable[NodeProblem]:
    schemes = ("https", "http") if allowed.networks else ("https",)
    found: list[Builder] = []
    for builder in builders(graph):
        builder.address("url", str(node.settings.get("url") or ""), schemes)
        for _name, text in _pairs(node.settings, "fields", "value"):
            builder.text("fields", text, LONGEST_VALUE, len, is_required=False)
        found.append(builder)
    yield from problems_in(found)
    if not may_lead_to(str(node.settings.get("url") or "")):
        yield NodeProblem(LEADS_INSIDE, "url")


def _kept_names(node: Node) -> Iterable[str]:
    yield from (name for name, _path in _pairs(node.settings, "results", "path"))
    yield str(node.settings.get("status") or "")


def _summary(node: Node) -> Text:
    host = str(node.settings.get("url") or "").partition("://")[2].partition("/")[0]
    return _("Post to %(host)s", host=host) if host else ""


performer(SendWebhook, Performer(outside=_send, most_outside=AT_ONCE))
ACTIONS.add(
    SEND_WEBHOOK,
    ActionNodeKind(
        name=SEND_WEBHOOK,
        label=_l("Send webhook"),
        about=_l("Sends data to another system and keeps its answer"),
        also=_l("API HTTP request"),
        rank=2,
        category=NodeCategory.AUTOMATION,
        icon="webhook",
        decide=_decide,
        decides_alike=always,
        check=_check,
        check_within=_check_texts,
        summary=_summary,
        exits=lambda _node: WITH_ERROR,
        # As for every file of people that leaves Tomoru.
        permission=Permission.EXPORT,
        answers=_kept_names,
    ),
)
