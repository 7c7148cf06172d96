"""Keys for programs: made, and revoked."""

from __future__ import annotations

from collections.abc import Sequence

from app.core import secrets
from app.core.clock import now
from app.core.db import db
from app.core.i18n import _l
from app.team import audit
from app.team.models import ApiKey, Member

# What a token begins with, so that people and scanners for leaked secrets know what they have found.
PREFIX = "tomoru_"
SHOWN = len(PREFIX) + 4

audit.describe(
    {
        "api_key.created": _l("created the API key %(target)s"),
        "api_key.revoked": _l("revoked the API key %(target)s"),
    },
    {"api_key": _l("API keys")},
)


def create_api_key(
    actor: Member, *, name: str, scopes: Sequence[str], account_ids: Sequence[int] | None
) -> tuple[ApiKey, str]:
    """Make a key; returns it with its token, which is stored nowhere."""
    token = PREFIX + secrets.new_token()
    key = ApiKey(
        name=name,
        scopes=sorted(scopes),
        account_ids=None if account_ids is None else sorted(account_ids),
        token_digest=secrets.digest(token),
        token_start=token[:SHOWN],
        member_id=actor.id,
        created_at=now(),
    )
    db.session.add(key)
    db.session.flush()
    audit.record(actor, "api_key.created", target=key, target_name=name, scopes=key.scopes, account_ids=key.account_ids)
    return key, token


def revoke_api_key(actor: Member, key: ApiKey) -> None:
    """Make a key useless for good; nothing happens to one that is already."""
    if key.revoked_at is None:
        key.revoked_at = now()
        audit.record(actor, "api_key.revoked", target=key, target_name=key.name)
