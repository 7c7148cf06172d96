"""What the tests of ID links share: files, sent as a browser sends them, and a worker that does what is due at once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from app.core.config import Config
from app.core.db import db
from app.core.runs.models import ACTIVE, Run
from app.friends.models import IdLink
from app.imports.id_links.operations import Options, start_import
from app.imports.id_links.queries import problems
from app.imports.id_links.upload import Sender, Upload
from app.line.models import Account
from app.team.actors import SYSTEM, Actor, ActorKind
from app.team.models import Member
from app.team.permissions import Permission
from tests.factories import line as factory
from tests.imports.conftest import work
from tests.support.breakable import Installation, own_installation

HEADER = b"line_user_id,user_id\n"


@pytest.fixture
def account(app: Flask) -> Account:
    return factory.account(name="Coffee")


@pytest.fixture
def place(migrated_app: Flask, config: Config, tmp_path: Path) -> Iterator[Installation]:
    """Servers and workers of one test alone."""
    with own_installation(migrated_app, config, tmp_path / "data") as installed:
        yield installed


def uid(number: int) -> str:
    """A LINE user ID that looks real."""
    return f"U{number:032x}"


def csv_of(*pairs: tuple[int, str]) -> bytes:
    """A file with these rows, for user IDs that need no quoting."""
    return HEADER + "".join(f"{uid(number)},{user_id}\n" for number, user_id in pairs).encode()


def send(
    account: Account, content: bytes, *, member: Member | None = None, name: str = "links.csv", **options: bool
) -> Run:
    """A file that has arrived; no one works on it yet."""
    sender = Sender(member.label if member else "Tomoru", member.id if member else None)
    with Upload(account.id, sender, name, len(content)) as upload:
        upload.write(content)
        run = start_import(account, upload, Options(**options), actor=_importer(member))
        db.session.commit()
    return run


def _importer(member: Member | None) -> Actor:
    """The member as one who may import; without one, the system."""
    if member is None:
        return SYSTEM
    return Actor(ActorKind.MEMBER, member.id, member.label, frozenset({Permission.IMPORTS}))


def bring_in(account: Account, content: bytes, **options: Any) -> Run:
    """An import from its beginning to its end."""
    return work(send(account, content, **options), sittings=5)


def finish_all() -> None:
    """Work until no run is left."""
    for _ in range(20):
        for run in db.session.scalars(select(Run).where(Run.state.in_(ACTIVE)).order_by(Run.id)).all():
            work(run)


def links_of(account: Account) -> dict[str, str]:
    """Stored links: user ID by LINE user ID, in the order of the latter."""
    db.session.rollback()
    mine = select(IdLink.line_user_id, IdLink.user_id).where(IdLink.account_id == account.id)
    rows = db.session.execute(mine.order_by(IdLink.line_user_id))
    return {row.line_user_id: row.user_id for row in rows}


def faults_of(run: Run) -> list[tuple[int, str]]:
    """(line, code) of everything that could not be used."""
    return [(one.line, one.code) for one in problems(run.id)]


def staged() -> list[str]:
    """Tables that belong to single imports."""
    names = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'"))
    return sorted(names)


def upload(client: Any, account: Account, content: bytes, *, name: str = "links.csv", **fields: str) -> TestResponse:
    """Send a file as the form does."""
    data = {**fields, "file": (io.BytesIO(content), name)}
    answer: TestResponse = client.post(
        f"/accounts/{account.id}/id-links/imports", data=data, content_type="multipart/form-data"
    )
    return answer


def stored(run: Run) -> Run:
    """The row now."""
    db.session.rollback()
    db.session.refresh(run)
    return run


def summary(account_id: int) -> tuple[int, int]:
    """(old links, new links), in one look."""
    db.session.rollback()
    counted = text(
        "SELECT count(*) FILTER (WHERE user_id LIKE 'old-%'), count(*) FILTER (WHERE user_id LIKE 'new-%')"
        " FROM id_links WHERE account_id = :account_id"
    )
    old, new = db.session.execute(counted, {"account_id": account_id}).one()
    db.session.rollback()
    return old, new
