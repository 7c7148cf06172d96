"""Who is asking, when it is a program: a bearer key, looked up by its digest; and the decorator of the API's routes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar

from flask import g
from sqlalchemy import or_, update
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from app.core.clock import now
from app.core.db import db, optional_write
from app.core.errors import NotAllowed, NotFound
from app.core.i18n import Text, _l
from app.core.web import headers
from app.core.web.security import csrf
from app.team import queries
from app.team.models import ApiKey

View = TypeVar("View", bound=Callable[..., Any])
# How exactly "last used" is known; a row written at every request would be a bottleneck.
USED_EVERY = timedelta(minutes=1)


class ApiScope(StrEnum):
    """What a key may be good for."""

    IMPORTS = "imports"
    BROADCASTS = "broadcasts"
    CHAT = "chat"


SCOPE_LABELS: dict[ApiScope, Text] = {
    ApiScope.IMPORTS: _l("Import ID links"),
    ApiScope.BROADCASTS: _l("Create, schedule and cancel broadcasts, and read their results"),
    ApiScope.CHAT: _l("Read what was said in the chat"),
}


def the_key() -> ApiKey:
    """Return the key of this request; only for routes that require one."""
    return g.api_key  # type: ignore[no-any-return]


def requires_key(scope: ApiScope) -> Callable[[View], View]:
    """The route is for programs with a key of this scope. No cookie counts here, so there is nothing to forge."""

    def decorate(view: View) -> View:
        @csrf.exempt  # type: ignore[untyped-decorator]
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            # Programs read the answers, and people search for their sentences.
            g.language = "en"
            g.api_key = _find_key()
            if "account_id" in kwargs and not g.api_key.may_see_account(kwargs["account_id"]):
                raise NotFound
            if not g.api_key.may(scope):
                raise NotAllowed(_l("This API key is not good for that."))
            _note_use(g.api_key)
            return view(*args, **kwargs)

        guarded.access = f"key:{scope.value}"
        return guarded  # type: ignore[no-any-return]

    return decorate


def _find_key() -> ApiKey:
    token = headers.bearer_token()
    key = queries.api_key_by_token(token) if token else None
    if key is None or key.revoked_at is not None:
        raise Unauthorized(www_authenticate=_challenge())
    return key


def _challenge() -> WWWAuthenticate:
    return WWWAuthenticate("bearer", {"realm": "Tomoru"})


def _note_use(key: ApiKey) -> None:
    """Commit at once, so that two requests side by side do not wait for each other."""
    moment = now()
    is_due = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < moment - USED_EVERY)
    with optional_write():
        db.session.execute(update(ApiKey).where(ApiKey.id == key.id, is_due).values(last_used_at=moment))
    db.session.commit()
