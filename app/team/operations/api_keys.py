"""Create and revoke API keys."""

from __future__ import annotations

from collections.abc import Sequence

from app.core import secrets
from app.core.clock import now
from app.core.db import db
from app.core.i18n import _l
from app.team import audit, queries
from app.team.actors import ADMINISTRATOR, Actor
from app.team.models import ApiKey, Member
from app.team.operation import operation

# How tokens begin, so that people and scanners for leaked secrets recognise them.
PREFIX = "tomoru_"
SHOWN = len(PREFIX) + 4

audit.describe(
    {
        "api_key.created": _l("created the API key %(target)s"),
        "api_key.taken_over": _l("took over the API key %(target)s"),
        "api_key.revoked": _l("revoked the API key %(target)s"),
    },
    {"api_key": _l("API keys")},
)


@operation(ADMINISTRATOR)
def create_api_key(
    *, name: str, scopes: Sequence[str], account_ids: Sequence[int] | None, actor: Actor
) -> tuple[ApiKey, str]:
    """Create a key; returns it with its token, which is stored nowhere."""
    token = PREFIX + secrets.new_token()
    key = ApiKey(
        name=name,
        scopes=sorted(scopes),
        account_ids=None if account_ids is None else sorted(account_ids),
        token_digest=secrets.digest(token),
        token_start=token[:SHOWN],
        member_id=actor.member_id,
        created_at=now(),
    )
    db.session.add(key)
    db.session.flush()
    audit.record(actor, "api_key.created", target=key, target_name=name, scopes=key.scopes, account_ids=key.account_ids)
    return key, token


@operation(ADMINISTRATOR)
def revoke_api_key(key: ApiKey, *, actor: Actor) -> None:
    """Revoke a key for good; a revoked one stays as it is."""
    if key.revoked_at is None:
        key.revoked_at = now()
        audit.record(actor, "api_key.revoked", target=key, target_name=key.name)


@operation(ADMINISTRATOR)
def take_over(key: ApiKey, *, actor: Actor) -> None:
    """Answer for a key from now on, in the place of who made it; a revoked one stays as it is."""
    if key.revoked_at is None and key.member_id != actor.member_id:
        key.member_id = actor.member_id
        audit.record(actor, "api_key.taken_over", target=key, target_name=key.name)


@operation(ADMINISTRATOR)
def settle(member: Member, *, hand_over: bool, actor: Actor) -> None:
    """Revoke the keys of a member who leaves, or hand them over to the actor, if that is another member."""
    for key in queries.keys_of(member):
        if hand_over and actor.member_id not in {None, member.id}:
            take_over(key, actor=actor)
        else:
            revoke_api_key(key, actor=actor)
