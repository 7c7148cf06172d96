"""Lists of other services' records: to choose from, which are used, and their members as last read."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, Text, collate, delete, func, select, text, update

from app.core.clock import database_now
from app.core.db import db
from app.core.errors import NotFound
from app.integrations.shared.models import RemoteList, RemoteListMember
from app.integrations.shared.operations import tell_known, tell_members

# So many are offered at once; typing finds the others.
OFFERED = 50
# Settings of steps that hold a list by account, whose members are wanted.
WATCHED = "watched_lists"
# Conditions name a list by its id, in definitions for several accounts by its name; triggers by its id.
_NAMED = text("""
    WITH mine AS (SELECT account_id FROM integration_accounts WHERE integration_id = :integration_id),
    documents AS (
        SELECT definition AS document FROM segments JOIN mine USING (account_id)
        UNION ALL
        SELECT graph FROM workflow_versions JOIN workflow_accounts USING (workflow_id) JOIN mine USING (account_id)
        UNION ALL
        SELECT graph FROM workflow_drafts JOIN workflow_accounts USING (workflow_id) JOIN mine USING (account_id))
    SELECT DISTINCT value #>> '{}' FROM documents,
        jsonb_path_query(document, '$.** ? (@.property == $property).values[*]',
                         jsonb_build_object('property', CAST(:property AS text)), true) AS value
    WHERE strpos(CAST(document AS text), :property) > 0
    UNION
    SELECT value #>> '{}' FROM documents,
        jsonb_path_query(document, '$.nodes[*].settings.watched_lists.*', '{}', true) AS value
    WHERE strpos(CAST(document AS text), 'watched_lists') > 0
""")
_STORE = text("""
    INSERT INTO remote_lists AS known (integration_id, remote_id, name, is_active, size)
    SELECT :integration_id, remote_id, name, is_active, size
    FROM json_to_recordset(CAST(:rows AS json)) AS given (remote_id text, name text, is_active boolean, size bigint)
    ORDER BY remote_id
    ON CONFLICT (integration_id, remote_id) DO UPDATE SET
        name = excluded.name, is_active = excluded.is_active, size = coalesce(excluded.size, known.size),
        deleted_at = NULL
""")
_JOIN = text("""
    INSERT INTO remote_list_members (list_id, remote_id, seen_run_id)
    SELECT :list_id, remote_id, :run_id FROM unnest(CAST(:remote_ids AS text[])) AS remote_id ORDER BY remote_id
    ON CONFLICT (list_id, remote_id) DO UPDATE SET seen_run_id = excluded.seen_run_id
    RETURNING CASE WHEN xmax = 0 THEN remote_id END
""")


@dataclass(frozen=True)
class ReadList:
    """A list as the service tells it."""

    remote_id: str
    name: str
    is_active: bool
    size: int | None


def lists_like(integration_id: int, typed: str, keep: Collection[int]) -> Sequence[RemoteList]:
    """Return lists to choose from, by name; those to `keep` (chosen already) come first, whatever their names."""
    holds = func.strpos(func.search_fold(RemoteList.name), func.search_fold(typed.strip(), type_=Text)) > 0
    query = _lists(integration_id).where(RemoteList.id.not_in(keep), *([holds] if typed.strip() else []))
    return [*lists_by_id(integration_id, keep), *db.session.scalars(query.limit(OFFERED))]


def count_lists(integration_id: int) -> int:
    """Return how many lists the service has."""
    there = RemoteList.integration_id == integration_id, RemoteList.deleted_at.is_(None)
    return db.session.scalar(select(func.count()).select_from(RemoteList).where(*there)) or 0


def get_list(integration_id: int, list_id: int) -> RemoteList:
    """Return the list; raises NotFound."""
    found = lists_by_id(integration_id, [list_id])
    if not found:
        raise NotFound
    return found[0]


def lists_by_id(integration_id: int, list_ids: Collection[int]) -> Sequence[RemoteList]:
    """Return those of these lists that there are, by name."""
    if not list_ids:
        return []
    return db.session.scalars(_lists(integration_id).where(RemoteList.id.in_(list_ids))).all()


def lists_by_name(integration_id: int, names: Collection[str]) -> dict[str, RemoteList]:
    """Return the lists of these names; of equal names the one that was there first."""
    query = _lists(integration_id).where(RemoteList.name.in_(names))
    found = sorted(db.session.scalars(query), key=lambda one: one.id, reverse=True)
    return {one.name: one for one in found}


def _lists(integration_id: int) -> Select[Any]:
    there = RemoteList.integration_id == integration_id, RemoteList.deleted_at.is_(None)
    return select(RemoteList).where(*there).order_by(collate(func.search_fold(RemoteList.name), "C"), RemoteList.id)


def used_lists(integration_id: int, property_name: str) -> Sequence[RemoteList]:
    """Return the lists whose members are wanted: those in conditions of segments and workflows, and switched on ones.

    `property_name` is the name of the property of conditions that asks for lists.
    """
    named = set(db.session.scalars(_NAMED, {"integration_id": integration_id, "property": property_name}))
    rows = db.session.scalars(_lists(integration_id))
    return [one for one in rows if one.is_switched_on or str(one.id) in named or one.name in named]


def store_lists(integration_id: int, lists: Iterable[ReadList]) -> None:
    """Store what all lists are called now; those that are not among them are gone at the service."""
    rows = list({one.remote_id: asdict(one) for one in lists}.values())
    db.session.execute(_STORE, {"integration_id": integration_id, "rows": json.dumps(rows)})
    gone = _write(integration_id).where(RemoteList.remote_id.not_in([row["remote_id"] for row in rows]))
    db.session.execute(gone.where(RemoteList.deleted_at.is_(None)).values(deleted_at=database_now()))


def remote_id_of(list_id: int) -> str:
    """Return the list's id at the service; raises NotFound."""
    found = db.session.scalar(select(RemoteList.remote_id).where(RemoteList.id == list_id))
    if found is None:
        raise NotFound
    return found


def add_members(list_id: int, remote_ids: Sequence[str], run_id: int) -> None:
    """Put records on a list, as one page of its members says."""
    if not remote_ids:
        return
    rows = db.session.scalars(_JOIN, {"list_id": list_id, "run_id": run_id, "remote_ids": list(remote_ids)})
    tell_members(list_id, [one for one in rows if one is not None], is_added=True)


def finish_members(list_id: int, run_id: int) -> int:
    """Take those off the list whom this run has not seen, now that all pages are read; return how many are on it."""
    gone = delete(RemoteListMember).where(
        RemoteListMember.list_id == list_id, RemoteListMember.seen_run_id.is_distinct_from(run_id)
    )
    left_it = db.session.scalars(
        gone.returning(RemoteListMember.remote_id).execution_options(synchronize_session=False)
    ).all()
    tell_members(list_id, left_it, is_added=False)
    left = db.session.scalar(select(func.count()).where(RemoteListMember.list_id == list_id)) or 0
    known = db.session.execute(
        select(RemoteList.integration_id, RemoteList.is_followed).where(RemoteList.id == list_id)
    )
    integration_id, was_known = known.one()
    moments = {"synced_at": database_now(), "checked_at": database_now()}
    note_members(list_id, **moments, members=left, problem=None, problem_values={}, is_followed=True)
    if not was_known:
        tell_known(integration_id, list_id)
    return left


def note_checked(list_ids: Collection[int]) -> None:
    """Note that the members of these lists were looked at and are all known still."""
    checked = update(RemoteList).where(RemoteList.id.in_(list_ids), RemoteList.problem.is_(None))
    db.session.execute(checked.values(checked_at=database_now()).execution_options(synchronize_session=False))


def forget_unused(integration_id: int, used: Collection[RemoteList]) -> None:
    """Stop following lists that nothing uses any more: who joins them until they are used again is not told of."""
    change = _write(integration_id).where(RemoteList.is_followed, RemoteList.id.not_in([one.id for one in used]))
    db.session.execute(change.values(is_followed=False))


def note_members(list_id: int, **values: Any) -> None:
    """Store on the list what came of reading its members."""
    changed = update(RemoteList).where(RemoteList.id == list_id).values(**values)
    db.session.execute(changed.execution_options(synchronize_session=False))


def _write(integration_id: int) -> Any:
    stored = update(RemoteList).where(RemoteList.integration_id == integration_id)
    return stored.execution_options(synchronize_session=False)
