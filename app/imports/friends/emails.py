"""Tell the member who began a friend import by e-mail that it has ended."""

from __future__ import annotations

from app.core.db import db
from app.core.error_messages import sentence
from app.core.i18n import _, in_language, ngettext
from app.core.mail.operations import send_mail
from app.core.runs.models import Run, RunState
from app.line.gateway.urls import urls
from app.line.models import Account
from app.team.actors import Actor
from app.team.emails import language_for
from app.team.models import Member
from app.team.permissions import Permission


def tell(run: Run) -> None:
    """Write the e-mail, unless the run was cancelled or is a weekly one that found no new friends."""
    member = db.session.get(Member, run.member_id) if run.member_id else None
    is_news = run.state == RunState.FAILED or run.counts.get("new") or not run.input.get("weekly")
    if run.state == RunState.CANCELLED or not is_news or member is None:
        return
    if not Actor.of_member(member).may(Permission.IMPORTS, run.subject_id):
        return
    account = db.session.get_one(Account, run.subject_id)
    with in_language(language_for(member, run.input.get("language", ""))):
        if run.state == RunState.FAILED:
            subject = _("The friend import of %(account)s did not finish", account=account.name)
        else:
            subject = _("The friend import of %(account)s is complete", account=account.name)
        address = f"{urls.ours}/accounts/{account.id}/settings#friend-import"
        send_mail(member.email, subject, "\n\n".join([*outcome(run), address]) + "\n")


def outcome(run: Run) -> list[str]:
    """Return what an ended import came to, in sentences."""
    if run.state == RunState.FAILED:
        stays = _("What was imported stays; the next import continues where it stopped.")
        return [sentence(run.reason, run.reason_values), stays]
    counts = run.counts
    lines = [ngettext("%(num)s friend is new.", "%(num)s friends are new.", counts.get("new", 0))]
    if missing := counts.get("unavailable", 0) + counts.get("failed", 0):
        lines.append(
            ngettext(
                "The profile of %(num)s follower could not be read. The next import tries again.",
                "The profiles of %(num)s followers could not be read. The next import tries again.",
                missing,
            )
        )
    return lines
