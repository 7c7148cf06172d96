"""Members, as administrators see them."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.clock import now
from app.core.i18n import _
from app.core.mail import smtp
from app.team import email_addresses, queries
from app.team.forms import ROLES, STATES, AccessForm, InviteForm, LeavingForm
from app.team.models import Member
from app.team.operations import invitations, members
from app.team.permissions import current_actor, requires_administrator
from app.team.sign_in import requires_proof
from app.team.views.public_url import public_url

# Both questions stand on one page.
REMOVING = "removing-"
blueprint = Blueprint("members", __name__, url_prefix="/members")


def invitation_url(token: str) -> str:
    """Return what the invitation's e-mail links to."""
    return public_url("invitations.show", token=token)


@blueprint.get("")
@requires_administrator
def index() -> Response:
    words, sort = request.args.get("search", ""), request.args.get("sort", "name")
    descending = request.args.get("order") == "down"
    found = queries.members(words, sort, descending)
    return htmx.render(
        "team/members/index.html",
        "team/members/_list.html",
        members=found,
        invitations=queries.invitations(found),
        args={"search": words, "sort": sort, "order": "down" if descending else "up"},
        roles=ROLES,
        states=STATES,
        at=now(),
        has_mail_server=bool(smtp.server.url),
    )


@blueprint.get("/new")
@requires_administrator
def new() -> Response:
    return _ask(InviteForm())


@blueprint.post("")
@requires_administrator
def invite() -> Response:
    form = InviteForm()
    if not form.submit(lambda: _invite(form)):
        return _ask(form, 422)
    _tell_invited(form.email.data)
    return htmx.go(url_for("members.index"))


def _invite(form: InviteForm) -> None:
    email_addresses.require_carried(form.email.data)
    invitations.invite(email=form.email.data, address=invitation_url, actor=current_actor(), **form.access)


@blueprint.post("/<int:member_id>/invitation")
@requires_administrator
def invite_again(member_id: int) -> Response:
    member = queries.member_by_id(member_id)
    invitations.invite_again(member, invitation_url, actor=current_actor())
    _tell_invited(member.email)
    return htmx.go(url_for("members.index"))


def _tell_invited(email: str) -> None:
    if smtp.server.url:
        htmx.toast(_("The invitation is on its way to %(email)s.", email=email))
    else:
        htmx.toast(_("No mail server is set. The invitation is in the outbox; copy its link from there."), "info")


@blueprint.get("/<int:member_id>")
@requires_administrator
def edit(member_id: int) -> Response:
    member = queries.member_by_id(member_id)
    return _edit(member, AccessForm.of(member))


@blueprint.post("/<int:member_id>")
@requires_administrator
def update(member_id: int) -> Response:
    member, form = queries.member_by_id(member_id), AccessForm()
    if not form.submit(lambda: members.change_member(member, actor=current_actor(), **form.access)):
        return _edit(member, form, 422)
    return htmx.go(url_for("members.edit", member_id=member.id), toast=_("Saved."))


@blueprint.post("/<int:member_id>/suspension")
@requires_administrator
def suspend(member_id: int) -> Response:
    member = queries.member_by_id(member_id)
    members.suspend(member, keeps_keys=_keeps_keys(), actor=current_actor())
    return htmx.go(
        url_for("members.edit", member_id=member.id),
        toast=_("%(name)s is suspended and signed out.", name=member.label),
    )


@blueprint.post("/<int:member_id>/reactivation")
@requires_administrator
def reactivate(member_id: int) -> Response:
    member = queries.member_by_id(member_id)
    members.reactivate(member, actor=current_actor())
    return htmx.go(
        url_for("members.edit", member_id=member.id), toast=_("%(name)s can sign in again.", name=member.label)
    )


@blueprint.post("/<int:member_id>/removal")
@requires_administrator
def remove(member_id: int) -> Response:
    member = queries.member_by_id(member_id)
    name = member.label
    members.remove(member, keeps_keys=_keeps_keys(REMOVING), actor=current_actor())
    return htmx.go(url_for("members.index"), toast=_("%(name)s is removed.", name=name))


@blueprint.post("/<int:member_id>/two-factor-reset")
@requires_administrator
@requires_proof
def reset_two_factor(member_id: int) -> Response:
    member = queries.member_by_id(member_id)
    members.reset_two_factor(member, actor=current_actor())
    return htmx.go(
        url_for("members.edit", member_id=member.id),
        toast=_("%(name)s now signs in with the password alone.", name=member.label),
    )


def _keeps_keys(prefix: str = "") -> bool:
    """Return whether the administrator answers for the API keys of a member who leaves."""
    return bool(LeavingForm(prefix=prefix).keys.data == "keep")


def _ask(form: InviteForm, status: int = 200) -> Response:
    return htmx.render("team/members/new.html", "team/members/_new_form.html", status, form=form)


def _edit(member: Member, form: AccessForm, status: int = 200) -> Response:
    return htmx.render(
        "team/members/edit.html",
        "team/members/_form.html",
        status,
        member=member,
        form=form,
        keys=queries.keys_of(member),
        leaving_form=LeavingForm(formdata=None),
        removing_form=LeavingForm(formdata=None, prefix=REMOVING),
        states=STATES,
        invitation=queries.invitations([member]).get(member.id),
        at=now(),
    )
