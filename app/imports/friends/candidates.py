"""The followers that LINE listed, as a set in the database: every count of an import follows from these rows.

All of it is set-based and happens in the caller's transaction, together with the progress of the run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import TextClause, delete, exists, func, select, text, update

from app.core.db import db
from app.imports.friends.models import CandidateState, ImportCandidate

# So often a person's profile may go wrong while others' come before the run passes over them.
TRIES = 3

_ADD = text("""
    INSERT INTO import_candidates (account_id, line_user_id, state)
    SELECT :account_id, listed.id, CASE WHEN friends.id IS NULL THEN 'pending' ELSE 'done' END
    FROM unnest(CAST(:ids AS text[])) AS listed (id)
    LEFT JOIN friends ON friends.account_id = :account_id AND friends.line_user_id = listed.id
    ON CONFLICT DO NOTHING
    RETURNING state
""")
_SETTLE = text("""
    UPDATE import_candidates SET state = settled.state
    FROM json_each_text(CAST(:states AS json)) AS settled (id, state)
    WHERE account_id = :account_id AND line_user_id = settled.id
""")
_COUNT_TROUBLE = text("""
    UPDATE import_candidates
    SET attempts = attempts + 1, state = CASE WHEN attempts + 1 >= :tries THEN 'failed' ELSE state END
    WHERE account_id = :account_id AND line_user_id = ANY(:ids)
    RETURNING state
""")


def add_listed(account_id: int, ids: Sequence[str]) -> tuple[int, int]:
    """Remember a page of followers; returns how many were not listed before, and how many of these are friends here."""
    states = _states(_ADD, account_id=account_id, ids=list(ids))
    return len(states), states.count(CandidateState.DONE)


def next_pending(account_id: int, after: str, limit: int) -> list[str]:
    """Return the next followers whose profile is to be fetched, in the order of their ids."""
    query = (
        select(ImportCandidate.line_user_id)
        .where(ImportCandidate.account_id == account_id, ImportCandidate.state == CandidateState.PENDING)
        .where(ImportCandidate.line_user_id > after)
        .order_by(ImportCandidate.line_user_id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def any_pending(account_id: int) -> bool:
    """Return whether profiles are left to fetch."""
    where = (ImportCandidate.account_id == account_id, ImportCandidate.state == CandidateState.PENDING)
    return bool(db.session.scalar(select(exists().where(*where))))


def settle(account_id: int, states: Mapping[str, CandidateState]) -> None:
    """Store the outcome for these followers."""
    db.session.execute(_SETTLE, {"account_id": account_id, "states": json.dumps(states)})


def count_trouble(account_id: int, ids: Sequence[str]) -> int:
    """Count one more failure for each of these followers; returns how many are given up for this run."""
    states = _states(_COUNT_TROUBLE, account_id=account_id, ids=list(ids), tries=TRIES)
    return states.count(CandidateState.FAILED)


def tally(account_id: int) -> tuple[int, int]:
    """Count the listed followers, and those that are done."""
    is_done = ImportCandidate.state == CandidateState.DONE
    query = select(func.count(), func.count().filter(is_done)).where(ImportCandidate.account_id == account_id)
    listed, done = db.session.execute(query).one()
    return listed, done


def try_again(account_id: int) -> None:
    """Make the followers that the last run passed over pending again."""
    db.session.execute(
        update(ImportCandidate)
        .where(ImportCandidate.account_id == account_id)
        .where(ImportCandidate.state.in_((CandidateState.UNAVAILABLE, CandidateState.FAILED)))
        .values(state=CandidateState.PENDING, attempts=0)
        .execution_options(synchronize_session=False)
    )


def forget(account_id: int) -> None:
    """Remove the whole list of an account."""
    statement = delete(ImportCandidate).where(ImportCandidate.account_id == account_id)
    db.session.execute(statement.execution_options(synchronize_session=False))


def _states(statement: TextClause, **values: Any) -> list[str]:
    return list(db.session.scalars(statement, values))
