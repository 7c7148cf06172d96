"""Tie friends to records of a service, and take them apart. Friends are locked first, then links by id."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, any_, delete, func, literal, select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.i18n import _, _l
from app.friends.models import Friend
from app.friends.operations.friends import lock_friend_by_id, lock_friends
from app.integrations.shared.matching import RecordMatch
from app.integrations.shared.models import Integration, IntegrationAccount, RemoteLink, RemoteRecord, RemoteUnlink
from app.integrations.shared.records import CONTACT, let_wait
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "remote_link.made": _l("linked %(target)s to a record of %(service)s"),
        "remote_link.removed": _l("unlinked %(target)s from a record of %(service)s"),
    },
    {"remote_link": _l("Links with other services")},
)
# A link that was found by a LINE user id takes the place of weaker ones, of the friend and of the record.
_MAKE_ROOM = text("""
    DELETE FROM remote_links USING json_to_recordset(CAST(:rows AS json))
        AS given (remote_id text, account_id bigint, friend_id bigint)
    WHERE integration_id = :integration_id AND remote_links.account_id = given.account_id
      AND (remote_links.friend_id = given.friend_id OR remote_links.remote_id = given.remote_id)
    RETURNING remote_links.friend_id
""")
_STORE = text("""
    INSERT INTO remote_links (integration_id, account_id, friend_id, remote_id, found_by, due_at)
    SELECT :integration_id, account_id, friend_id, remote_id, found_by, statement_timestamp()
    FROM json_to_recordset(CAST(:rows AS json))
         AS given (remote_id text, account_id bigint, friend_id bigint, found_by text)
    ORDER BY friend_id
    ON CONFLICT (integration_id, friend_id) DO UPDATE
        SET remote_id = excluded.remote_id, found_by = excluded.found_by, linked_at = now(), due_at = excluded.due_at,
            attempts = 0, leased_until = NULL, synced = '{}', written = '{}'
        WHERE remote_links.remote_id IS NULL
    RETURNING friend_id
""")
# The service's name inside `Friend.links` follows the links.
_TELL = text("""
    UPDATE friends SET links = (friends.links - CAST(:service AS text)) || coalesce((
        SELECT jsonb_build_object(CAST(:service AS text), remote_id) FROM remote_links
        WHERE friend_id = friends.id AND integration_id = :integration_id AND remote_id IS NOT NULL), '{}')
    WHERE id = ANY(:friend_ids)
""")


def linked_friends(integration_id: int, remote_ids: Collection[str]) -> Sequence[int]:
    """Return ids of the friends that are linked to these records."""
    mine = _of_records(integration_id, remote_ids)
    return db.session.scalars(select(RemoteLink.friend_id).where(*mine)).all()


def linked_records(integration_id: int, remote_ids: Collection[str]) -> set[str]:
    """Return those of these records that a friend is linked to."""
    mine = _of_records(integration_id, remote_ids)
    return {str(one) for one in db.session.scalars(select(RemoteLink.remote_id).where(*mine))}


def linked_places(integration_id: int, remote_ids: Collection[str]) -> set[tuple[str, int]]:
    """Return which of these records are linked to a friend of which account."""
    mine = _of_records(integration_id, remote_ids)
    rows = db.session.execute(select(RemoteLink.remote_id, RemoteLink.account_id).where(*mine))
    return {(str(row.remote_id), row.account_id) for row in rows}


def count_links(integration_id: int) -> int:
    """Return how many friends are linked to a record."""
    mine = (RemoteLink.integration_id == integration_id, RemoteLink.remote_id.is_not(None))
    return db.session.scalar(select(func.count()).select_from(RemoteLink).where(*mine)) or 0


def link_of(integration_id: int, friend_id: int) -> RemoteLink | None:
    """Return the friend's link."""
    mine = (RemoteLink.integration_id == integration_id, RemoteLink.friend_id == friend_id)
    return db.session.scalar(select(RemoteLink).where(*mine))


def store_links(integration: Integration, matches: Sequence[RecordMatch]) -> int:
    """Store links that were found, whose friends are locked; returns how many are new. Each is due to be written."""
    rows = [match._asdict() for match in matches]
    if not rows:
        return 0
    strong = [row for row in rows if row["found_by"] == "line_user_id"]
    about = {"integration_id": integration.id}
    freed = db.session.scalars(_MAKE_ROOM, {**about, "rows": json.dumps(strong)}).all() if strong else []
    stored = db.session.scalars(_STORE, {**about, "rows": json.dumps(rows)}).all()
    tell_friends(integration, {*freed, *stored})
    return len(stored)


def move_links(integration: Integration, moves: Mapping[str, str]) -> None:
    """Let links follow records that were merged into others: `moves` leads from an id to that of the survivor.

    Where a friend of the same account is linked to the survivor already, the link of the merged record goes.
    """
    gone = [old for old, new in moves.items() if old != new]
    friend_ids = linked_friends(integration.id, gone) if gone else []
    if not friend_ids:
        return
    lock_friends(friend_ids)
    query = select(RemoteLink).where(*_of_records(integration.id, gone))
    links = db.session.scalars(query.order_by(RemoteLink.id).with_for_update()).all()
    taken = linked_places(integration.id, set(moves.values()))
    for link in links:
        place = (moves[str(link.remote_id)], link.account_id)
        if place in taken:
            db.session.delete(link)
            continue
        taken.add(place)
        # What both sides agreed on was said of the merged record.
        link.remote_id, link.synced, link.written, link.due_at = place[0], {}, {}, func.statement_timestamp()
    db.session.flush()
    tell_friends(integration, [link.friend_id for link in links])


def drop_links(integration: Integration, remote_ids: Collection[str]) -> Sequence[int]:
    """Take friends apart from records that are gone; returns the friends, who may be found again.

    What was deleted at the service is not made again by itself.
    """
    friend_ids = linked_friends(integration.id, remote_ids)
    if friend_ids:
        lock_friends(friend_ids)
        mine = _of_records(integration.id, remote_ids)
        if integration.creates_records:
            _keep_apart(mine)
        db.session.execute(delete(RemoteLink).where(*mine).execution_options(synchronize_session=False))
        tell_friends(integration, friend_ids)
    return friend_ids


def _keep_apart(of_links: Collection[ColumnElement[bool]]) -> None:
    """Note that the records of these links are gone, so that no other one is made for what was deleted there."""
    columns = RemoteLink.integration_id, RemoteLink.friend_id, RemoteLink.remote_id
    gone = select(*columns, literal(value=True)).where(*of_links)
    names = ["integration_id", "friend_id", "remote_id", "is_gone"]
    db.session.execute(insert(RemoteUnlink).from_select(names, gone).on_conflict_do_nothing())


def tell_friends(integration: Integration, friend_ids: Iterable[int]) -> None:
    """Write down on these locked friends what they are linked to now."""
    ids = sorted(set(friend_ids))
    if ids:
        about = {"service": integration.service, "integration_id": integration.id, "friend_ids": ids}
        db.session.execute(_TELL, about)
        for friend in [row for row in db.session.identity_map.values() if isinstance(row, Friend) and row.id in ids]:
            db.session.expire(friend, ["links"])


@operation(Permission.INTEGRATIONS)
def link(account_id: int, friend_id: int, integration: Integration, remote_id: str, *, actor: Actor) -> None:
    """Link a friend to a record by hand; raises NotFound, InvalidInput for a record that is taken or not known."""
    friend = lock_friend_by_id(account_id, friend_id)
    covered = db.session.get(IntegrationAccount, (integration.id, account_id))
    if friend is None or covered is None:
        raise NotFound
    if db.session.get(RemoteRecord, (integration.id, CONTACT, remote_id)) is None:
        raise InvalidInput({"remote_id": _("There is no contact with this ID. Contacts are read with each sync.")})
    known = link_of(integration.id, friend_id)
    if known is not None and known.remote_id == remote_id:
        return
    if (remote_id, account_id) in linked_places(integration.id, {remote_id}):
        raise InvalidInput({"remote_id": _("Another friend is linked to this contact. Unlink that friend first.")})
    if known is not None:
        db.session.delete(known)
        db.session.flush()
    forget = delete(RemoteUnlink).where(
        RemoteUnlink.integration_id == integration.id,
        RemoteUnlink.friend_id == friend_id,
        RemoteUnlink.remote_id == remote_id,
    )
    db.session.execute(forget)
    store_links(integration, [RecordMatch(remote_id, account_id, friend_id, "manual")])
    let_wait(integration.id, [remote_id])
    _record(actor, "remote_link.made", friend, integration.service, remote_id)


@operation(Permission.INTEGRATIONS)
def unlink(account_id: int, friend_id: int, integration: Integration, *, actor: Actor) -> None:
    """Take a friend and their record apart for good; both keep their values. Raises NotFound."""
    friend = lock_friend_by_id(account_id, friend_id)
    known = link_of(integration.id, friend_id) if friend else None
    if friend is None or known is None:
        raise NotFound
    remote_id = known.remote_id
    db.session.delete(known)
    if remote_id:
        values = {"integration_id": integration.id, "friend_id": friend_id, "remote_id": remote_id}
        apart = insert(RemoteUnlink).values(**values, member_id=actor.member_id)
        db.session.execute(apart.on_conflict_do_nothing())
    db.session.flush()
    tell_friends(integration, [friend_id])
    _record(actor, "remote_link.removed", friend, integration.service, remote_id)


def _of_records(integration_id: int, remote_ids: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of links to these records."""
    given = literal(list(remote_ids), ARRAY(Text))
    return RemoteLink.integration_id == integration_id, RemoteLink.remote_id == any_(given)


def _record(actor: Actor, action: str, friend: Friend, service: str, remote_id: str | None) -> None:
    about: dict[str, Any] = {"target": friend, "target_name": friend.display_name, "account_id": friend.account_id}
    audit.record(actor, action, **about, service=service, remote_id=remote_id)
