"""The intake as a whole: from key, signature and raw body to the status to answer."""

from __future__ import annotations

from http import HTTPStatus

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.core.clock import now
from app.core.secrets import UnreadableSecret
from app.line.intake import endpoints, parse, signature
from app.line.intake.endpoints import Endpoint
from app.line.intake.post_response import PostResponse
from app.line.intake.store import EventStore
from app.line.models import ALWAYS_WANTED, EventState

log = structlog.get_logger(__name__)


class WebhookReceiver:
    """One a process. `direct` leads to PostgreSQL itself, since the store keeps settings in its session."""

    def __init__(self, engine: Engine, direct: Engine) -> None:
        self.engine = engine
        self.store = EventStore(direct.url.render_as_string(hide_password=False))
        self.post_response = PostResponse(engine)

    def receive(self, key: str, body: bytes, given: str | None) -> HTTPStatus:
        """Take one request in; its body is neither read nor stored unless its signature fits."""
        try:
            return self._receive(key, body, given)
        except (psycopg.Error, SQLAlchemyError, UnreadableSecret) as error:
            # LINE sends it again when redelivery is on; a 200 would lose it for good.
            log.error("webhook.not_stored", error=type(error).__name__)
            return HTTPStatus.SERVICE_UNAVAILABLE

    def _receive(self, key: str, body: bytes, given: str | None) -> HTTPStatus:
        endpoint = endpoints.find_endpoint(self.engine, key)
        if endpoint is None:
            return HTTPStatus.NOT_FOUND
        if not given:
            return HTTPStatus.BAD_REQUEST
        trusted = self._trusted(endpoint, key, body, given)
        if trusted is None:
            self.post_response.note_refusal(endpoint.account_id)
            return HTTPStatus.UNAUTHORIZED
        return self._take(trusted, body)

    def _trusted(self, endpoint: Endpoint, key: str, body: bytes, given: str) -> Endpoint | None:
        """Return the endpoint if the signature fits its secret, or the one that was set a moment ago."""
        if signature.fits(endpoint.secret, body, given):
            return endpoint
        again = endpoints.refresh_endpoint(self.engine, endpoint, key)
        return again if again and again is not endpoint and signature.fits(again.secret, body, given) else None

    def _take(self, endpoint: Endpoint, body: bytes) -> HTTPStatus:
        try:
            destination, arrivals = parse.parse_request(body, now())
        except parse.Unreadable:
            return HTTPStatus.BAD_REQUEST
        if destination is not None and destination != endpoint.bot_user_id:
            return HTTPStatus.BAD_REQUEST
        wanted = arrivals if endpoint.accepts_events else [one for one in arrivals if one.type in ALWAYS_WANTED]
        rest = [] if endpoint.accepts_events else [one for one in arrivals if one.type not in ALWAYS_WANTED]
        for state, some in ((EventState.IGNORED, rest), (EventState.PENDING, wanted)):
            if some:
                self.store.put(endpoint.account_id, state, some)
        self.post_response.note_visit(endpoint.account_id, has_work=bool(wanted))
        return HTTPStatus.OK
