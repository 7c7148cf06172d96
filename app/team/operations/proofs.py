"""What members prove again before something that a browser left open must not be enough for.

Changing one's own proofs (password, second factor, passkeys) asks for password and code each time. What else is
sensitive asks for them when the session has not given them for a while.
"""

from __future__ import annotations

from datetime import timedelta

from app.core.clock import now
from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.team.actors import SELF, Actor
from app.team.models import Member, MemberSession
from app.team.operation import operation
from app.team.operations import two_factor

# How long a proof is good for sensitive operations.
GOOD_FOR = timedelta(minutes=15)


@operation(SELF)
def renew(member: Member, session: MemberSession, *, password: str, code: str, actor: Actor) -> None:
    """Prove again who sits at the browser of this session. Raises InvalidInput."""
    del actor
    two_factor.check(member, password, code)
    session.proved_at = now()


@operation(SELF)
def renew_with_passkey(member: Member, session: MemberSession, *, used_by: Member | None, actor: Actor) -> None:
    """Prove again with the passkey of `used_by`, in place of password and code. Raises InvalidInput."""
    del actor
    if used_by is None or used_by.id != member.id:
        raise InvalidInput({"": _l("This passkey does not belong to your account. Use your password.")})
    session.proved_at = now()


def is_fresh(session: MemberSession) -> bool:
    """Return whether the session may do what is sensitive without being asked again."""
    return session.proved_at > now() - GOOD_FOR
