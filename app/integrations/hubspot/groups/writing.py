"""Write groups as companies, found by their group, and tie to them the contacts of friends who have written there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import cast, select
from sqlalchemy.dialects.postgresql import JSONB

from app.core import error_messages, queue
from app.core.db import db, released
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.registry import DueKind, register
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import _l
from app.friends.models import FollowStatus, Friend
from app.integrations.hubspot.access import access_of
from app.integrations.hubspot.gateway import associations, objects
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.gateway.errors import PORTAL_WAIT
from app.integrations.hubspot.gateway.objects import COMPANIES
from app.integrations.hubspot.gateway.rate import Priority
from app.integrations.hubspot.gateway.refused import BUSY, why_failed
from app.integrations.hubspot.groups.company import GROUP_ID, group_key, make_properties, values_of
from app.integrations.hubspot.groups.ordering import WRITE
from app.integrations.hubspot.inbox.models import GroupCompany, HubSpotGroups
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.writing.storing import stops_all
from app.integrations.shared.models import Integration, IntegrationAccount, RemoteLink
from app.integrations.shared.working import connected_ids, work_on
from app.line.gateway.client import LineClient
from app.line.models import Account, Group, GroupMember
from app.messages.conversations.models import ConversationMessage, Direction

NOT_UNIQUE, REFUSED = "hubspot.groups_not_unique", "hubspot.group_refused"
error_messages.register(
    {
        NOT_UNIQUE: _l(
            "HubSpot allows no more unique properties of companies, so that groups cannot be told apart. Remove one of"
            " the ten unique properties of companies in HubSpot."
        ),
        REFUSED: _l("HubSpot does not take the company of the group “%(group)s”. It says: “%(message)s”"),
    }
)
# A group that HubSpot refuses is tried again so often; the others go on.
REFUSED_WAIT = timedelta(hours=1)
_PORTALS = connected_ids(HUBSPOT)
_ON = select(HubSpotGroups.integration_id).where(HubSpotGroups.is_on)
GROUPS = register(
    DueKind(
        "hubspot.group_companies",
        GroupCompany,
        wake=lambda integration_id: queue.wake(WRITE, integration_id),
        partition=(GroupCompany.integration_id, _PORTALS),
        narrow=lambda: (GroupCompany.integration_id.in_(_PORTALS), GroupCompany.integration_id.in_(_ON)),
        backoff=Backoff(first=timedelta(seconds=10), longest=timedelta(hours=1), most=1_000_000),
        batch=50,
        longest_wait=timedelta(hours=1),
    )
)


class _Written(NamedTuple):
    """A group as it is to be written."""

    row_id: int
    key: str
    account_id: int
    line_group_id: str
    is_joined: bool
    group: Group
    account: Account
    contacts: list[str]
    known: list[str]


def write_due(integration_id: int) -> int:
    """Write the groups of one portal that are due; returns how many."""
    return work_on(GROUPS, integration_id, _write)


def _write(integration: Integration, claim: Claim) -> bool:
    """Write one batch; False where the portal takes nothing at the moment."""
    integration_id = integration.id
    client, rows = HubSpotClient(access_of(integration), Priority.SYNC), _read(integration_id, claim.ids())
    try:
        with released():
            is_unique = make_properties(client)
        if not is_unique:
            raise PermanentFailure(NOT_UNIQUE)
        refused = _write_each(client, claim, rows)
    except (RetryLater, PermanentFailure) as error:
        db.session.rollback()
        is_final = isinstance(error, PermanentFailure)
        claim.later(reason=error.code, after=PORTAL_WAIT if is_final else error.after, counts=not is_final)  # type: ignore[union-attr]
        _note(integration_id, error.code, {name: str(value) for name, value in error.params.items()})
        return False
    _note(integration_id, REFUSED if refused else None, refused)
    return True


def _write_each(client: HubSpotClient, claim: Claim, rows: Sequence[_Written]) -> dict[str, Any]:
    """Write one group after the other; returns which one HubSpot refuses alone, and why, in words for the screen."""
    refused: dict[str, Any] = {}
    for row in rows:
        try:
            _write_one(client, claim, row)
        except (RetryLater, PermanentFailure) as error:
            if stops_all(error):
                raise
            db.session.rollback()
            refused = _put_off(claim, row, error)
    return refused


def _read(integration_id: int, ids: Sequence[int]) -> list[_Written]:
    query = (
        select(GroupCompany, Group, Account, IntegrationAccount.number)
        .join(Group, Group.id == GroupCompany.group_id)
        .join(Account, Account.id == Group.account_id)
        .join(
            IntegrationAccount,
            (IntegrationAccount.account_id == Account.id) & (IntegrationAccount.integration_id == integration_id),
        )
        .where(GroupCompany.id.in_(ids))
        .order_by(GroupCompany.id)
    )
    return [
        _Written(
            row.id,
            group_key(group, number),
            account.id,
            group.line_group_id,
            group.is_joined,
            group,
            account,
            _contacts(integration_id, group),
            [str(one) for one in row.contacts],
        )
        for row, group, account, number in db.session.execute(query.execution_options(populate_existing=True))
    ]


def _contacts(integration_id: int, group: Group) -> list[str]:
    """Return the contacts of friends of the account who have written in the group and are not known to have left."""
    mine = ConversationMessage.account_id == group.account_id, ConversationMessage.chat_id == group.line_group_id
    writers = select(ConversationMessage.author_line_id).where(*mine, ConversationMessage.direction == Direction.IN)
    gone = select(GroupMember.line_user_id).where(GroupMember.group_id == group.id, ~GroupMember.is_present)
    query = (
        select(RemoteLink.remote_id)
        .join(Friend, Friend.id == RemoteLink.friend_id)
        .where(
            RemoteLink.integration_id == integration_id,
            RemoteLink.remote_id.is_not(None),
            Friend.account_id == group.account_id,
            Friend.follow_status != FollowStatus.STRANGER,
            Friend.line_user_id.in_(writers),
            Friend.line_user_id.not_in(gone),
        )
        .distinct()
        .order_by(RemoteLink.remote_id)
    )
    return [str(one) for one in db.session.scalars(query)]


def _write_one(client: HubSpotClient, claim: Claim, row: _Written) -> None:
    """Write one group and store what was written; commits."""
    joined = row.is_joined
    with released():
        people = _people(row.account_id, row.line_group_id) if joined else None
    values = dict(values_of(row.group, row.account, people))
    with released():
        written = client.call(objects.upsert_many(COMPANIES, GROUP_ID, {row.key: {GROUP_ID: row.key, **values}}))
        if not written.results:
            raise why_failed(written.failures[0]) if written.failures else RetryLater(BUSY)
        company = written.results[0].id
        _tie(client, company, row)
    if claim.held([row.row_id]):
        kept = {"written": cast(values, JSONB), "contacts": cast(row.contacts, JSONB), "remote_id": company}
        claim.done([row.row_id], **kept)
    db.session.commit()


def _put_off(claim: Claim, row: _Written, why: RetryLater | PermanentFailure) -> dict[str, Any]:
    """Try a group again later that HubSpot did not take; returns the values of the sentence that says so."""
    wait = {"after": why.after} if isinstance(why, RetryLater) else {"after": REFUSED_WAIT, "counts": False}
    claim.later([row.row_id], reason=REFUSED, **wait)
    db.session.commit()
    return {"group": row.group.name or row.line_group_id, "message": str(why.params.get("message", "–"))}


def _tie(client: HubSpotClient, company: str, row: _Written) -> None:
    """Tie contacts to the company that are not yet, and take those apart who have left."""
    if new := [one for one in row.contacts if one not in row.known]:
        client.call(associations.associate(new, company))
    old = [one for one in row.known if one not in row.contacts]
    for at in range(0, len(old), associations.MOST_ARCHIVED):
        client.call(associations.part(old[at : at + associations.MOST_ARCHIVED], company))


def _people(account_id: int, line_group_id: str) -> int | None:
    """Return how many people are in the group; None where LINE does not tell at the moment."""
    try:
        return LineClient(account_id).people_in(line_group_id)
    except (RetryLater, PermanentFailure):
        return None


def _note(integration_id: int, problem: str | None, values: dict[str, Any]) -> None:
    """Note what is in the way, for the screen Settings; a group that HubSpot refuses is in it until it is written."""
    known = db.session.get_one(HubSpotGroups, integration_id, with_for_update=True, populate_existing=True)
    if problem is None and known.problem == REFUSED and _is_one_refused(integration_id):
        return
    known.problem, known.problem_values = problem, values


def _is_one_refused(integration_id: int) -> bool:
    mine = GroupCompany.integration_id == integration_id, GroupCompany.reason == REFUSED
    return db.session.scalar(select(GroupCompany.id).where(*mine).limit(1)) is not None
