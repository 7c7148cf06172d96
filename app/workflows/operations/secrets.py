"""Keep the secrets with which webhooks are signed."""

from __future__ import annotations

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission
from app.workflows.models import WorkflowSecret
from app.workflows.signing import is_secret, wrong_secret

audit.describe({"workflow.secret_stored": _l("entered a secret for webhooks of workflows")})


@operation(Permission.WORKFLOWS)
def store_secret(secret: str, *, actor: Actor) -> int:
    """Store a secret and return its id. Raises InvalidInput(secret)."""
    cleaned = secret.strip()
    if not is_secret(cleaned):
        raise InvalidInput({"secret": wrong_secret()})
    stored = WorkflowSecret(secret=cleaned, member_id=actor.member_id)
    db.session.add(stored)
    db.session.flush()
    audit.record(actor, "workflow.secret_stored")
    return stored.id
