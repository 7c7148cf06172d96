"""Actors of team are shells around operations, and may run twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import shutdown
from app.core.clock import now
from app.core.db import db
from app.team import jobs
from app.team.models import AuditEntry
from app.team.operations import pruning


def test_prune_keeps_as_long_as_the_setting_says(app: Flask) -> None:
    days = app.config["TOMORU"].audit_keep_days
    for age in (days - 1, days + 1):
        db.session.add(AuditEntry(action="member.removed", actor_name="x", at=now() - timedelta(days=age), details={}))
    db.session.commit()
    assert jobs.prune.actor_name == "team.prune"
    jobs.prune()
    jobs.prune()
    assert len(db.session.scalars(select(AuditEntry.id)).all()) == 1


def test_a_worker_that_is_told_to_end_leaves_the_rest_for_the_next_time(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "BATCH", 1)
    for age in (50, 60):
        db.session.add(AuditEntry(action="member.removed", actor_name="x", at=now() - timedelta(days=age), details={}))
    db.session.commit()
    shutdown.request()
    try:
        assert pruning.prune(10, 14, 30) == 1
    finally:
        shutdown.reset()
    assert pruning.prune(10, 14, 30) == 1
