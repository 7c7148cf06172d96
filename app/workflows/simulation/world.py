"""Copies of friends on which effects are pretended, for the length of one transaction.

Temporary tables of the same names stand before the real ones, so that every query sees the copies: the conditions of
segments, values in texts, and dates of friends. No real row is locked or changed, and the transaction is rolled back.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text, update
from sqlalchemy.orm import Session

from app.core.db import db, released
from app.core.values import phones
from app.friends.models import SEARCHED
from app.friends.values import CUSTOM, STANDARD
from app.messages.conversations.models import Conversation

# Tables that effects change and conditions ask about, with the column that names the friend.
COPIED = {"friends": "id", "friend_tags": "friend_id", "workflow_answers": "friend_id", "conversations": "friend_id"}
# The id of a friend who was invented.
INVENTED = -1
_COLUMNS = frozenset(field.name for field in STANDARD)
_TAG = text("""
    INSERT INTO pg_temp.friend_tags (tag_id, friend_id)
    SELECT tag_id, friend_id
    FROM json_to_recordset(CAST(:rows AS json)) AS given (tag_id bigint, friend_id bigint)
    WHERE NOT EXISTS (
        SELECT FROM pg_temp.friend_tags AS other
        WHERE other.friend_id = given.friend_id AND other.tag_id = given.tag_id)
    RETURNING friend_id, tag_id
""")
_UNTAG = text("""
    DELETE FROM pg_temp.friend_tags AS tagged
    USING json_to_recordset(CAST(:rows AS json)) AS given (tag_id bigint, friend_id bigint)
    WHERE tagged.friend_id = given.friend_id AND tagged.tag_id = given.tag_id
    RETURNING tagged.friend_id, tagged.tag_id
""")
_SET_CUSTOM = text("""
    UPDATE pg_temp.friends AS friend
    SET attributes = jsonb_strip_nulls(friend.attributes || jsonb_build_object(CAST(:key AS text), given.value))
    FROM json_to_recordset(CAST(:rows AS json)) AS given (friend_id bigint, value jsonb)
    WHERE friend.id = given.friend_id AND friend.attributes -> CAST(:key AS text) IS DISTINCT FROM given.value
    RETURNING friend.id
""")
_ANSWER = text("""
    WITH given AS MATERIALIZED (
        SELECT workflow_id, name, friend_id, value
        FROM json_to_recordset(CAST(:rows AS json)) AS given (
            workflow_id bigint, name text, friend_id bigint, value jsonb)
    ), forgotten AS (
        DELETE FROM pg_temp.workflow_answers AS answer USING given
        WHERE answer.workflow_id = given.workflow_id AND answer.name = given.name
            AND answer.friend_id = given.friend_id
    )
    INSERT INTO pg_temp.workflow_answers (workflow_id, name, friend_id, value)
    SELECT workflow_id, name, friend_id, value FROM given
""")
_INVENT = text("""
    INSERT INTO pg_temp.friends (id, account_id, line_user_id, display_name, origin, follow_status, search_text,
                                 name_sort)
    VALUES (:id, :account_id, :line_user_id, :name, 'webhook', 'following', '', '')
""")
_FOLD = text(f"""
    UPDATE pg_temp.friends SET search_text = {SEARCHED}, name_sort = search_fold(coalesce(display_name, ''))
    WHERE id = :id
""")  # noqa: S608


_TALK = text("""
    INSERT INTO pg_temp.conversations (id, account_id, chat_id, kind, friend_id)
    SELECT -friend.id, friend.account_id, friend.line_user_id, 'friend', friend.id
    FROM pg_temp.friends AS friend
    WHERE friend.id = ANY(:ids)
        AND NOT EXISTS (SELECT FROM pg_temp.conversations AS other WHERE other.friend_id = friend.id)
""")


@contextmanager
def pretended(friend_ids: Collection[int]) -> Iterator[None]:
    """Let queries and effects see copies of these friends inside the block; everything is rolled back at its end.

    Rows that were loaded before are read again when they are next used.
    """
    with released():
        session = db.session()
        event.listen(session, "before_commit", _refuse)
        try:
            _use_no_prepared_plans()
            for table, column in COPIED.items():
                _copy(table, column, friend_ids)
            yield
        finally:
            event.remove(session, "before_commit", _refuse)
            db.session.rollback()


def _refuse(session: Session) -> None:
    if not session.in_nested_transaction():
        raise RuntimeError("A simulation stores nothing.")


def _use_no_prepared_plans() -> None:
    """Keep the driver from plans of before: they would read the real tables.

    The connection prepares statements again once it is back in the pool and taken out by the next transaction.
    """
    driver: Any = db.session.connection().connection.driver_connection
    before = driver.prepare_threshold
    driver.prepare_threshold = None

    @event.listens_for(db.session(), "after_rollback", once=True)
    def restore(_session: Session) -> None:
        driver.prepare_threshold = before


def _copy(table: str, column: str, friend_ids: Collection[int]) -> None:
    schema = db.session.scalar(text("SELECT current_schema()"))
    real = f'"{schema}".{table}'
    db.session.execute(text(f"CREATE TEMP TABLE {table} (LIKE {real} INCLUDING DEFAULTS) ON COMMIT DROP"))
    rows = text(f"INSERT INTO pg_temp.{table} SELECT * FROM {real} WHERE {column} = ANY(:ids)")  # noqa: S608
    db.session.execute(rows, {"ids": sorted(friend_ids)})
    db.session.execute(text(f"CREATE INDEX ON pg_temp.{table} ({column})"))
    # Of a few thousand rows the planner needs no more than their number and this column.
    db.session.execute(text(f"ANALYZE pg_temp.{table} ({column})"))


def invent(account_id: int, name: str, tag_ids: Sequence[int], values: Mapping[str, Any]) -> int:
    """Add a friend who exists in the copies alone; returns the id."""
    about = {"id": INVENTED, "account_id": account_id, "line_user_id": f"U{0:032x}", "name": name or None}
    db.session.execute(_INVENT, about)
    change_tags([(INVENTED, one) for one in tag_ids], is_added=True)
    for field, value in values.items():
        set_values(field, {INVENTED: value})
    db.session.execute(_FOLD, {"id": INVENTED})
    return INVENTED


def change_tags(pairs: Collection[tuple[int, int]], *, is_added: bool) -> set[tuple[int, int]]:
    """Put tags on copies or take them off, given as (friend id, tag id); returns the pairs that changed."""
    rows = [{"friend_id": friend_id, "tag_id": tag_id} for friend_id, tag_id in sorted(set(pairs))]
    changed = db.session.execute(_TAG if is_added else _UNTAG, {"rows": json.dumps(rows)})
    return {(friend_id, tag_id) for friend_id, tag_id in changed}


def set_values(field: str, values: Mapping[int, Any]) -> set[int]:
    """Store a checked value of a field in copies, by friend id; None empties it. Returns whose value changed."""
    rows = json.dumps([{"friend_id": friend_id, "value": value} for friend_id, value in values.items()])
    if field.startswith(CUSTOM):
        return set(db.session.scalars(_SET_CUSTOM, {"key": field.removeprefix(CUSTOM), "rows": rows}))
    if field not in _COLUMNS:
        return set()
    if field == "phone":
        numbers = {one: phones.normal(value) if value else None for one, value in values.items()}
        _set_column("phone_normal", json.dumps([{"friend_id": one, "value": no} for one, no in numbers.items()]))
    return _set_column(field, rows)


def _set_column(column: str, rows: str) -> set[int]:
    """Write a column, whose name is one of ours; returns whose value changed."""
    statement = f"""
        UPDATE pg_temp.friends AS friend SET {column} = given.value #>> '{{}}'
        FROM json_to_recordset(CAST(:rows AS json)) AS given (friend_id bigint, value jsonb)
        WHERE friend.id = given.friend_id AND friend.{column} IS DISTINCT FROM given.value #>> '{{}}'
        RETURNING friend.id
    """  # noqa: S608
    return set(db.session.scalars(text(statement), {"rows": rows}))


def change_conversations(friend_ids: Collection[int], **values: Any) -> None:
    """Write these columns of the conversations with copied friends; one begins where there is none."""
    ids = list(friend_ids)
    db.session.execute(_TALK, {"ids": ids})
    if values:
        statement = update(Conversation).where(Conversation.friend_id.in_(ids)).values(values)
        db.session.execute(statement.execution_options(synchronize_session=False))


def keep_answer_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Store answers to questions beside the copies, of which segments ask, in place of earlier ones."""
    if rows:
        db.session.execute(_ANSWER, {"rows": json.dumps(list(rows), default=str)})
