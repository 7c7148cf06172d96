"""Two-factor sign-in: codes of an authenticator app, and recovery codes for when it is lost."""

from __future__ import annotations

import secrets

import pyotp
from sqlalchemy import Update, func, or_, update

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import Text, _l
from app.core.secrets import UnreadableSecret, digest
from app.team import audit, passwords
from app.team.actors import SELF, Actor
from app.team.models import Member, MemberSession
from app.team.operation import operation
from app.team.operations import sign_in

RECOVERY_CODES = 10
# Without letters and digits that look alike.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"

audit.describe(
    {
        "profile.two_factor_enabled": _l("turned on two-factor sign-in"),
        "profile.two_factor_disabled": _l("turned off two-factor sign-in"),
        "profile.recovery_codes_made": _l("made new recovery codes"),
    }
)


@operation(SELF)
def begin(member: Member, *, actor: Actor) -> None:
    """Choose a secret for the authenticator app; sign-in changes only after a first code has proved that it arrived."""
    del actor
    if member.has_two_factor:
        raise Conflict(_l("Two-factor sign-in is already on."))
    member.totp_secret = pyotp.random_base32()


def is_pending(member: Member) -> bool:
    """Return whether it was begun and not yet turned on; one whose secret cannot be read any more is begun again."""
    try:
        return not member.has_two_factor and bool(member.totp_secret)
    except UnreadableSecret:
        return False


def provisioning_uri(member: Member, issuer: str) -> str:
    """Return what the QR code holds for an authenticator app, in which a colon divides issuer and name."""
    name, issuer = (text.replace(":", " ") for text in (member.email, issuer))
    return _totp(member).provisioning_uri(name=name, issuer_name=" ".join(issuer.split()) or "Tomoru")


@operation(SELF)
def activate(member: Member, session: MemberSession | None, *, password: str, code: str, actor: Actor) -> list[str]:
    """Turn it on with the password and a first code, and end all sessions but this one; returns the recovery codes.

    They are shown once. Raises InvalidInput.
    """
    if not is_pending(member):
        raise Conflict(_l("This has changed in the meantime. Reload the page and try again."))
    _check_password(member, password)
    if not _use_app_code(member, code):
        raise _wrong_code(member)
    member.totp_enabled_at = now()
    sign_in.end_everywhere(member, but=session)
    audit.record(actor, "profile.two_factor_enabled")
    return _new_codes(member)


@operation(SELF)
def make_recovery_codes(member: Member, *, password: str, code: str, actor: Actor) -> list[str]:
    """Replace the recovery codes; returns the new ones, which are shown once. Raises InvalidInput."""
    _check_password(member, password)
    if not _use_app_code(member, code):
        raise _wrong_code(member)
    audit.record(actor, "profile.recovery_codes_made")
    return _new_codes(member)


@operation(SELF)
def disable(member: Member, *, password: str, code: str, actor: Actor) -> None:
    """Turn it off; asks for the password and a code of either kind. Raises InvalidInput."""
    check(member, password, code)
    forget(member)
    audit.record(actor, "profile.two_factor_disabled")


def check(member: Member, password: str, code: str, field: str = "password") -> None:
    """Raise InvalidInput unless the password is right and, where one is asked for at sign-in, the code; spends it.

    `field` is that of the password.
    """
    _check_password(member, password, field)
    if member.has_two_factor and not use_code(member, code):
        raise _wrong_code(member)


def _check_password(member: Member, password: str, field: str = "password") -> None:
    if not passwords.matches(member.password_hash, password):
        raise InvalidInput({field: _l("This is not your present password.")})


def forget(member: Member) -> None:
    """Remove secret and codes."""
    member.totp_secret = member.totp_enabled_at = member.totp_last_step = None
    member.recovery_codes = []


def use_code(member: Member, code: str) -> str | None:
    """Spend a code of the app or a recovery code: "app" or "recovery" when it was good, else None."""
    if _use_app_code(member, code):
        return "app"
    return "recovery" if _use_recovery_code(member, code) else None


def trouble(member: Member) -> Text | None:
    """Return why no code of the app can be right; None while its secret can be read."""
    try:
        _ = member.totp_secret
    except UnreadableSecret:
        return _l(
            "Codes of the authenticator app cannot be checked any more, because the key that encrypted its secret is"
            " missing from ENCRYPTION_KEYS. Use a recovery code, or ask an administrator to reset two-factor sign-in."
        )
    return None


def _use_app_code(member: Member, code: str) -> bool:
    """Return whether the code is of now (or half a minute off) and unused, also when two requests bring it at once."""
    try:
        step = _totp(member).verify_and_get_timecode(_plain(code), for_time=now(), valid_window=1)
    except (pyotp.OTPVerificationError, Conflict, UnreadableSecret):
        return False
    unused = or_(Member.totp_last_step.is_(None), Member.totp_last_step < step)
    return _changes_row(update(Member).where(Member.id == member.id, unused).values(totp_last_step=step))


def _use_recovery_code(member: Member, code: str) -> bool:
    hashed = digest(_plain(code))
    remaining = func.array_remove(Member.recovery_codes, hashed)
    here = Member.recovery_codes.contains([hashed])
    return _changes_row(update(Member).where(Member.id == member.id, here).values(recovery_codes=remaining))


def _changes_row(statement: Update) -> bool:
    return db.session.scalar(statement.returning(Member.id)) is not None


def _totp(member: Member) -> pyotp.TOTP:
    if not member.totp_secret:
        raise Conflict(_l("Two-factor sign-in is not set up."))
    return pyotp.TOTP(member.totp_secret)


def _new_codes(member: Member) -> list[str]:
    """Store and return new codes: 16 characters of 31 kinds, too many to try even for one who has the digests."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    member.recovery_codes = [digest(code) for code in codes]
    return ["-".join(code[i : i + 4] for i in range(0, 16, 4)) for code in codes]


def _plain(code: str) -> str:
    """Remove the blanks and hyphens that make codes readable."""
    return "".join(code.lower().replace("-", "").split())


def _wrong_code(member: Member) -> InvalidInput:
    wrong = _l("This code is not right, or was used already. Wait for the next one.")
    return InvalidInput(code=trouble(member) or wrong)
