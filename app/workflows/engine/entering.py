"""Start runs for what happens to friends: each workflow once for an event, as its re-entry rule allows."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, text, tuple_

from app.core.clock import database_now
from app.core.db import db
from app.workflows.definition.graph import NEXT
from app.workflows.definition.kinds import TRIGGERS, sends_after
from app.workflows.definition.structure import following
from app.workflows.engine.happenings import Happening
from app.workflows.engine.loading import graph_of, who_fits
from app.workflows.engine.performing import causing_chain
from app.workflows.engine.runs import wake
from app.workflows.engine.saving import count_days, count_nodes
from app.workflows.engine.spam import in_spam
from app.workflows.models import ReEntry, Workflow, WorkflowTrigger

# The row of a friend who has been there keeps its moment; it is locked, so that two events enter one after the other.
_LOCK_ENTRIES = text("""
    INSERT INTO workflow_entries (workflow_id, friend_id)
    SELECT :workflow_id, friend_id FROM unnest(CAST(:friend_ids AS bigint[])) AS friend_id ORDER BY friend_id
    ON CONFLICT (workflow_id, friend_id) DO UPDATE SET workflow_id = excluded.workflow_id
    RETURNING friend_id, entered_at
""")
_NOTE_ENTRIES = text("""
    UPDATE workflow_entries SET entered_at = statement_timestamp()
    WHERE workflow_id = :workflow_id AND friend_id = ANY(:friend_ids)
""")
_ENTER = text("""
    INSERT INTO workflow_runs (workflow_id, version_id, account_id, friend_id, event_key, trigger_node, trigger, chain,
                               node_id, due_at, started_at)
    SELECT :workflow_id, version_id, account_id, friend_id, event_key, trigger_node, trigger, chain, node_id,
           statement_timestamp(), statement_timestamp()
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (
        version_id bigint, account_id bigint, friend_id bigint, event_key text, trigger_node text, trigger jsonb,
        chain jsonb, node_id text, number bigint)
    WHERE NOT :one_at_a_time OR NOT EXISTS (
        SELECT FROM workflow_runs AS other
        WHERE other.workflow_id = :workflow_id AND other.friend_id = given.friend_id AND other.ended_at IS NULL)
    ORDER BY number
    ON CONFLICT (workflow_id, event_key, friend_id) DO NOTHING
    RETURNING friend_id, version_id, trigger_node
""")
_KNOWN = text("""
    SELECT friend_id, event_key FROM workflow_runs
    WHERE workflow_id = :workflow_id AND event_key = ANY(:event_keys) AND friend_id = ANY(:friend_ids)
""")

_TRIGGERS = (
    select(
        WorkflowTrigger.workflow_id,
        WorkflowTrigger.version_id,
        WorkflowTrigger.account_id,
        WorkflowTrigger.node_id,
        WorkflowTrigger.kind,
        WorkflowTrigger.settings,
        Workflow.re_entry,
        Workflow.re_entry_days,
    )
    .join(Workflow, Workflow.id == WorkflowTrigger.workflow_id)
    .where(tuple_(WorkflowTrigger.account_id, WorkflowTrigger.kind).in_(bindparam("places", expanding=True)))
    .order_by(WorkflowTrigger.workflow_id, WorkflowTrigger.node_id)
)


@dataclass(frozen=True)
class _Entry:
    happening: Happening
    trigger: Row[Any]


def enter(happenings: Sequence[Happening]) -> int:
    """Start the runs that these events start, in the caller's transaction; returns how many."""
    triggers = _triggers({(one.account_id, one.kind) for one in happenings})
    if not triggers:
        return 0
    entries: defaultdict[int, list[_Entry]] = defaultdict(list)
    for happening in happenings:
        for workflow_id, found in triggers.get((happening.account_id, happening.kind), {}).items():
            fitting = (one for one in found if _matches(one, happening))
            entries[workflow_id] += [_Entry(happening, one) for one in fitting]
    wanted = _without_spam(entries)
    started = {workflow_id: _enter(workflow_id, some) for workflow_id, some in sorted(wanted.items()) if some}
    count_days(Counter({(workflow_id, "started"): number for workflow_id, number in started.items() if number}))
    if any(started.values()):
        wake()
    return sum(started.values())


def _without_spam(entries: Mapping[int, Sequence[_Entry]]) -> dict[int, list[_Entry]]:
    """Leave out friends whose conversation is spam: no workflow starts for them."""
    left_out = in_spam({one.happening.friend_id for some in entries.values() for one in some})
    return {
        workflow_id: [one for one in some if one.happening.friend_id not in left_out]
        for workflow_id, some in entries.items()
    }


def listening_accounts(account_ids: Collection[int], kind: str) -> set[int]:
    """Return those of these accounts for which events of this kind start a workflow."""
    mine = WorkflowTrigger.account_id.in_(account_ids), WorkflowTrigger.kind == kind
    return set(db.session.scalars(select(WorkflowTrigger.account_id).where(*mine)))


def _triggers(places: Collection[tuple[int, str]]) -> dict[tuple[int, str], dict[int, list[Row[Any]]]]:
    """Return the triggers of active workflows for these accounts and kinds, by workflow."""
    found: defaultdict[tuple[int, str], defaultdict[int, list[Row[Any]]]] = defaultdict(lambda: defaultdict(list))
    kinds = {kind for _account_id, kind in places}
    usable = {kind for kind in kinds if kind in TRIGGERS and TRIGGERS[kind].unavailable() is None}
    for row in db.session.execute(_TRIGGERS, {"places": sorted(one for one in places if one[1] in usable)}):
        found[row.account_id, row.kind][row.workflow_id].append(row)
    return {place: dict(by_workflow) for place, by_workflow in found.items()}


def _matches(trigger: Row[Any], happening: Happening) -> bool:
    if not TRIGGERS[trigger.kind].matches(trigger.settings, happening.data):
        return False
    if happening.may_send:
        return True
    graph = graph_of(trigger.version_id)
    return not sends_after(graph, following(graph, [trigger.node_id]))


def _enter(workflow_id: int, entries: Sequence[_Entry]) -> int:
    entries = _narrowed(entries)
    if not entries:
        return 0
    rule, days = entries[0].trigger.re_entry, entries[0].trigger.re_entry_days
    if rule != ReEntry.EVERY:
        entries = _allowed(workflow_id, rule, days, entries)
    rows = [{"number": number, **_row(one)} for number, one in enumerate(entries)]
    values = {"workflow_id": workflow_id, "one_at_a_time": rule == ReEntry.NOT_WHILE_RUNNING, "rows": json.dumps(rows)}
    entered = db.session.execute(_ENTER, values).all()
    if entered:
        friend_ids = sorted({row.friend_id for row in entered})
        if rule == ReEntry.EVERY:
            db.session.execute(_LOCK_ENTRIES, {"workflow_id": workflow_id, "friend_ids": friend_ids})
        db.session.execute(_NOTE_ENTRIES, {"workflow_id": workflow_id, "friend_ids": friend_ids})
        count_nodes(Counter((workflow_id, row.version_id, row.trigger_node, NEXT, "done") for row in entered))
    return len(entered)


def _narrowed(entries: Sequence[_Entry]) -> list[_Entry]:
    """Return the entries whose friends fit the trigger's conditions, each event once."""
    by_trigger: defaultdict[str, list[_Entry]] = defaultdict(list)
    for one in entries:
        by_trigger[one.trigger.node_id].append(one)
    found: dict[tuple[int, str], _Entry] = {}
    for some in by_trigger.values():
        trigger = some[0].trigger
        conditions = (trigger.settings.get("conditions") or {}).get(str(trigger.account_id))
        people = {one.happening.friend_id for one in some}
        fitting = who_fits(trigger.account_id, [conditions], people)[0] if conditions else people
        for one in some:
            if one.happening.friend_id in fitting:
                found.setdefault((one.happening.friend_id, one.happening.key), one)
    return list(found.values())


def _allowed(workflow_id: int, rule: str, days: int | None, entries: Sequence[_Entry]) -> list[_Entry]:
    """Return the entries that the re-entry rule allows, one for each friend; locks the friends' rows of the rule."""
    people = sorted({one.happening.friend_id for one in entries})
    rows = db.session.execute(_LOCK_ENTRIES, {"workflow_id": workflow_id, "friend_ids": people})
    entered: dict[int, datetime | None] = {row.friend_id: row.entered_at for row in rows}
    keys = [one.happening.key for one in entries]
    told = {"workflow_id": workflow_id, "event_keys": keys, "friend_ids": people}
    known = {(row.friend_id, row.event_key) for row in db.session.execute(_KNOWN, told)}
    moment = db.session.scalars(select(database_now())).one()
    found: dict[int, _Entry] = {}
    for one in entries:
        friend_id = one.happening.friend_id
        is_new = (friend_id, one.happening.key) not in known
        if is_new and may_enter(rule, days, entered[friend_id], moment):
            found.setdefault(friend_id, one)
    return list(found.values())


def may_enter(rule: str, days: int | None, entered_at: datetime | None, moment: datetime) -> bool:
    """Return whether a re-entry rule lets in a friend who entered last at a moment."""
    if entered_at is None or rule == ReEntry.NOT_WHILE_RUNNING:
        return True
    return rule == ReEntry.AFTER_DAYS and moment - entered_at >= timedelta(days=days or 0)


def _row(entry: _Entry) -> dict[str, Any]:
    happening, trigger = entry.happening, entry.trigger
    node = graph_of(trigger.version_id).by_id[trigger.node_id]
    return {
        "version_id": trigger.version_id,
        "account_id": happening.account_id,
        "friend_id": happening.friend_id,
        "event_key": happening.key,
        "trigger_node": trigger.node_id,
        "trigger": {"kind": happening.kind, **happening.data},
        "chain": list(causing_chain(happening.friend_id)),
        "node_id": node.exits.get(NEXT),
    }
