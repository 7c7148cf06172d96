"""Workflows while everything around them fails: each run takes its steps once, and LINE gets each send once.

Each round starts a workflow: a keyword, a tag, a message, a delay, a branch, and a question with a time-out. Friends
write the keyword and their answers; the webhooks come in any order and twice. While a round goes on, processes are
killed, Redis is emptied, PostgreSQL and Redis crash, and pushes are refused or their answers get lost. The clock of the
database and of all processes is moved past the delay and past the time-out. In the end the history, the answers, the
tags and LINE's log must be what a simple model says. `ROUNDS` and `RUNS` set how much.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import click
from sqlalchemy import select, text

from app.core.db import db
from app.friends.models import Friend, FriendTag, Tag
from app.line.models import Account
from app.team.actors import SYSTEM
from app.workflows.definition.graph import Graph, Node
from app.workflows.models import WorkflowRun, WorkflowStep
from app.workflows.operations.life import create_workflow, pause, start
from app.workflows.queries.verify import problems_of
from tests.chaos.mailbag import Mailbag
from tests.chaos.sky import Sky, drawn, sky, surely, until
from tests.chaos.troubles import DATABASE_CLOCK

PUSH = "/v2/bot/message/push"
# Kind, status and share of the pushes.
FAULTS = (("lost", 0, 0.05), ("status", 500, 0.05), ("status", 429, 0.03))
PAST_AN_HOUR = 3_700.0
ASKED = "node_id = 'ask' AND state = 'waiting' AND begun ->> 'asked' = '{times}'"
REPEAT = "Tea or coffee, please"
# A worker that was killed keeps its rows until their lease ends; to wait for that would only take time.
_HURRY = (
    "UPDATE workflow_runs SET due_at = now(), leased_until = NULL, attempts = 0"
    " WHERE ended_at IS NULL AND leased_until < now() + interval '200 seconds'",
    "UPDATE message_sends SET due_at = now(), leased_until = NULL"
    " WHERE state = 'waiting' AND (leased_until IS NULL OR leased_until < now() + interval '90 seconds')",
)


@dataclass(frozen=True)
class Person:
    """A friend, what they are, and what they write after the question."""

    line_user_id: str
    is_vip: bool
    answers: tuple[str, ...]

    @property
    def steps(self) -> list[tuple[str, str, str | None]]:
        """Return the steps that the model takes: node, result and exit."""
        way = "vip" if self.is_vip else "else"
        before = [(one, "done", "next") for one in ("tag", "hello", "delay")]
        is_answered = bool(self.answers)
        asked = [("branch", "done", way), (way, "done", "next"), ("ask", "done", "next" if is_answered else "timeout")]
        return [*before, *asked, ("thanks" if is_answered else "late", "done", "next")]

    @property
    def texts(self) -> list[str]:
        """Return what LINE delivers to them, in order."""
        asked = ["Hello", "For VIPs" if self.is_vip else "For all", "Tea or coffee?"]
        return [*asked, *[REPEAT] * (len(self.answers) - 1), "Thank you" if self.answers else "Another time"]


# What people write after the question: nothing in time, an answer, or another word first.
ANSWERS: tuple[tuple[str, ...], ...] = ((), ("Tea",), ("Coffee",), ("Water", "Tea"))


def run(_seconds: int, chance: random.Random) -> tuple[list[str], str]:
    """Run the rounds; returns what was wrong, and what was done."""
    rounds, runs = int(os.environ.get("ROUNDS") or 100), int(os.environ.get("RUNS") or 2_000)
    faults = list[str]()
    with sky("chaos_workflows", runs, chance, prepare=DATABASE_CLOCK) as made:
        people = [Person(one, at % 2 == 1, ANSWERS[at // 2 % 4]) for at, one in enumerate(made.people)]
        vip = surely(lambda: mark_vips(made.account_id, people))
        for number in range(rounds):
            begun = time.monotonic()
            found = Round(made, number, people, vip).run()
            faults += [f"round {number + 1}: {fault}" for fault in found]
            took = time.monotonic() - begun
            click.echo(f"round {number + 1} of {rounds}: {'; '.join(found) or 'every step once'}, in {took:.0f} s")
    return faults, f"{rounds} rounds of {runs:,} runs, each step and each send once"


class Round:
    """One workflow from its start until the last run has ended."""

    def __init__(self, made: Sky, number: int, people: Sequence[Person], vip: int) -> None:
        self._made, self._people, self._vip, self._number = made, people, vip, number
        self._workflow_id, self._tag_id = surely(self._begin)
        account = surely(lambda: db.session.get_one(Account, made.account_id))
        self._bag = Mailbag(made.port, account, random.Random(made.chance.getrandbits(32)))

    def run(self) -> list[str]:
        """Go through the phases with troubles in each; returns what is wrong."""
        made, people = self._made, self._people
        made.line.api("DELETE", f"/channels/{made.channel_id}/messages")
        bend_answers(made)
        troubles = iter(drawn(made.chance, made.troubles))
        answering = [one for one in people if one.answers]
        self._phase([(one.line_user_id, "start") for one in people], list(islice(troubles, 2)))
        self._wait("node_id = 'delay' AND state = 'waiting'", len(people), "all wait for the delay")
        made.move_clock(PAST_AN_HOUR)
        self._phase([], list(islice(troubles, 1)))
        self._wait(ASKED.format(times=1), len(people), "all are asked")
        self._phase([(one.line_user_id, one.answers[0]) for one in answering], list(islice(troubles, 1)))
        again = [one for one in answering if len(one.answers) > 1]
        self._wait(
            "node_id = 'ask' AND state = 'waiting' AND begun ->> 'asked' = '2'", len(again), "some are asked again"
        )
        self._phase([(one.line_user_id, one.answers[1]) for one in again], list(islice(troubles, 1)))
        self._wait("ended_at IS NOT NULL", len(answering), "those who answered are through")
        made.move_clock(PAST_AN_HOUR)
        self._phase([], list(troubles))
        self._wait("ended_at IS NOT NULL", len(people), "all are through")
        made.line.api("DELETE", "/faults")
        return surely(self._judge)

    def _begin(self) -> tuple[int, int]:
        tag = Tag(account_id=self._made.account_id, name=f"Round {self._number}")
        db.session.add(tag)
        db.session.flush()
        graph = graph_of(self._made.account_id, tag.id, self._vip)
        workflow = create_workflow(f"Round {self._number}", graph=graph, actor=SYSTEM)
        start(workflow.id, actor=SYSTEM)
        db.session.commit()
        return workflow.id, tag.id

    def _phase(self, letters: Sequence[tuple[str, str]], troubles: Sequence[Callable[[], None]]) -> None:
        """Have these people write while the troubles strike."""
        posting = threading.Thread(target=self._bag.post, args=(letters, self._made.skew), daemon=True)
        posting.start()
        for trouble in troubles:
            time.sleep(self._made.chance.uniform(0.1, 1.5))
            trouble()
        posting.join()

    def _wait(self, where: str, number: int, what: str) -> None:
        query = text(f"SELECT count(*) FROM workflow_runs WHERE workflow_id = :id AND leased_until IS NULL AND {where}")

        def there() -> int:
            for statement in _HURRY:
                db.session.execute(text(statement))
            found = int(db.session.execute(query, {"id": self._workflow_id}).scalar_one())
            db.session.commit()
            return found

        until(lambda: surely(there) >= number, f"{what}, in round {self._number + 1}")

    def _judge(self) -> list[str]:
        """Compare history, answers, tags and LINE's log with the model."""
        runs, steps = runs_of(self._workflow_id), steps_of(self._workflow_id)
        said = texts_of(self._made)
        tagged = set(db.session.scalars(select(FriendTag.friend_id).where(FriendTag.tag_id == self._tag_id)))
        by_person = {one.line_user_id: one for one in self._people}
        model = {one: person.steps for one, person in by_person.items()}
        answers = {one: {"drink": p.answers[-1]} if p.answers else {} for one, p in by_person.items()}
        claims = {
            f"{len(runs)} runs of {len(by_person)} people": sorted(one for one, *_ in runs) == sorted(by_person),
            f"states {sorted({str(state) for _, state, _ in runs})}": all(state == "succeeded" for _, state, _ in runs),
            f"steps differ: {_first_difference(steps, model)}": steps == model,
            "answers differ": {one: kept for one, _, kept in runs} == answers,
            f"{len(tagged)} are tagged": len(tagged) == len(by_person),
            f"sends differ: {_first_difference(said, {one: p.texts for one, p in by_person.items()})}": (
                said == {one: person.texts for one, person in by_person.items()}
            ),
        }
        problems = [str(one) for one in problems_of(self._workflow_id)]
        pause(self._workflow_id, actor=SYSTEM)
        db.session.commit()
        return [words for words, holds in claims.items() if not holds] + problems


def graph_of(account_id: int, tag_id: int, vip: int) -> Graph:
    """Return the workflow of a round."""
    is_vip = {
        "version": 1,
        "groups": [{"conditions": [{"property": "tag", "operator": "contains_any", "values": [vip]}]}],
    }
    branch = {"name": "vip", "label": "VIP", "conditions": {str(account_id): is_vip}}
    choices = [{"label": "Tea", "value": "Tea"}, {"label": "Coffee", "value": "Coffee"}]
    question = {"kind": "choices", "choices": choices, "name": "drink", "tries": 2, "repeat": REPEAT}
    question |= {"amount": 1, "unit": "hours", "content": says("Tea or coffee?")}
    nodes = (
        Node("start", "message", {"keywords": [{"text": "start", "match": "equals"}]}, {"next": "tag"}),
        Node("tag", "tag", {"tags": {str(account_id): [tag_id]}, "change": "add"}, {"next": "hello"}),
        Node("hello", "send_message", {"content": says("Hello")}, {"next": "delay"}),
        Node("delay", "delay", {"amount": 1, "unit": "hours"}, {"next": "branch"}),
        Node("branch", "branch", {"branches": [branch]}, {"vip": "vip", "else": "else"}),
        Node("vip", "send_message", {"content": says("For VIPs")}, {"next": "ask"}),
        Node("else", "send_message", {"content": says("For all")}, {"next": "ask"}),
        Node("ask", "question", question, {"next": "thanks", "timeout": "late"}),
        Node("thanks", "send_message", {"content": says("Thank you")}),
        Node("late", "send_message", {"content": says("Another time")}),
    )
    return Graph((account_id,), nodes)


def says(words: str) -> dict[str, Any]:
    return {"version": 1, "messages": [{"kind": "text", "text": words}], "quick_replies": []}


def mark_vips(account_id: int, people: Sequence[Person]) -> int:
    """Tag those who are VIPs; returns the tag's id."""
    tag = Tag(account_id=account_id, name="VIP")
    db.session.add(tag)
    db.session.flush()
    ids = [one.line_user_id for one in people if one.is_vip]
    found = db.session.scalars(select(Friend.id).where(Friend.line_user_id.in_(ids)))
    db.session.add_all(FriendTag(tag_id=tag.id, friend_id=one) for one in found)
    db.session.commit()
    return tag.id


def bend_answers(made: Sky) -> None:
    """Let some pushes be refused, and the answers to some get lost."""
    for kind, status, share in FAULTS:
        wish = {"kind": kind, "method": "POST", "path": PUSH, "probability": share}
        words = {"status": status, "message": "The API rate limit has been exceeded. Try again later."}
        made.line.api("POST", "/faults", wish | (words if status else {}))


def runs_of(workflow_id: int) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the runs as LINE user id, state and answers."""
    columns = (Friend.line_user_id, WorkflowRun.state, WorkflowRun.answers)
    query = select(*columns).join(Friend, Friend.id == WorkflowRun.friend_id)
    return [tuple(row) for row in db.session.execute(query.where(WorkflowRun.workflow_id == workflow_id))]


def steps_of(workflow_id: int) -> dict[str, list[tuple[str, str, str | None]]]:
    """Return the steps by LINE user id."""
    found: defaultdict[str, list[tuple[str, str, str | None]]] = defaultdict(list)
    query = (
        select(Friend.line_user_id, WorkflowStep.node_id, WorkflowStep.result, WorkflowStep.exit)
        .join(WorkflowRun, WorkflowRun.id == WorkflowStep.run_id)
        .join(Friend, Friend.id == WorkflowRun.friend_id)
        .where(WorkflowRun.workflow_id == workflow_id)
        .order_by(WorkflowStep.run_id, WorkflowStep.number)
    )
    for person, *step in db.session.execute(query):
        found[person].append(tuple(step))  # type: ignore[arg-type]
    return dict(found)


def texts_of(made: Sky) -> dict[str, list[str]]:
    """Return what LINE has delivered by LINE user id, in order."""
    log = made.line.api("GET", f"/channels/{made.channel_id}/messages?limit=1000000")["messages"]
    found: defaultdict[str, list[str]] = defaultdict(list)
    for entry in log:
        for to in entry["to"]:
            found[to["id"]] += [one["text"] for one in entry["messages"]]
    return dict(found)


def _first_difference(found: dict[str, Any], expected: dict[str, Any]) -> str:
    differing = [one for one in expected | found if found.get(one) != expected.get(one)]
    if not differing:
        return "nowhere"
    one = differing[0]
    return f"{len(differing)} people, such as {found.get(one)} instead of {expected.get(one)}"
