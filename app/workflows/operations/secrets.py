"""Keep the secrets with which webhooks are signed, and delete those that no step names any more."""

from __future__ import annotations

from sqlalchemy import text

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission
from app.workflows.models import WorkflowSecret
from app.workflows.signing import is_secret, wrong_secret

# A form that is open may still name a secret that its member has replaced.
UNUSED_DAYS = 7
_PRUNE = text("""
    DELETE FROM workflow_secrets AS secret
    WHERE created_at < statement_timestamp() - make_interval(days => :days) AND NOT EXISTS (
        SELECT FROM (SELECT graph FROM workflow_versions UNION ALL SELECT graph FROM workflow_drafts) AS kept
        WHERE jsonb_path_exists(
            kept.graph, '$.nodes[*].settings.secret ? (@ == $id)', jsonb_build_object('id', secret.id)))
    RETURNING id
""")
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


def prune_secrets() -> int:
    """Delete secrets that no version and no working copy has named for days; commits; returns how many."""
    deleted = len(db.session.execute(_PRUNE, {"days": UNUSED_DAYS}).all())
    db.session.commit()
    return deleted
