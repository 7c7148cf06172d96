"""Actors of team are shells around operations, and may run twice."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.team import jobs
from app.team.models import AuditEntry


def test_prune_keeps_as_long_as_the_setting_says(app: Flask) -> None:
    days = app.config["TOMORU"].audit_keep_days
    for age in (days - 1, days + 1):
        db.session.add(AuditEntry(action="member.removed", actor_name="x", at=now() - timedelta(days=age), details={}))
    db.session.commit()
    assert jobs.prune.actor_name == "team.prune"
    jobs.prune()
    jobs.prune()
    assert len(db.session.scalars(select(AuditEntry.id)).all()) == 1
