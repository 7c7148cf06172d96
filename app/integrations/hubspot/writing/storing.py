"""Store what came of writing: in sets, and only for links that this worker still holds."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, insert, literal, select, text

from app.core.db import db
from app.core.due.claims import Claim, Wait
from app.core.errors import PermanentFailure, RetryLater
from app.friends.models import Friend
from app.friends.operations.friends import lock_friends
from app.integrations.hubspot.gateway.errors import ABOUT_THE_PORTAL, PORTAL_WAIT
from app.integrations.hubspot.gateway.refused import BUSY
from app.integrations.hubspot.sync.due import look_for_contacts
from app.integrations.hubspot.writing.planning import Writing
from app.integrations.shared.links import drop_links, linked_friends, tell_friends
from app.integrations.shared.models import FieldConflict, Integration, IntegrationAccount, RemoteLink, RemoteWrite
from app.integrations.shared.records import CONTACT, drop_records

STAND_STILL = ABOUT_THE_PORTAL | {"hubspot.no_user_id"}
# A contact that HubSpot could not take alone is tried so often, which takes about three hours, and then given up.
MOST_TRIES = 24
# What came of a link, and, in the same change of its row, that it is done.
_OUTCOMES = """
    UPDATE remote_links
    SET written = remote_links.written || given.written, synced = remote_links.synced || given.synced,
        remote_id = coalesce(given.remote_id, remote_links.remote_id),
        found_by = coalesce(given.found_by, remote_links.found_by)
        {done}
    FROM json_to_recordset(CAST(:rows AS json))
         AS given (id bigint, written jsonb, synced jsonb, remote_id text, found_by text)
    WHERE remote_links.id = given.id
"""
_STORE = text(_OUTCOMES.format(done=""))
_STORE_DONE = text(_OUTCOMES.format(done=", due_at = NULL, attempts = 0, leased_until = NULL, reason = NULL"))
_NOTE_REASONS = text("""
    UPDATE remote_links SET reason_values = given.reason_values
    FROM json_to_recordset(CAST(:rows AS json)) AS given (id bigint, reason_values jsonb)
    WHERE remote_links.id = given.id
""")
_FORGET_ERRORS = text("""
    DELETE FROM field_errors USING unnest(CAST(:friend_ids AS bigint[])) AS friend (id)
    WHERE friend_id = friend.id AND side = 'remote'
      AND mapping_id IN (SELECT id FROM field_mappings WHERE integration_id = :integration_id)
""")
_NOTE_ERRORS = text("""
    INSERT INTO field_errors (mapping_id, friend_id, code, code_values, value, side)
    SELECT mapping_id, friend_id, code, code_values, value, 'remote'
    FROM json_to_recordset(CAST(:rows AS json))
         AS given (mapping_id bigint, friend_id bigint, code text, code_values jsonb, value text)
    ORDER BY mapping_id, friend_id
    ON CONFLICT (mapping_id, friend_id) DO UPDATE
        SET code = excluded.code, code_values = excluded.code_values, value = excluded.value, side = excluded.side
""")


def store(claim: Claim, integration: Integration, writings: Sequence[Writing]) -> None:
    """Store all outcomes in the caller's transaction: friends are locked first, then links."""
    missing = {str(one.facts.remote_id) for one in writings if one.is_missing and one.facts.remote_id}
    made = [one.facts.friend_id for one in writings if one.is_creation and one.remote_id]
    lock_friends([*made, *(linked_friends(integration.id, missing) if missing else ())])
    held = claim.held()
    mine, moved = _still_linked(writings, held)
    done = _store_links(mine)
    _store_errors(integration.id, mine)
    _store_conflicts(mine)
    _forget_lost(integration.id, mine)
    _note_writes(integration.id, mine)
    _settle(claim, [one for one in mine if one.facts.link_id not in done])
    # Nothing is to be written for the others; those that lead to another contact since are looked at again.
    claim.done(sorted(held - {one.facts.link_id for one in mine} - moved))
    claim.later(sorted(moved), after=1, counts=False)
    if made:
        tell_friends(integration, made)
    if missing:
        # The record first, so that friends are not tied to it again.
        drop_records(integration.id, CONTACT, missing)
        _look_again(drop_links(integration, missing))


def _note_writes(integration_id: int, writings: Iterable[Writing]) -> None:
    """Count the contacts that were written."""
    if records := len({one.remote_id for one in writings if one.kept}):
        db.session.execute(insert(RemoteWrite).values(integration_id=integration_id, records=records))


def _look_again(friend_ids: Collection[int]) -> None:
    """Look among the contacts that are there for those of friends whose contact is gone."""
    query = select(Friend.account_id, Friend.id).where(Friend.id.in_(friend_ids))
    by_account: dict[int, set[int]] = {}
    for account_id, friend_id in db.session.execute(query):
        by_account.setdefault(account_id, set()).add(friend_id)
    for account_id, of_account in by_account.items():
        look_for_contacts(account_id, of_account)


def _still_linked(writings: Sequence[Writing], held: Collection[int]) -> tuple[list[Writing], set[int]]:
    """Return the writings whose link leads where it did, and ids of links that lead to another contact now."""
    query = select(RemoteLink.id, RemoteLink.remote_id).where(
        RemoteLink.id == any_(literal(list(held), ARRAY(BigInteger)))
    )
    now_at: dict[int, str | None] = {row.id: row.remote_id for row in db.session.execute(query)}
    mine = [one for one in writings if now_at.get(one.facts.link_id, "") == one.facts.remote_id]
    moved = {one.facts.link_id for one in writings if one.facts.link_id in now_at} - {one.facts.link_id for one in mine}
    return mine, moved


def _store_links(writings: Iterable[Writing]) -> set[int]:
    """Store what came of links; returns those that are done with it."""
    rows: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for one in writings:
        if not one.is_missing and (row := _row(one)):
            rows[_is_done(one)].append(row)
    for statement, given in ((_STORE_DONE, rows[True]), (_STORE, rows[False])):
        if given:
            db.session.execute(statement, {"rows": json.dumps(given)})
    return {row["id"] for row in rows[True]}


def _row(one: Writing) -> dict[str, Any] | None:
    agreed = {name: [value, _stamp(one.read_at)] for name, value in one.agreed.items()}
    agreed |= {name: [one.kept[name], _stamp(one.kept_at)] for name in one.pushed if name in one.kept}
    written = {name: value for name, value in one.line.items() if name in one.kept}
    is_new = one.is_creation and one.remote_id is not None
    if not (agreed or written or is_new):
        return None
    return {
        "id": one.facts.link_id,
        "written": written,
        "synced": agreed,
        "remote_id": one.remote_id if is_new else None,
        "found_by": ("created" if one.kept else "email") if is_new else None,
    }


def _stamp(moment: datetime | None) -> str:
    """Return HubSpot's time of a contact as links keep it: what is read later of an earlier state is outdated."""
    return moment.isoformat() if moment else ""


def _store_errors(integration_id: int, writings: Sequence[Writing]) -> None:
    told = [one for one in writings if one.error is None]
    if not told:
        return
    about = {"integration_id": integration_id, "friend_ids": [one.facts.friend_id for one in told]}
    db.session.execute(_FORGET_ERRORS, about)
    rows = [
        {
            "mapping_id": mapping_id,
            "friend_id": one.facts.friend_id,
            "code": code,
            "code_values": dict(values),
            "value": value,
        }
        for one in told
        for mapping_id, (code, values, value) in one.refused.items()
    ]
    if rows:
        db.session.execute(_NOTE_ERRORS, {"rows": json.dumps(rows)})


def _store_conflicts(writings: Iterable[Writing]) -> None:
    rows = [
        {
            "mapping_id": each.mapping_id,
            "friend_id": one.facts.friend_id,
            "remote_id": str(one.facts.remote_id),
            "local_value": each.local_value,
            "local_at": each.local_at,
            "remote_value": each.remote_value,
            "remote_at": each.remote_at,
            "winner": each.winner,
        }
        for one in writings
        if one.error is None and not one.is_missing
        for each in one.conflicts
    ]
    if rows:
        db.session.execute(insert(FieldConflict), rows)


def _forget_lost(integration_id: int, writings: Iterable[Writing]) -> None:
    """Forget properties of ours that HubSpot does not know any more, so that they are made again."""
    lost: dict[int, set[str]] = {}
    for one in writings:
        if one.lost:
            lost.setdefault(one.facts.account_id, set()).update(one.lost)
    for account_id, names in lost.items():
        covered = db.session.get(IntegrationAccount, (integration_id, account_id))
        if covered is not None:
            covered.properties = _without(covered.properties, names)


def _without(entries: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {key: {} if entry.get("name") in names else entry for key, entry in entries.items()}


def _settle(claim: Claim, writings: Sequence[Writing]) -> None:
    """Mark links as done, or say why they wait."""
    claim.done([one.facts.link_id for one in writings if _is_done(one)])
    again = [one.facts.link_id for one in writings if one.error is None and not _is_done(one)]
    claim.later(again, after=1, counts=False)
    tries = {row.id: row.attempts for row in claim.rows}
    errors = {
        one.facts.link_id: _final_after(one.error, tries.get(one.facts.link_id, 0)) for one in writings if one.error
    }
    waits: dict[int, Wait] = {}
    refused: dict[str, list[int]] = {}
    for link_id, error in errors.items():
        if isinstance(error, RetryLater):
            waits[link_id] = Wait(error.code, error.after)
        elif is_about_portal(error):
            waits[link_id] = Wait(error.code, PORTAL_WAIT, counts=False)
        else:
            refused.setdefault(error.code, []).append(link_id)
    if waits:
        claim.later_each(waits)
    for code, ids in refused.items():
        claim.give_up(ids, reason=code)
    _note_reasons(errors)


def _final_after(error: RetryLater | PermanentFailure, tries: int) -> RetryLater | PermanentFailure:
    """Return the error; trouble with one contact alone is final after many tries."""
    if error.code != BUSY or tries < MOST_TRIES:
        return error
    return PermanentFailure("hubspot.refused", message=error.params.get("message", ""))


def _note_reasons(errors: Mapping[int, RetryLater | PermanentFailure]) -> None:
    """Keep the values of the sentences that say why links wait or are refused."""
    rows = [
        {"id": link_id, "reason_values": {name: str(value) for name, value in error.params.items()}}
        for link_id, error in errors.items()
    ]
    if rows:
        db.session.execute(_NOTE_REASONS, {"rows": json.dumps(rows)})


def _is_done(one: Writing) -> bool:
    """Return whether nothing of the link is left to be written."""
    return one.error is None and not one.lost and not _is_relinked(one)


def is_about_portal(error: RetryLater | PermanentFailure | None) -> bool:
    """Return whether no contact of the portal can be written until a person changes something."""
    return isinstance(error, PermanentFailure) and error.code in STAND_STILL


def stops_all(error: RetryLater | PermanentFailure | None) -> bool:
    """Return whether other contacts of the portal would meet the same trouble now."""
    return is_about_portal(error) or (isinstance(error, RetryLater) and error.code != BUSY)


def _is_relinked(one: Writing) -> bool:
    """Return whether the contact was there already, so that everything is to be written to it."""
    return one.is_creation and one.remote_id is not None and not one.kept
