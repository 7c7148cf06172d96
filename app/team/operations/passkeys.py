"""Passkeys: add and remove them, and sign in with one, which proves device and person at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import structlog
import webauthn
from sqlalchemy import delete, or_, update
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.i18n import _l
from app.team import audit, queries
from app.team.actors import SELF, Actor
from app.team.models import Member, Passkey
from app.team.operation import operation
from app.team.operations import two_factor

log = structlog.get_logger(__name__)
# More than the devices of one person.
MOST = 20
audit.describe(
    {
        "profile.passkey_added": _l("added the passkey %(target)s"),
        "profile.passkey_removed": _l("removed the passkey %(target)s"),
    }
)


@dataclass(frozen=True)
class Site:
    """For whom passkeys are made: `id` is a host name, `origin` scheme, host and port as the browser knows them."""

    id: str
    origin: str
    name: str


@operation(SELF)
def begin(member: Member, site: Site, *, password: str, code: str, actor: Actor) -> tuple[str, bytes]:
    """Return options for the browser, as JSON, and their challenge, after both proofs. Raises InvalidInput."""
    del actor
    two_factor.check(member, password, code)
    present = queries.passkeys_of(member)
    if len(present) >= MOST:
        raise Conflict(_l("There are %(most)s passkeys already. Remove one first.", most=MOST))
    options = webauthn.generate_registration_options(
        rp_id=site.id,
        rp_name=site.name,
        user_id=str(member.id).encode(),
        user_name=member.email,
        user_display_name=member.label,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in present],
    )
    return webauthn.options_to_json(options), options.challenge


@operation(SELF)
def add(member: Member, site: Site, *, name: str, credential: str, challenge: bytes, actor: Actor) -> Passkey:
    """Store what the browser has made for this challenge. Raises InvalidInput."""
    try:
        proved = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        log.warning("passkeys.refused", error=type(error).__name__)
        raise InvalidInput({"": _l("The passkey could not be checked. Try again.")}) from error
    if queries.passkey_by_credential(proved.credential_id):
        raise InvalidInput({"": _l("This passkey is known already.")})
    passkey = Passkey(
        member_id=member.id,
        name=name,
        credential_id=proved.credential_id,
        public_key=proved.credential_public_key,
        sign_count=proved.sign_count,
    )
    db.session.add(passkey)
    db.session.flush()
    audit.record(actor, "profile.passkey_added", target=passkey, target_name=name)
    return passkey


@operation(SELF)
def remove(member: Member, passkey_id: int, *, password: str, code: str, actor: Actor) -> None:
    """Remove one of the member's passkeys, after both proofs. Raises InvalidInput, or NotFound for any other."""
    two_factor.check(member, password, code)
    passkey = db.session.get(Passkey, passkey_id)
    if passkey is None or passkey.member_id != member.id:
        raise NotFound
    audit.record(actor, "profile.passkey_removed", target=passkey, target_name=passkey.name)
    db.session.delete(passkey)


def forget_all(member: Member) -> None:
    """Remove every passkey of this member."""
    db.session.execute(delete(Passkey).where(Passkey.member_id == member.id))


def offer(site: Site, member: Member | None = None) -> tuple[str, bytes]:
    """Return options for using a passkey of this site, as JSON, and their challenge; of this member only, if given."""
    own = queries.passkeys_of(member) if member else []
    options = webauthn.generate_authentication_options(
        rp_id=site.id,
        user_verification=UserVerificationRequirement.REQUIRED,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in own],
    )
    return webauthn.options_to_json(options), options.challenge


def authenticate(site: Site, *, credential: str, challenge: bytes, offered_at: datetime) -> Member | None:
    """Return the active member whose passkey has answered this challenge, which it may do once."""
    passkey = queries.passkey_by_credential(_credential_id(credential))
    member = db.session.get(Member, passkey.member_id) if passkey else None
    if passkey is None or member is None or not member.is_active:
        return None
    try:
        proved = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        log.warning("passkeys.refused", error=type(error).__name__, member_id=member.id)
        return None
    return member if _spend(passkey, proved.new_sign_count, offered_at) else None


def _credential_id(credential: str) -> bytes:
    """Return the id in what the browser sent; empty when there is none."""
    try:
        return webauthn.base64url_to_bytes(str(json.loads(credential)["rawId"]))
    except (ValueError, KeyError, TypeError):
        return b""


def _spend(passkey: Passkey, sign_count: int, offered_at: datetime) -> bool:
    """Note the use; False for a challenge that was offered before the last one, which may be a copied answer."""
    unused = or_(Passkey.last_used_at.is_(None), Passkey.last_used_at < offered_at)
    statement = update(Passkey).where(Passkey.id == passkey.id, unused)
    values = {"sign_count": sign_count, "last_used_at": now()}
    return db.session.scalar(statement.values(values).returning(Passkey.id)) is not None
