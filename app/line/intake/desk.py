"""The intake as a whole: from key, signature and raw body to the status to answer."""

from __future__ import annotations

from http import HTTPStatus

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.core.clock import now
from app.core.secrets import UnreadableSecret
from app.line.intake import doors, reading, signature
from app.line.intake.aftermath import Aftermath
from app.line.intake.doors import Door
from app.line.intake.storing import Store
from app.line.models import ALWAYS_WANTED, EventState

log = structlog.get_logger(__name__)


class Desk:
    """One a process."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.store = Store(engine.url.render_as_string(hide_password=False))
        self.aftermath = Aftermath(engine)

    def receive(self, key: str, body: bytes, given: str | None) -> HTTPStatus:
        """Take one request in. Nothing is read of it, let alone stored, unless its signature fits."""
        try:
            return self._receive(key, body, given)
        except (psycopg.Error, SQLAlchemyError, UnreadableSecret) as error:
            # LINE sends it again when redelivery is on; a 200 would lose it for good.
            log.error("webhook.not_stored", error=type(error).__name__)
            return HTTPStatus.SERVICE_UNAVAILABLE

    def _receive(self, key: str, body: bytes, given: str | None) -> HTTPStatus:
        door = doors.door(self.engine, key)
        if door is None:
            return HTTPStatus.NOT_FOUND
        if not given:
            return HTTPStatus.BAD_REQUEST
        trusted = self._trusted(door, key, body, given)
        if trusted is None:
            self.aftermath.note_refusal(door.account_id)
            return HTTPStatus.UNAUTHORIZED
        return self._take(trusted, body)

    def _trusted(self, door: Door, key: str, body: bytes, given: str) -> Door | None:
        """The door if the signature fits its secret, or the one that was set a moment ago."""
        if signature.fits(door.secret, body, given):
            return door
        again = doors.fresh_door(self.engine, door, key)
        return again if again and again is not door and signature.fits(again.secret, body, given) else None

    def _take(self, door: Door, body: bytes) -> HTTPStatus:
        try:
            destination, arrivals = reading.read(body, now())
        except reading.Unreadable:
            return HTTPStatus.BAD_REQUEST
        if destination is not None and destination != door.bot_user_id:
            return HTTPStatus.BAD_REQUEST
        wanted = arrivals if door.is_open else [one for one in arrivals if one.type in ALWAYS_WANTED]
        rest = [] if door.is_open else [one for one in arrivals if one.type not in ALWAYS_WANTED]
        for state, some in ((EventState.IGNORED, rest), (EventState.PENDING, wanted)):
            if some:
                self.store.put(door.account_id, state, some)
        self.aftermath.note_visit(door.account_id, has_work=bool(wanted))
        return HTTPStatus.OK
