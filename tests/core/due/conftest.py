"""A table of due rows, and a kind whose handler each test writes itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Float, Select, cast, delete, extract, insert, select, text, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from app.core.clock import database_now
from app.core.db import db
from app.core.db.base import TYPES
from app.core.due.backoff import Backoff
from app.core.due.models import Due, due_index
from app.core.due.registry import DueKind


class Base(DeclarativeBase):
    """Apart from the program's tables."""

    registry = registry(type_annotation_map=TYPES)


class Parcel(Due, Base):
    """Something to be delivered at its time."""

    __tablename__ = "test_parcels"
    __table_args__ = (due_index("test_parcels"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    street: Mapped[int] = mapped_column(server_default="0")
    delivered: Mapped[int] = mapped_column(server_default="0")


class Depot:
    """The kind, and what a test does with its rows."""

    def __init__(self) -> None:
        self.woken: list[tuple[Any, ...]] = []
        self.kind = DueKind(
            "test.parcels",
            Parcel,
            wake=lambda *args: self.woken.append(args),
            keys=(Parcel.id,),
            columns=(Parcel.street,),
            backoff=Backoff(first=timedelta(seconds=10), longest=timedelta(minutes=1), most=4, jitter=0),
            lease=timedelta(seconds=30),
            batch=10,
        )

    def has(self, **changes: Any) -> None:
        """Change the kind."""
        self.kind = replace(self.kind, **changes)

    def store(self, count: int, due_in: float = -60, **values: Any) -> list[int]:
        """Rows that are due in so many seconds, the first one earliest; returns their ids."""
        rows = [{"due_at": database_now(due_in + number * 0.001), **values} for number in range(count)]
        ids = [db.session.execute(insert(Parcel).values(**row).returning(Parcel.id)).scalar_one() for row in rows]
        db.session.commit()
        return ids

    def time_passes(self, seconds: float) -> None:
        """As if the database's clock had gone on."""
        back = timedelta(seconds=seconds)
        moved = {"due_at": Parcel.due_at - back, "leased_until": Parcel.leased_until - back}
        db.session.execute(update(Parcel.__table__).values(**moved))  # type: ignore[arg-type]
        db.session.commit()

    def stored(self, parcel_id: int) -> Any:
        """What the database says of a row now; `wait` is how many seconds until it is due."""
        db.session.rollback()
        wait = cast(extract("epoch", Parcel.due_at - database_now()), Float).label("wait")
        query: Select[Any] = select(*Parcel.__table__.c, wait).where(Parcel.id == parcel_id)
        return db.session.execute(query).one()


@pytest.fixture
def depot(app: Flask) -> Iterator[Depot]:
    with db.engine.begin() as connection:
        Base.metadata.create_all(connection)
    yield Depot()
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(delete(Parcel))
        connection.execute(text("DROP TABLE test_parcels"))
