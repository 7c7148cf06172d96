"""Broadcasts while everything around them fails: LINE's log must hold every reachable friend once.

Each round sends one broadcast: in turn an A/B test, one by multicast, and one by push. While it is being sent, answers
get lost after LINE took a call, LINE refuses calls, and some ids are unknown to it. Each time that a further part of
the people has been sent to, one more trouble strikes: processes are killed, Redis is emptied, PostgreSQL and Redis
crash, and a member pauses it. A round in which one of these came too late fails as well.
`ROUNDS` and `PEOPLE` set how much.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click
from sqlalchemy import select

from app.core.db import db
from app.messages.broadcasts.deal import Deal, waits_for_winner, winner_due_at
from app.messages.broadcasts.models import Broadcast, BroadcastRecipient, BroadcastState, TrackingKind, Variant
from app.messages.broadcasts.operations.confirming import confirm
from app.messages.broadcasts.operations.control import choose_winner, pause, resume
from app.messages.broadcasts.operations.drafts import BroadcastPlan, create_draft
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.broadcasts.verify import verify
from app.messages.content import message_set
from app.messages.content.message_set import MessageSet
from app.team.actors import SYSTEM
from tests.chaos.sky import Sky, drawn, sky, surely, until

MULTICAST, PUSH = "/v2/bot/message/multicast", "/v2/bot/message/push"
UNKNOWN_IDS = 3
# How long LINE's answers take, so that there is time for troubles: of pushes up to so much divided by the people.
MULTICAST_MS, PUSH_MS = (500, 4_000), 2_000_000
# Kind, status and share of the calls.
FAULTS = (("lost", 0, 0.08), ("status", 500, 0.08), ("status", 429, 0.05), ("reset", 0, 0.03))
# How many people are sent to, at least, between two moments at which troubles strike; there are two moments at least.
APART = 2_500
WORDS = "Hello, a new tea has come: https://shop.example.com/tea"
OTHER_WORDS = "Try our new tea today: https://shop.example.com/tea"
# Percent of the people who take part in a test.
TEST_SHARE = 40
ENDED = (BroadcastState.SENT, BroadcastState.FAILED, BroadcastState.STOPPED, BroadcastState.DECISION)


def run(_seconds: int, chance: random.Random) -> tuple[list[str], str]:
    """Run the rounds; returns what was wrong, and what was done."""
    rounds, people = int(os.environ.get("ROUNDS") or 100), int(os.environ.get("PEOPLE") or 20_000)
    faults = list[str]()
    with sky("chaos_broadcasts", people, chance, UNKNOWN_IDS) as made:
        for number in range(rounds):
            begun = time.monotonic()
            found = one_round(made, number)
            faults += [f"round {number + 1}: {fault}" for fault in found]
            took = time.monotonic() - begun
            click.echo(f"round {number + 1} of {rounds}: {'; '.join(found) or 'everyone once'}, in {took:.0f} s")
    return faults, f"{rounds} broadcasts to {people:,} people, each once"


def one_round(made: Sky, number: int) -> list[str]:
    """Send one broadcast through troubles; returns what is wrong with it."""
    made.line.api("DELETE", f"/channels/{made.channel_id}/messages")
    bend_answers(made)
    broadcast_id = surely(lambda: confirmed(made.account_id, number))
    faults = [f"{trouble.__name__} came when it was over" for trouble in too_late(made, broadcast_id)]
    made.line.api("DELETE", "/faults")
    until(lambda: surely(lambda: share_done(broadcast_id)) == 1.0, f"broadcast {broadcast_id} ends")
    return faults + surely(lambda: judge(made, broadcast_id))


def bend_answers(made: Sky) -> None:
    """Let some of LINE's answers to calls that send be errors or get lost, and let all take their time."""
    for path, (least, most) in {MULTICAST: MULTICAST_MS, PUSH: (10, PUSH_MS / len(made.people))}.items():
        for kind, status, share in FAULTS:
            wish = {"kind": kind, "method": "POST", "path": path, "probability": share}
            words = {"status": status, "message": "The API rate limit has been exceeded. Try again later."}
            made.line.api("POST", "/faults", wish | (words if status else {}))
        made.line.api("POST", "/faults", {"kind": "latency", "min_ms": least, "max_ms": most, "path": path})


def too_late(made: Sky, broadcast_id: int) -> list[Callable[[], None]]:
    """Let the troubles strike at equal parts of the people; returns those for which it was over too early."""

    def a_pause() -> None:
        surely(lambda: pause_sending(made.account_id))

    troubles = drawn(made.chance, [*made.troubles, a_pause])
    moments = min(len(troubles), max(2, len(made.people) // APART))
    for moment in range(moments):
        part = (moment + 0.5) / moments
        until(lambda part=part: surely(lambda: share_done(broadcast_id)) >= part, f"{part:.0%} are sent to")  # type: ignore[misc]
        if surely(lambda: share_done(broadcast_id)) == 1.0:
            return [trouble for later in range(moment, moments) for trouble in troubles[later::moments]]
        for trouble in troubles[moment::moments]:
            trouble()
    return []


def pause_sending(account_id: int) -> None:
    """Pause what is being sent, as a member does; `share_done` resumes it."""
    sending = select(Broadcast.id).where(Broadcast.state == BroadcastState.SENDING)
    for broadcast_id in db.session.scalars(sending).all():
        pause(account_id, broadcast_id, actor=SYSTEM)
    db.session.commit()


def confirmed(account_id: int, number: int) -> int:
    """Store and confirm a broadcast; where each person has links of their own, it is pushed."""
    tracking = TrackingKind.LINK if number % 3 == 1 or number % 6 == 3 else TrackingKind.PERSON
    plan = BroadcastPlan(f"Round {number}", AudienceChoice(), words(WORDS), tracking)
    if number % 3 == 0:
        plan = replace(plan, content_b=words(OTHER_WORDS), test_share=TEST_SHARE, winner_after_hours=1)
    draft = create_draft(account_id, plan, actor=SYSTEM)
    confirm(account_id, draft.id, seen=draft.version, actor=SYSTEM)
    db.session.commit()
    return draft.id


def words(text: str) -> MessageSet:
    return message_set.read({"messages": [{"kind": "text", "text": text}]})


def share_done(broadcast_id: int) -> float:
    """Return which share of the people has an outcome; 1 only when it is over.

    A member resumes a broadcast that trouble paused, and ends the wait of a test for B.
    """
    found = db.session.get_one(Broadcast, broadcast_id, populate_existing=True)
    if found.state == BroadcastState.PAUSED:
        resume(found.account_id, broadcast_id, actor=SYSTEM)
    if found.state == BroadcastState.SENDING and waits_for_winner(found) and winner_due_at(found) is not None:
        choose_winner(found.account_id, broadcast_id, Variant.B, actor=SYSTEM)
    is_over = found.state in ENDED and found.finished_at is not None
    people = sum(found.counts.values())
    share = 1.0 - found.counts["waiting"] / people if people else 0.0
    db.session.commit()
    return 1.0 if is_over else min(share, 0.999)


def judge(made: Sky, broadcast_id: int) -> list[str]:
    """Compare LINE's log with the people, and the ledger with itself."""
    broadcast, verdict = db.session.get_one(Broadcast, broadcast_id), verify(broadcast_id)
    counts = {state: people for state, people in verdict.counts.items() if people}
    log = made.line.api("GET", f"/channels/{made.channel_id}/messages?limit=1000000")["messages"]
    reached = sorted(to["id"] for entry in log for to in entry["to"] if to["delivered"])
    claims = {
        f"it is {broadcast.state} ({broadcast.reason})": broadcast.state == BroadcastState.SENT,
        f"{len(reached) - len(set(reached))} were reached twice": len(reached) == len(set(reached)),
        f"{len(set(made.people) - set(reached))} were missed": set(made.people) <= set(reached),
        f"the counts are {counts}": counts == {"sent": len(made.people), "refused": UNKNOWN_IDS},
        "someone got the other set": not Deal.of(broadcast) or sets_of(log).items() <= dealt(broadcast).items(),
    }
    db.session.rollback()
    return [words for words, holds in claims.items() if not holds] + verdict.problems


def sets_of(log: list[dict[str, Any]]) -> dict[str, Variant]:
    """Return by LINE user id which set LINE delivered."""
    by_words = {WORDS.partition(":")[0]: Variant.A, OTHER_WORDS.partition(":")[0]: Variant.B}
    said = [(entry["to"], by_words[entry["messages"][0]["text"].partition(":")[0]]) for entry in log]
    return {to["id"]: variant for people, variant in said for to in people if to["delivered"]}


def dealt(broadcast: Broadcast) -> dict[str, Variant]:
    """Return by LINE user id which set each person is to get: their half's, or B as the winner."""
    mine = select(BroadcastRecipient.line_user_id, BroadcastRecipient.variant)
    found = db.session.execute(mine.where(BroadcastRecipient.broadcast_id == broadcast.id))
    return {row.line_user_id: Variant(row.variant or Variant.B) for row in found}
