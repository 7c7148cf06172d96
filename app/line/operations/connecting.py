"""Connect, reconnect and disconnect accounts, and set their LINE Login channel.

Credentials are first tried at LINE, without a transaction, and stored afterwards, without a call to LINE.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from app.core import error_messages, queue
from app.core.clock import database_now, now
from app.core.db import db, released
from app.core.errors import Conflict, InvalidInput, PermanentFailure, RetryLater
from app.core.events import announce
from app.core.i18n import _l
from app.core.secrets import new_token
from app.line.events import AccountDisconnected
from app.line.gateway import tokens
from app.line.gateway.client import LineClient
from app.line.gateway.types import BotInfo, Token
from app.line.models import Account, AccountState, CheckResult, TokenKind
from app.line.operations import webhook_events
from app.team import audit
from app.team.actors import Actor
from app.team.models import Member
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "account.connected": _l("connected the LINE Official Account %(target)s"),
        "account.reconnected": _l("reconnected the LINE Official Account %(target)s"),
        "account.disconnected": _l("disconnected the LINE Official Account %(target)s"),
        "account.login_changed": _l("changed LINE Login and LIFF of %(target)s"),
        "account.webhook_set": _l("set the webhook URL of %(target)s at LINE"),
    },
    {"account": _l("LINE Official Accounts")},
)


@dataclass(frozen=True)
class VerifiedCredentials:
    """Credentials that LINE accepted, and whose they are."""

    info: BotInfo
    channel_id: str | None
    channel_secret: str
    kind: TokenKind
    token: Token

    def __repr__(self) -> str:
        """Without the secrets."""
        return f"VerifiedCredentials({self.info.basic_id}, {self.kind})"


@dataclass(frozen=True)
class Login:
    """A LINE Login channel and LIFF app of the same provider. A secret of None keeps the stored one."""

    channel_id: str | None = None
    channel_secret: str | None = None
    liff_id: str | None = None

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Login({self.channel_id}, {self.liff_id})"


def prove_channel(channel_id: str, channel_secret: str) -> VerifiedCredentials:
    """Try channel ID and secret at LINE; raises InvalidInput that names the wrong field."""
    with released():
        try:
            token = tokens.issue(channel_id, channel_secret)
        except PermanentFailure:
            raise _wrong_field(channel_id, channel_secret) from None
        except RetryLater as error:
            raise _not_now(error) from error
        info = _who_is(token.value, field="channel_id")
    return VerifiedCredentials(info, channel_id, channel_secret, TokenKind.ISSUED, token)


def prove_token(access_token: str, channel_secret: str) -> VerifiedCredentials:
    """Try a long-lived token at LINE, and the secret with the channel the token belongs to.

    Raises InvalidInput that names the wrong field. Where LINE does not tell the token's channel, only the first
    webhook can prove the secret.
    """
    with released():
        info = _who_is(access_token, field="access_token")
        try:
            channel_id = tokens.channel_of(access_token)
            if channel_id is not None:
                tokens.issue(channel_id, channel_secret)
        except PermanentFailure:
            raise InvalidInput(channel_secret=error_messages.sentence("line.bad_channel_secret")) from None
        except RetryLater as error:
            raise _not_now(error) from error
    return VerifiedCredentials(info, channel_id, channel_secret, TokenKind.PASTED, Token(access_token))


@operation(Permission.SETTINGS)
def connect(proof: VerifiedCredentials, login: Login | None = None, *, actor: Actor) -> Account:
    """Store a new account, or revive one that is disconnected or broken; raises InvalidInput when it is in use.

    The webhook is set up afterwards by `setup_checks.operations.set_up`: at once by the screen, else by a worker soon.
    """
    account = db.session.scalar(
        select(Account).where(Account.bot_user_id == proof.info.user_id).with_for_update(key_share=True)
    )
    if account is not None:
        _require_visible(account, actor)
        if account.is_connected:
            raise InvalidInput(
                {"": _l("“%(name)s” is connected already. Its settings let you change credentials.", name=account.name)}
            )
        reconnect(account, proof, actor=actor)
    else:
        account = _add(proof, actor)
    if login is not None:
        _keep_login(account, login)
    return account


@operation(Permission.SETTINGS)
def reconnect(account: Account, proof: VerifiedCredentials, *, actor: Actor) -> None:
    """Take new credentials for an account; raises InvalidInput when they belong to another one."""
    if proof.info.user_id != account.bot_user_id:
        sentence = _l("These credentials belong to another account, %(name)s.", name=proof.info.name)
        raise InvalidInput({"": sentence})
    _keep(account, proof)
    account.state, account.problem, account.disconnected_at = AccountState.CONNECTED, None, None
    account.webhook_checked_at = None
    audit.record(actor, "account.reconnected", target=account, account_id=account.id)
    _set_up_later(account)


@operation(Permission.SETTINGS)
def disconnect(account: Account, *, actor: Actor) -> None:
    """Stop everything that runs for the account. Its data stay; so does the channel secret, to know LINE by."""
    if account.state == AccountState.DISCONNECTED:
        raise Conflict(_l("The account is disconnected already."))
    account.state, account.problem, account.disconnected_at = AccountState.DISCONNECTED, None, now()
    account.access_token, account.token_expires_at, account.token_claimed_until = None, None, database_now()
    webhook_events.ignore_pending(account)
    db.session.execute(delete(CheckResult).where(CheckResult.account_id == account.id))
    audit.record(actor, "account.disconnected", target=account, account_id=account.id)
    announce(AccountDisconnected(account.id))


@operation(Permission.SETTINGS)
def change_login(account: Account, login: Login, *, actor: Actor) -> None:
    """Set or clear LINE Login channel and LIFF app."""
    _keep_login(account, login)
    audit.record(actor, "account.login_changed", target=account, account_id=account.id)


def describe(account: Account, info: BotInfo) -> None:
    """Keep what LINE says of the account."""
    account.basic_id, account.premium_id, account.name = info.basic_id, info.premium_id, info.name
    account.picture_url, account.chat_mode = info.picture_url, info.chat_mode
    account.mark_as_read_mode = info.mark_as_read_mode


def _add(proof: VerifiedCredentials, actor: Actor) -> Account:
    account = Account(bot_user_id=proof.info.user_id, webhook_key=new_token())
    _keep(account, proof)
    try:
        with db.session.begin_nested():
            db.session.add(account)
    except IntegrityError as error:
        raise Conflict(_l("Another member is connecting this account right now.")) from error
    _let_see(account, actor)
    audit.record(actor, "account.connected", target=account, account_id=account.id)
    _set_up_later(account)
    return account


def _let_see(account: Account, actor: Actor) -> None:
    """Let a member who is limited to some accounts see the one they have connected."""
    if actor.accounts is not None and actor.member_id is not None:
        member = db.session.get_one(Member, actor.member_id)
        member.account_ids = [*(member.account_ids or ()), account.id]


def _keep(account: Account, proof: VerifiedCredentials) -> None:
    describe(account, proof.info)
    account.channel_id, account.channel_secret = proof.channel_id or account.channel_id, proof.channel_secret
    account.token_kind = proof.kind
    account.access_token, account.token_expires_at = proof.token.value, proof.token.expires_at
    # A renewal of the old token that is under way must not overwrite this one.
    account.token_claimed_until = database_now()


def _keep_login(account: Account, login: Login) -> None:
    account.login_channel_id, account.liff_id = login.channel_id or None, login.liff_id or None
    if login.channel_secret:
        account.login_channel_secret = login.channel_secret
    if not account.login_channel_id:
        account.login_channel_secret = None


def _set_up_later(account: Account) -> None:
    """Let a worker set the webhook up, unless the settings page, which does it at once, is opened before."""
    queue.after_commit(db.session, "line.set_up_account", account.id, delay=20)


def _require_visible(account: Account, actor: Actor) -> None:
    if not actor.may_see_account(account.id):
        raise InvalidInput({"": _l("This account is known already. Ask an administrator to let you see it.")})


def _who_is(token: str, field: str) -> BotInfo:
    try:
        return LineClient(token=token).info()
    except PermanentFailure as error:
        raise InvalidInput(
            {field: error_messages.sentence(_TYPED.get(error.code, error.code), error.params)}
        ) from error
    except RetryLater as error:
        raise _not_now(error) from error


def _wrong_field(channel_id: str, channel_secret: str) -> InvalidInput:
    """Return an error at the field, ID or secret, that LINE refuses."""
    try:
        code = tokens.explain_refusal(channel_id, channel_secret)
    except RetryLater:
        code = "line.credentials_refused"
    code = code if code in ("line.bad_channel_id", "line.bad_channel_secret") else "line.credentials_typed"
    return InvalidInput(
        {"channel_id" if code == "line.bad_channel_id" else "channel_secret": error_messages.sentence(code)}
    )


def _not_now(error: RetryLater) -> InvalidInput:
    return InvalidInput({"": error_messages.sentence(error.code, error.params)})


# While credentials are being typed, the advice to reconnect makes no sense.
_TYPED = {"line.token_refused": "line.token_typed", "line.forbidden": "line.not_messaging"}
error_messages.register(
    {
        "line.token_typed": _l(
            "LINE refuses this token. Issue a new long-lived one under “Messaging API” in the LINE Developers Console."
        ),
        "line.credentials_typed": _l(
            "LINE refuses the channel ID or the channel secret. Copy both again from “Basic settings” in the"
            " LINE Developers Console."
        ),
        "line.not_messaging": _l("This is no Messaging API channel. Take the one of your LINE Official Account."),
    }
)
