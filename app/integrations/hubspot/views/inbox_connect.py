"""The page to which HubSpot's inbox settings lead: choose the LINE account whose conversations go to the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Response, request, url_for
from sqlalchemy import select

from app.core import htmx
from app.core.db import db
from app.core.i18n import _
from app.integrations.hubspot.forms import InboxAccountForm
from app.integrations.hubspot.gateway import scopes
from app.integrations.hubspot.gateway.urls import urls
from app.integrations.hubspot.inbox import connecting
from app.integrations.hubspot.inbox.models import HubSpotInbox, InboxState
from app.integrations.hubspot.queries import portals_for
from app.integrations.hubspot.views.blueprint import blueprint
from app.integrations.hubspot.views.wizard import leave_for
from app.integrations.shared.connecting import label_of
from app.integrations.shared.models import Integration
from app.integrations.shared.queries import accounts_of
from app.line.access import get_account
from app.line.models import Account
from app.team.permissions import Permission, current_actor, requires

# HubSpot does not document the names; these are seen in programs.
NAMES = {
    "account_token": ("accountToken", "account_token", "token"),
    "channel_id": ("channelId", "channel_id"),
    "redirect_url": ("redirectUrl", "redirect_url", "returnUrl"),
}


@dataclass(frozen=True)
class InboxChoice:
    """A LINE account that may be connected, unless something is in the way."""

    account: Account
    integration: Integration
    obstacle: str = ""

    @property
    def portal(self) -> str:
        return label_of(self.integration)


@blueprint.get("/inbox/connect")
@requires(Permission.INTEGRATIONS)
def inbox_connect() -> Response:
    """Ask which LINE account is meant; who is not signed in does so first, and comes back to this address."""
    given = {name: _asked(*names) for name, names in NAMES.items()}
    free = [one.account.id for one in _choices() if not one.obstacle]
    return _ask(InboxAccountForm(**given, account=free[0] if len(free) == 1 else None))


@blueprint.post("/inbox/connect")
@requires(Permission.INTEGRATIONS)
def connect_inbox() -> Response:
    """Connect it, and lead back to HubSpot."""
    form, made = InboxAccountForm(), list[HubSpotInbox]()
    token, channel_id = form.account_token.data or "", form.channel_id.data or ""

    def connect() -> None:
        account = get_account(form.account.data)
        made.append(connecting.connect(account, channel_id, token, actor=current_actor()))

    if not form.submit(connect):
        return _ask(form, 422)
    back = form.redirect_url.data or ""
    if _is_hubspot(back):
        return leave_for(back)
    words = _("HubSpot was told. It is connected as soon as HubSpot says so.")
    return htmx.go(url_for("hubspot.settings", connection_id=made[0].integration_id), toast=words)


def _asked(*names: str) -> str:
    return next((value for name in names if (value := request.args.get(name))), "")


def _is_hubspot(address: str) -> bool:
    """Return whether an address leads to HubSpot; it came with the visit, and anyone could have made it up."""
    try:
        parts, own = urlsplit(address), urlsplit(urls.app)
        host = parts.hostname or ""
    except ValueError:
        return False
    if (parts.scheme, parts.netloc) == (own.scheme, own.netloc):
        return True
    return parts.scheme == "https" and (host == "hubspot.com" or host.endswith(".hubspot.com"))


def _choices() -> Sequence[InboxChoice]:
    connected = [one for one in portals_for(current_actor()) if one.is_connected]
    query = select(HubSpotInbox.account_id).where(HubSpotInbox.state == InboxState.CONNECTED)
    taken = set(db.session.scalars(query))
    return [
        InboxChoice(account, one, _obstacle(one, account, taken))
        for one in connected
        for _covered, account in accounts_of(one.id)
    ]


def _obstacle(integration: Integration, account: Account, taken: set[int]) -> str:
    if account.id in taken:
        return _("It is connected with HubSpot's inbox already.")
    if not scopes.has_feature(integration.scopes, "inbox"):
        return _("HubSpot did not grant what this needs. Approve again on the screen Settings of HubSpot.")
    return ""


def _ask(form: InboxAccountForm, status: int = 200) -> Response:
    page, partial = "integrations/hubspot/inbox_connect.html", "integrations/hubspot/_inbox_connect_form.html"
    return htmx.render(page, partial, status, form=form, choices=_choices())
