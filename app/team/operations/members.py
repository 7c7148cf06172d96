"""Change, suspend and remove members. One administrator is always left, also when two of them act at once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, or_, select

from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.i18n import Text, _l
from app.team import audit
from app.team.actors import ADMINISTRATOR, Actor
from app.team.models import LinkPurpose, Member, MemberState, Role
from app.team.operation import operation
from app.team.operations import api_keys, one_time_links, passkeys, sign_in, two_factor
from app.team.permissions import NOT_YET

audit.describe(
    {
        "member.promoted": _l("made %(target)s an administrator"),
        "member.demoted": _l("made %(target)s an ordinary member"),
        "member.permissions_changed": _l("changed what %(target)s may do"),
        "member.accounts_changed": _l("changed which LINE Official Accounts %(target)s may see"),
        "member.suspended": _l("suspended %(target)s"),
        "member.reactivated": _l("reactivated %(target)s"),
        "member.removed": _l("removed %(target)s"),
        "member.two_factor_reset": _l("turned off two-factor sign-in of %(target)s"),
    }
)


@operation(ADMINISTRATOR)
def change_member(
    member: Member,
    *,
    role: Role,
    permissions: Sequence[str],
    account_ids: Sequence[int] | None,
    actor: Actor,
) -> None:
    """Set role, permissions and visible accounts (None: all); permissions for features to come stay as they are.

    Raises InvalidInput for the last administrator.
    """
    administrators = _lock_administrators(member)
    if role != Role.ADMINISTRATOR and administrators == [member]:
        raise InvalidInput(role=_last_one(member))
    if role != member.role:
        member.role = role
        verb = "member.promoted" if role == Role.ADMINISTRATOR else "member.demoted"
        audit.record(actor, verb, target=member)
    kept = NOT_YET.intersection(member.permissions)
    if (wanted := sorted({*permissions, *kept})) != member.permissions:
        member.permissions = wanted
        audit.record(actor, "member.permissions_changed", target=member, permissions=member.permissions)
    chosen = None if account_ids is None else sorted(account_ids)
    if chosen != member.account_ids:
        member.account_ids = chosen
        audit.record(actor, "member.accounts_changed", target=member, account_ids=chosen)


@operation(ADMINISTRATOR)
def suspend(member: Member, *, keeps_keys: bool = False, actor: Actor) -> None:
    """End the member's sessions and links, and refuse sign-in. Raises Conflict for the last administrator.

    Their API keys are revoked, or with `keeps_keys` handed over to the actor.
    """
    administrators = _lock_administrators(member)
    if member.state != MemberState.ACTIVE:
        raise Conflict(_l("Only active members can be suspended."))
    if administrators == [member]:
        raise Conflict(_last_one(member))
    member.state = MemberState.SUSPENDED
    sign_in.end_everywhere(member)
    one_time_links.void(member, LinkPurpose.PASSWORD_RESET)
    api_keys.settle(member, hand_over=keeps_keys, actor=actor)
    audit.record(actor, "member.suspended", target=member)


@operation(ADMINISTRATOR)
def reactivate(member: Member, *, actor: Actor) -> None:
    """Let a suspended member sign in as before. Raises Conflict unless suspended."""
    _lock_administrators(member)
    if member.state != MemberState.SUSPENDED:
        raise Conflict(_l("Only suspended members can be reactivated."))
    member.state = MemberState.ACTIVE
    audit.record(actor, "member.reactivated", target=member)


@operation(ADMINISTRATOR)
def remove(member: Member, *, keeps_keys: bool = False, actor: Actor) -> None:
    """Delete the member, or withdraw an invitation; what they did stays in the audit log. Raises Conflict.

    Their API keys are revoked, or with `keeps_keys` handed over to the actor.
    """
    administrators = _lock_administrators(member)
    if administrators == [member]:
        raise Conflict(_last_one(member))
    api_keys.settle(member, hand_over=keeps_keys, actor=actor)
    audit.record(actor, "member.removed", target=member)
    db.session.delete(member)
    db.session.flush()


@operation(ADMINISTRATOR)
def reset_two_factor(member: Member, *, actor: Actor) -> None:
    """Turn off two-factor sign-in of another member who has lost phone and recovery codes; ends their sessions.

    Passkeys are removed with it, since the phone holds them.

    Raises Conflict for the actor's own, which takes password and code.
    """
    if actor.member_id == member.id:
        raise Conflict(_l("Turn off your own two-factor sign-in in your personal settings, with password and code."))
    two_factor.forget(member)
    passkeys.forget_all(member)
    sign_in.end_everywhere(member)
    audit.record(actor, "member.two_factor_reset", target=member)


def _lock_administrators(member: Member) -> list[Member]:
    """Lock every active administrator and this member until the end of the transaction; returns the former.

    All changes lock the same rows in the same order, so of two at once the second sees what the first has done.
    """
    administrators = and_(Member.role == Role.ADMINISTRATOR, Member.state == MemberState.ACTIVE)
    query = select(Member).where(or_(administrators, Member.id == member.id)).order_by(Member.id)
    locked = db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()
    if member not in locked:
        raise NotFound
    return [row for row in locked if row.is_administrator and row.is_active]


def _last_one(member: Member) -> Text:
    return _l("%(name)s is the last administrator. Make another member one first.", name=member.label)
