"""Let runs go on for which an awaited event has come."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from sqlalchemy import text

from app.core.db import db
from app.workflows.engine.happenings import Happening
from app.workflows.engine.runs import wake

ANSWER = "answer"
# Kept beside ANSWER by a question whose answers may start workflows as well.
SHARED = "shared"
# Of several questions to one friend, the one asked last has the answer. A run that is held keeps what has come.
_RESUME = text("""
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (
            number bigint, friend_id bigint, account_id bigint, word text, event jsonb)
    ),
    fitting AS (
        SELECT run.id, run.awaits, given.number, given.word, given.event,
               row_number() OVER (
                   PARTITION BY given.number ORDER BY run.begun ->> 'asked_at' DESC NULLS LAST, run.id DESC) AS place,
               row_number() OVER (PARTITION BY run.id ORDER BY given.number) AS first
        FROM workflow_runs AS run JOIN given ON given.friend_id = run.friend_id
        WHERE run.awaits IS NOT NULL AND run.account_id = given.account_id AND run.ended_at IS NULL
          AND given.word = ANY(run.awaits)
    ),
    chosen AS (SELECT * FROM fitting WHERE first = 1 AND (word <> 'answer' OR place = 1)),
    held AS (SELECT id FROM workflow_runs WHERE id IN (SELECT id FROM chosen) ORDER BY id FOR NO KEY UPDATE)
    UPDATE workflow_runs AS run
    SET event = chosen.event, awaits = NULL,
        state = CASE WHEN run.state = 'held' THEN run.state ELSE 'running' END,
        due_at = CASE WHEN run.state = 'held' THEN NULL ELSE statement_timestamp() END,
        held_due_at = CASE WHEN run.state = 'held' THEN statement_timestamp() END
    FROM chosen, held
    WHERE run.id = chosen.id AND held.id = run.id AND run.awaits IS NOT NULL
    RETURNING chosen.number, 'shared' = ANY(chosen.awaits) AS is_shared, chosen.word
""")
_WAITING = text("SELECT DISTINCT friend_id FROM workflow_runs WHERE friend_id = ANY(:ids) AND awaits IS NOT NULL")
_DUE = text("""
    UPDATE workflow_runs SET due_at = statement_timestamp(), awaits = NULL
    WHERE id = ANY(:ids) AND state = 'waiting' AND awaits IS NOT NULL AND 'send' = ANY(awaits)
""")


def resume(happenings: Sequence[Happening]) -> set[str]:
    """Give these events to the runs that wait for them; returns the keys of those that now belong to a question."""
    waiting = awaited_friends({one.friend_id for one in happenings if one.word is not None})
    if not waiting:
        return set()
    told = [(number, one) for number, one in enumerate(happenings) if one.word is not None and one.friend_id in waiting]
    rows = [
        {
            "number": number,
            "friend_id": one.friend_id,
            "account_id": one.account_id,
            "word": one.word,
            "event": {"kind": one.kind, "key": one.key, **one.data},
        }
        for number, one in told
    ]
    resumed = db.session.execute(_RESUME, {"rows": json.dumps(rows, default=str)}).all()
    if resumed:
        wake()
    return {happenings[row.number].key for row in resumed if row.word == ANSWER and not row.is_shared}


def awaited_friends(friend_ids: Collection[int]) -> set[int]:
    """Return those of these friends of whom a run waits for an event; few do when many are tagged at once."""
    return set(db.session.scalars(_WAITING, {"ids": list(friend_ids)})) if friend_ids else set()


def resume_runs(run_ids: Collection[int]) -> None:
    """Let runs look again whose send has been settled."""
    if run_ids and db.session.execute(_DUE, {"ids": sorted(run_ids)}).rowcount:  # type: ignore[attr-defined]
        wake()
