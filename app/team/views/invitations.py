"""Coming in by a mailed invitation."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.clock import now
from app.core.db import db
from app.core.i18n import _
from app.team import queries, unsent
from app.team import sign_in as sessions
from app.team.forms import AcceptForm
from app.team.models import LinkPurpose, LinkState, Member, MemberLink
from app.team.operations import invitations
from app.team.permissions import public

blueprint = Blueprint("invitations", __name__, url_prefix="/invitations")


@blueprint.get("/<token>")
@public
def show(token: str) -> Response:
    return _answer(token, AcceptForm())


@blueprint.post("/<token>")
@public
def accept(token: str) -> Response:
    form = AcceptForm()
    link = _good_link(token)
    if link is None:
        return _answer(token, form)
    if not form.submit(lambda: _come_in(link, form)):
        return _answer(token, form, 422)
    return htmx.go(url_for("home.show"), toast=_("Welcome to “%(workspace)s”.", workspace=queries.workspace().name))


@unsent.prints_again("invitations.accept")
def print_again(token: str) -> Response:
    """Print the form of an earlier session again."""
    return _answer(token, unsent.of_earlier_session(AcceptForm()), 400)


def _come_in(link: MemberLink, form: AcceptForm) -> None:
    member = invitations.accept(link, name=form.name.data, password=form.password.data)
    sessions.start(member, remember=True)


def _good_link(token: str) -> MemberLink | None:
    link = queries.link_by_token(LinkPurpose.INVITATION, token)
    return link if link and link.state(now()) == LinkState.VALID else None


def _answer(token: str, form: AcceptForm, status: int = 200) -> Response:
    """Return the form while the link is good, else what became of the link."""
    link = queries.link_by_token(LinkPurpose.INVITATION, token)
    state = link.state(now()) if link else None
    if link is None or state != LinkState.VALID:
        return htmx.render("team/invitations/dead.html", status=410 if link else 404, state=state)
    return htmx.render(
        "team/invitations/show.html",
        "team/invitations/_form.html",
        status,
        form=form,
        action=request.path,
        email=db.session.get_one(Member, link.member_id).email,
        workspace=queries.workspace(),
    )
