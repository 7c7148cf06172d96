"""Connect HubSpot accounts by OAuth, look at them again, and leave them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from app.core import error_messages, queue
from app.core.db import db, released
from app.core.errors import Conflict, PermanentFailure, RetryLater
from app.core.i18n import Text, _l
from app.core.secrets import UnreadableSecret
from app.integrations.hubspot.access import kept_form
from app.integrations.hubspot.credentials import HubSpotApp, find_app, settings
from app.integrations.hubspot.defaults import add_default_mappings
from app.integrations.hubspot.executions.performing import tell_again
from app.integrations.hubspot.gateway import oauth, scopes
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.gateway.oauth import Grant
from app.integrations.hubspot.going_on import go_on
from app.integrations.hubspot.inbox.answering import tell_again as tell_answers_again
from app.integrations.hubspot.inbox.connecting import end_all
from app.integrations.hubspot.looking import described, look
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.shared import connecting
from app.integrations.shared.approvals import BegunVisit, NotApproved, begin_visit, take_visit
from app.integrations.shared.connecting import RemoteAccount
from app.integrations.shared.models import Integration, IntegrationState
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

NOT_TOLD = "hubspot.not_told"
error_messages.register(
    {
        NOT_TOLD: _l(
            "HubSpot could not be told. The app is still installed there: uninstall it under Settings, Integrations,"
            " Connected Apps in HubSpot."
        ),
    }
)
audit.describe({"integration.checked": _l("checked the connection to %(service)s, account %(target)s")})


@dataclass
class OneToken:
    """The gateway's access with a token that is not stored, for the moments of connecting and leaving."""

    portal_id: str
    value: str = field(repr=False)
    per_ten_seconds: int = 100
    time_zone: str = ""

    def token(self) -> str:
        return self.value

    def renew(self, refused: str) -> str:
        """Raise PermanentFailure: there is no other token."""
        raise PermanentFailure("hubspot.uninstalled")

    def lost(self, code: str) -> None:
        """Do nothing: what is lost was not kept."""


@operation(Permission.INTEGRATIONS)
def begin(account_ids: Collection[int], *, actor: Actor, integration_id: int | None = None) -> str:
    """Return HubSpot's page on which the member approves; raises InvalidInput(accounts), or Conflict without an app."""
    app = _app()
    visit = begin_visit(HUBSPOT, account_ids, actor=actor, integration_id=integration_id)
    return oauth.authorize_url(app.credentials.client_id, settings.redirect_uri, visit.state, visit.verifier)


@operation(Permission.INTEGRATIONS)
def finish(code: str, state: str, *, actor: Actor) -> Integration:
    """Connect what was approved; without a state it came from HubSpot's side and waits for a confirmation.

    Raises NotApproved with the reason.
    """
    visit = take_visit(HUBSPOT, state, actor=actor) if state else None
    app = _app()
    with released():
        grant, remote = _approved(app, code, visit)
    if visit is None:
        return connecting.hold_approval(remote, kept_form(grant), actor=actor)
    integration = connecting.connect(remote, kept_form(grant), visit.account_ids, actor=actor)
    _set_up(integration)
    return integration


@operation(Permission.INTEGRATIONS)
def deny(state: str, error: str, *, actor: Actor) -> NotApproved:
    """Return why HubSpot sent the member back without an approval; what was begun is over."""
    if state:
        take_visit(HUBSPOT, state, actor=actor)
    return NotApproved(_REFUSALS.get(error) or _l("HubSpot did not approve. It said: %(error)s", error=error))


@operation(Permission.INTEGRATIONS)
def confirm(integration: Integration, account_ids: Collection[int], *, actor: Actor) -> None:
    """Connect what was approved at HubSpot's side; raises InvalidInput(accounts) or Conflict."""
    connecting.confirm(integration, account_ids, actor=actor)
    _set_up(integration)


@operation(Permission.INTEGRATIONS)
def check(integration: Integration, *, actor: Actor) -> None:
    """Ask HubSpot what it is and what is granted; raises RetryLater or PermanentFailure, and notes a loss."""
    look(integration)
    connecting.note(integration, "integration.checked", actor)


@operation(Permission.INTEGRATIONS)
def disconnect(integration: Integration, *, actor: Actor) -> bool:
    """End the exchange, and take the app out of HubSpot; return whether HubSpot was told.

    It ends here in any case.
    """
    app, refresh_token = _readable(integration)
    was, portal_id = integration.state, integration.remote_id
    connecting.disconnect(integration, actor=actor)
    end_all(integration.id)
    with released():
        is_told = was == IntegrationState.UNINSTALLED or (app is not None and _left(app, portal_id, refresh_token))
    if not is_told:
        integration.reason = NOT_TOLD
    return is_told


def _set_up(integration: Integration) -> None:
    """Give a connected account what every one begins with; workers register what the app has, and begin to sync."""
    add_default_mappings(integration)
    tell_again(integration)
    tell_answers_again(integration)
    go_on(integration)
    queue.after_commit(db.session, "integrations.hubspot.register")
    queue.after_commit(db.session, "integrations.hubspot.sync.start_due")


_REFUSALS: dict[str, Text] = {
    "access_denied": _l("The approval was declined in HubSpot. Nothing is connected."),
    "invalid_scope": _l(
        "The app in HubSpot does not allow what Tomoru asks for. Compare its scopes with the project files, and begin"
        " again."
    ),
}


def _app() -> HubSpotApp:
    found = find_app()
    if found is None:
        raise Conflict(_l("The app for HubSpot is not set up. An administrator enters it under Integrations."))
    return found


def _approved(app: HubSpotApp, code: str, visit: BegunVisit | None) -> tuple[Grant, RemoteAccount]:
    """Exchange the code, and read which account approved."""
    verifier = visit.verifier if visit else None
    try:
        grant = oauth.exchange_code(app.credentials, code, settings.redirect_uri, verifier)
    except (RetryLater, PermanentFailure) as error:
        raise NotApproved(error_messages.sentence(error.code, error.params)) from error
    if missing := [scope for scope in scopes.REQUIRED if scope not in grant.scopes]:
        names = scopes.in_words(", ".join(missing))
        raise NotApproved(_l("HubSpot did not grant what is needed at least: %(scopes)s", scopes=names))
    client = HubSpotClient(OneToken(grant.hub_id, grant.access_token), tries=1)
    try:
        return grant, described(app, client)[0]
    except (RetryLater, PermanentFailure):
        # It is approved; name and time zone come with the next look.
        return grant, RemoteAccount(HUBSPOT, grant.hub_id, "", {})


def _readable(integration: Integration) -> tuple[HubSpotApp | None, str]:
    """Return the app and the refresh token; nothing where the key that encrypted them is lost."""
    try:
        return find_app(), integration.refresh_token or ""
    except UnreadableSecret:
        return None, ""


def _left(app: HubSpotApp, portal_id: str, refresh_token: str) -> bool:
    """Uninstall the app and revoke its grant; return whether HubSpot did both."""
    try:
        # The stored access token may have run out.
        grant = oauth.refresh(app.credentials, refresh_token)
        access = OneToken(portal_id, grant.access_token)
        HubSpotClient(access, tries=1).call(oauth.uninstall())
        oauth.revoke(app.credentials, grant.refresh_token)
    except (RetryLater, PermanentFailure):
        return False
    return True
