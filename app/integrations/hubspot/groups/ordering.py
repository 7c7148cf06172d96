"""Which groups are to be written to HubSpot: those that are new, renamed, left, or in which a friend has acted."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, text

from app.core import queue
from app.core.db import db
from app.integrations.hubspot.inbox.models import HubSpotGroups

WRITE = "integrations.hubspot.groups.write"
# Names and pictures are fetched a little later than a group is heard of.
_COVERED = """
    FROM groups JOIN integration_accounts covered ON covered.account_id = groups.account_id
    JOIN integrations ON integrations.id = covered.integration_id AND integrations.state = 'connected'
    JOIN hubspot_groups ON hubspot_groups.integration_id = integrations.id AND hubspot_groups.is_on
"""
_COMPARE = text(f"""
    INSERT INTO hubspot_group_companies AS old (integration_id, group_id, due_at)
    SELECT integrations.id, groups.id, statement_timestamp() {_COVERED}
    LEFT JOIN hubspot_group_companies known ON known.integration_id = integrations.id AND known.group_id = groups.id
    WHERE known.id IS NULL
        OR known.written ->> 'line_group_picture_url' IS DISTINCT FROM coalesce(groups.picture_url, '')
        OR known.written ->> 'line_group_state' IS DISTINCT FROM CASE WHEN groups.is_joined THEN 'in' ELSE 'left' END
        OR (groups.name IS NOT NULL AND known.written ->> 'name' IS DISTINCT FROM groups.name)
    ORDER BY integrations.id, groups.id
    ON CONFLICT (integration_id, group_id) DO UPDATE SET due_at = excluded.due_at WHERE old.due_at IS NULL
    RETURNING integration_id
""")  # noqa: S608
_ACTED = text(f"""
    INSERT INTO hubspot_group_companies AS old (integration_id, group_id, due_at)
    SELECT DISTINCT integrations.id, groups.id, statement_timestamp() {_COVERED}
    JOIN unnest(CAST(:account_ids AS bigint[]), CAST(:group_ids AS text[]), CAST(:user_ids AS text[]))
        AS told (account_id, group_id, user_id)
        ON told.account_id = groups.account_id AND told.group_id = groups.line_group_id
    LEFT JOIN friends ON friends.account_id = told.account_id AND friends.line_user_id = told.user_id
    LEFT JOIN remote_links link ON link.friend_id = friends.id AND link.integration_id = integrations.id
    LEFT JOIN hubspot_group_companies known ON known.integration_id = integrations.id AND known.group_id = groups.id
    WHERE known.id IS NULL OR NOT known.contacts ? link.remote_id
    ORDER BY integrations.id, groups.id
    ON CONFLICT (integration_id, group_id) DO UPDATE SET due_at = coalesce(old.due_at, excluded.due_at)
    RETURNING integration_id
""")


def compare_all() -> None:
    """Order what is not at HubSpot as it is here; the caller commits."""
    _wake(db.session.scalars(_COMPARE).all())


def order_acted(acts: Collection[tuple[int, str, str]]) -> None:
    """Order groups in which these people have written: (account, LINE's id of the group, of the person)."""
    if not acts or db.session.scalar(select(HubSpotGroups.integration_id).where(HubSpotGroups.is_on).limit(1)) is None:
        return
    names = ("account_ids", "group_ids", "user_ids")
    given = dict(zip(names, map(list, zip(*sorted(set(acts)), strict=True)), strict=True))
    _wake(db.session.scalars(_ACTED, given).all())


def _wake(integration_ids: Collection[int]) -> None:
    for integration_id in set(integration_ids):
        queue.after_commit(db.session, WRITE, integration_id)
