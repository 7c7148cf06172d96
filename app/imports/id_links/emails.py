"""Tell the member who began an import by e-mail that it failed, or was done in part."""

from __future__ import annotations

from app.core.db import db
from app.core.error_messages import sentence as reason_sentence
from app.core.i18n import _, count, in_language, ngettext
from app.core.mail.operations import send_mail
from app.core.runs.models import Run, RunState
from app.imports.id_links.queries import Problem, problems
from app.line.gateway.urls import urls
from app.line.models import Account
from app.team.emails import language_for
from app.team.models import Member

# So many lines stand in the email itself; the rest is in the file.
LINES = 20


def tell(run: Run) -> None:
    """Write the email, if there is something to tell and a member to tell it to."""
    invalid = run.counts.get("invalid", 0)
    is_trouble = run.state == RunState.FAILED or (run.state == RunState.COMPLETED and invalid)
    member = db.session.get(Member, run.input.get("emails_to") or run.member_id or 0)
    if not is_trouble or member is None or not member.is_active:
        return
    with in_language(language_for(member, run.input.get("language", ""))):
        values = {"file": run.input["file"], "account": db.session.get_one(Account, run.subject_id).name}
        if run.state == RunState.FAILED:
            subject = _("Error: “%(file)s” was not imported", **values)
        elif run.input["dry_run"]:
            subject = _("“%(file)s” was checked: not all of it is right", **values)
        else:
            subject = _("“%(file)s” was imported in part", **values)
        send_mail(member.email, subject, "\n\n".join(_body(run, values)) + "\n")


def _body(run: Run, values: dict[str, str]) -> list[str]:
    address = f"{urls.ours}/accounts/{run.subject_id}/id-links"
    listed = problems(run.id, LINES)
    rest = run.counts.get("invalid", 0) - len(listed)
    if run.state == RunState.FAILED:
        first = _("The import of ID links from “%(file)s” into %(account)s ended with an error.", **values)
        lines = [first, reason_sentence(run.reason, run.reason_values)]
    elif run.input["dry_run"]:
        first = _("“%(file)s” was checked for %(account)s. Nothing was changed; these lines cannot be used.", **values)
        lines = [first]
    else:
        first = _("The good rows of “%(file)s” were imported into %(account)s; the others were left out.", **values)
        lines = [first]
    if listed:
        lines.append("\n".join(_line(problem) for problem in listed))
    if rest > 0:
        lines.append(ngettext("And one more line.", "And %(num)s more lines.", rest))
    return [*lines, _("Every line with its reason can be downloaded here:"), address]


def _line(problem: Problem) -> str:
    words = _("Line %(line)s: %(reason)s", line=count(problem.line), reason=problem.reason)
    return f"{words}\n    {problem.value}" if problem.value else words
