"""Channel access tokens: issued, kept encrypted in the account's row, and renewed early by one process at a time.

All of it happens in short transactions of its own: claim the right to renew, ask LINE with no transaction open, store.
Nothing here touches the caller's session, so it may also be called from another thread.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from app.core import lenient_json
from app.core.clock import database_now, has_lapsed, now
from app.core.db import db
from app.core.errors import PermanentFailure, RetryLater
from app.core.secrets import UnreadableSecret
from app.line.gateway.transport import ask, token_api
from app.line.gateway.types import Token
from app.line.models import Account, AccountState, TokenKind

# Renewed when less than this is left; a token lives 15 minutes at LINE.
EARLY = timedelta(minutes=3)
# Below this, a token may run out between our look at it and LINE's.
LATEST = timedelta(seconds=20)
CLAIM = timedelta(seconds=30)
PATIENCE_SECONDS = 20.0

_COLUMNS = (
    Account.id,
    Account.state,
    Account.token_kind,
    Account.channel_id,
    Account.channel_secret,
    Account.access_token,
    Account.token_expires_at,
)


def issue(channel_id: str, channel_secret: str) -> Token:
    """Ask LINE for a stateless token; raises PermanentFailure `line.credentials_refused` when they do not fit."""
    call = token_api().issue_stateless_channel_token_with_http_info_by_client_secret
    body = ask(call, channel_id, channel_secret).body
    value, seconds = lenient_json.text(body, "access_token"), lenient_json.number(body, "expires_in")
    if value is None:
        raise RetryLater("line.unreadable", after=5)
    return Token(value, now() + timedelta(seconds=seconds or 0))


def explain_refusal(channel_id: str, channel_secret: str) -> str:
    """Return which of ID and secret is wrong, as a code. The stateless endpoint does not say; the older one does."""
    call = token_api().issue_channel_token_with_http_info
    try:
        answer = ask(call, "client_credentials", channel_id, channel_secret)
    except PermanentFailure as error:
        return error.code
    if spare := lenient_json.text(answer.body, "access_token"):
        ask(token_api().revoke_channel_token_with_http_info, spare)
    return "line.credentials_refused"


def channel_of(pasted_token: str) -> str | None:
    """Return the channel ID of a long-lived token; None when LINE does not tell it for this kind of token."""
    try:
        body = ask(token_api().verify_channel_token_with_http_info, pasted_token).body
    except PermanentFailure:
        return None
    return lenient_json.text(body, "client_id")


def current(account_id: int) -> Token:
    """Return a token that is valid for a while; raises PermanentFailure when the account cannot have one."""
    row = _read(account_id)
    return _stored(row) if _is_good(row, EARLY) else _renew(row, refused=None)


def credentials(account_id: int) -> tuple[str | None, str | None]:
    """Return channel ID and secret as stored; raises PermanentFailure when they cannot be read or are out of use."""
    row = _read(account_id)
    return row.channel_id, row.channel_secret


def renew(account_id: int, refused: str) -> Token:
    """Return another token than the one LINE just refused; raises PermanentFailure when there can be none."""
    row = _read(account_id)
    if row.access_token != refused and _is_good(row, LATEST):
        return _stored(row)
    if row.token_kind == TokenKind.PASTED:
        mark_broken(account_id, "line.token_refused")
        raise PermanentFailure("line.token_refused")
    return _renew(row, refused)


def runs_out(token: Token) -> bool:
    """Return whether it is time to renew."""
    return token.expires_at is not None and token.expires_at - now() <= EARLY


def mark_broken(account_id: int, code: str) -> None:
    """Store that the account's credentials do not work, for the screens and for later calls."""
    statement = update(Account).where(Account.id == account_id, Account.state == AccountState.CONNECTED)
    with db.engine.begin() as connection:
        connection.execute(statement.values(state=AccountState.BROKEN, problem=code))


def _read(account_id: int) -> Any:
    try:
        with db.engine.connect() as connection:
            row = connection.execute(select(*_COLUMNS).where(Account.id == account_id)).one_or_none()
    except UnreadableSecret as error:
        mark_broken(account_id, "line.credentials_lost")
        raise PermanentFailure("line.credentials_lost") from error
    if row is None or row.state == AccountState.DISCONNECTED:
        raise PermanentFailure("line.disconnected")
    return row


def _is_good(row: Any, spare: timedelta) -> bool:
    if not row.access_token:
        return False
    return row.token_kind == TokenKind.PASTED or bool(row.token_expires_at and row.token_expires_at - now() > spare)


def _stored(row: Any) -> Token:
    return Token(row.access_token, row.token_expires_at)


def _renew(row: Any, refused: str | None) -> Token:
    """Renew, or wait for the process that renews; the old token serves as long as it lasts."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (claim := _claim(row.id)) is None:
        row = _read(row.id)
        if row.access_token != refused and _is_good(row, LATEST):
            return _stored(row)
        if time.monotonic() > until:
            raise RetryLater("line.token_busy", after=2)
        time.sleep(0.05)
    try:
        return _renew_claimed(_read(row.id), refused, claim)
    finally:
        _update(row.id, claim, token_claimed_until=None)


def _renew_claimed(row: Any, refused: str | None, claim: datetime) -> Token:
    if row.access_token != refused and _is_good(row, EARLY):
        return _stored(row)
    if not (row.channel_id and row.channel_secret):
        raise PermanentFailure("line.disconnected")
    try:
        token = issue(row.channel_id, row.channel_secret)
    except PermanentFailure as error:
        _update(row.id, claim, state=AccountState.BROKEN, problem=error.code)
        raise
    except RetryLater:
        if row.access_token != refused and _is_good(row, LATEST):
            return _stored(row)
        raise
    _update(row.id, claim, access_token=token.value, token_expires_at=token.expires_at)
    return token


def _claim(account_id: int) -> datetime | None:
    """Take the right to renew; what is returned proves it. None while another process has it."""
    free = has_lapsed(Account.token_claimed_until, CLAIM)
    statement = update(Account).where(Account.id == account_id, free).values(token_claimed_until=database_now(CLAIM))
    with db.engine.begin() as connection:
        return connection.scalar(statement.returning(Account.token_claimed_until))


def _update(account_id: int, claim: datetime, **values: Any) -> None:
    """Write only as long as the claim stands: new credentials and a disconnect end it."""
    statement = update(Account).where(Account.id == account_id, Account.token_claimed_until == claim)
    with db.engine.begin() as connection:
        connection.execute(statement.values(**values))
