"""The card on a friend's page: the contact in HubSpot, and linking by hand."""

from __future__ import annotations

from flask import Response, request

from app.core import htmx
from app.core.errors import InvalidInput, NotFound
from app.core.i18n import _, _l
from app.friends import panels
from app.friends.models import Friend
from app.friends.queries.friends import get_friend
from app.integrations.hubspot.friend_contact import contact_of
from app.integrations.hubspot.queries import get_integration
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.sync.due import apply_soon
from app.integrations.hubspot.trying_again import try_friend
from app.integrations.hubspot.views.blueprint import blueprint
from app.integrations.shared import links
from app.integrations.shared.models import Integration
from app.integrations.shared.queries import integration_of
from app.line.access import get_account
from app.team.permissions import Permission, current_actor, requires

PLACE = "/friends/<int:account_id>/<int:friend_id>"


@blueprint.get(PLACE)
@requires(Permission.INTEGRATIONS)
def of_friend(account_id: int, friend_id: int) -> Response:
    return _card(*_friend(account_id, friend_id))


@blueprint.post(f"{PLACE}/link")
@requires(Permission.INTEGRATIONS)
def link_friend(account_id: int, friend_id: int) -> Response:
    """Link the friend with the contact whose ID, or address in HubSpot, was typed."""
    connection, friend = _friend(account_id, friend_id)
    typed = request.form.get("remote_id", "")
    try:
        links.link(account_id, friend_id, connection, _contact_id(typed), actor=current_actor())
    except InvalidInput as error:
        return _card(connection, friend, 422, typed=typed, error=str(error.fields["remote_id"]))
    apply_soon(connection.id)
    htmx.toast(_("Linked. The values are compared now."))
    return _card(connection, friend)


@blueprint.post(f"{PLACE}/unlink")
@requires(Permission.INTEGRATIONS)
def unlink_friend(account_id: int, friend_id: int) -> Response:
    connection, friend = _friend(account_id, friend_id)
    links.unlink(account_id, friend_id, connection, actor=current_actor())
    htmx.toast(_("Unlinked. Both sides keep their values."))
    return _card(connection, friend)


@blueprint.post(f"{PLACE}/again")
@requires(Permission.INTEGRATIONS)
def try_friend_again(account_id: int, friend_id: int) -> Response:
    """Compare and write the friend again after something was refused."""
    connection, friend = _friend(account_id, friend_id)
    try_friend(account_id, friend_id, connection, actor=current_actor())
    htmx.toast(_("It is tried again now."))
    return _card(connection, friend)


def _friend(account_id: int, friend_id: int) -> tuple[Integration, Friend]:
    """Return the friend and the HubSpot account that covers the LINE account; raises NotFound.

    The card shows what the friend's page shows, so that both permissions are needed.
    """
    if not current_actor().may(Permission.FRIENDS):
        raise NotFound
    account = get_account(account_id)
    friend = get_friend(account.id, friend_id)
    covering = integration_of(HUBSPOT, account.id)
    if covering is None:
        raise NotFound
    return get_integration(covering.id, current_actor()), friend


def _contact_id(typed: str) -> str:
    """Return the number at the end of what was typed, which may be the address of the contact's page."""
    return typed.strip().rstrip("/").rpartition("/")[2]


def _card(connection: Integration, friend: Friend, status: int = 200, *, typed: str = "", error: str = "") -> Response:
    return htmx.render(
        "integrations/hubspot/_of_friend.html",
        None,
        status,
        connection=connection,
        friend=friend,
        contact=contact_of(connection, friend),
        typed=typed,
        error=error,
    )


def _is_covered(friend: Friend) -> bool:
    covering = integration_of(HUBSPOT, friend.account_id)
    return covering is not None and covering.is_connected


panels.register(panels.FriendPanel(_l("HubSpot"), "hubspot.of_friend", Permission.INTEGRATIONS, is_visible=_is_covered))
