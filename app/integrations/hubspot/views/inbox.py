"""Inbox sync on the screen Settings: how it stands for each LINE account, test, change and removal."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request, url_for

from app.core import error_messages, htmx
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, PermanentFailure, RetryLater
from app.core.i18n import _, sentences
from app.core.identifiers import posted_number
from app.integrations.hubspot.gateway.urls import urls
from app.integrations.hubspot.groups import switching
from app.integrations.hubspot.inbox import connecting
from app.integrations.hubspot.inbox.models import HubSpotInbox
from app.integrations.hubspot.inbox.showing import inboxes_of
from app.integrations.hubspot.queries import get_integration
from app.integrations.hubspot.views.blueprint import blueprint
from app.integrations.hubspot.views.settings import registered
from app.integrations.shared.models import Integration
from app.line.access import get_account
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/<int:connection_id>/inbox")
@requires(Permission.INTEGRATIONS)
def inbox(connection_id: int) -> Response:
    """Return the section alone, which asks again while HubSpot is waited for."""
    connection = get_integration(connection_id, current_actor())
    return _section(connection) if htmx.is_fragment() else _back(connection)


@blueprint.post("/<int:connection_id>/inbox/<int:inbox_id>/check")
@requires(Permission.INTEGRATIONS)
def check_inbox(connection_id: int, inbox_id: int) -> Response:
    connection, found = _found(connection_id, inbox_id)
    return _done(connection, lambda: connecting.check(found, actor=current_actor()), _("HubSpot was asked."))


@blueprint.post("/<int:connection_id>/inbox/<int:inbox_id>/test")
@requires(Permission.INTEGRATIONS)
def test_inbox(connection_id: int, inbox_id: int) -> Response:
    """Put a message into HubSpot's inbox."""
    connection, found = _found(connection_id, inbox_id)
    words = _("The test message is in HubSpot's inbox.")
    return _done(connection, lambda: connecting.send_test(found, actor=current_actor()), words)


@blueprint.post("/<int:connection_id>/inbox/<int:inbox_id>/account")
@requires(Permission.INTEGRATIONS)
def change_inbox_account(connection_id: int, inbox_id: int) -> Response:
    """Let another LINE account use the channel."""
    connection, found = _found(connection_id, inbox_id)
    account = get_account(posted_number(request.form.get("account")))
    action = lambda: connecting.change_account(found, account, actor=current_actor())  # noqa: E731
    return _done(connection, action, _("Conversations of %(account)s go to HubSpot from now on.", account=account.name))


@blueprint.post("/<int:connection_id>/inbox/<int:inbox_id>/removal")
@requires(Permission.INTEGRATIONS)
def remove_inbox(connection_id: int, inbox_id: int) -> Response:
    connection, found = _found(connection_id, inbox_id)
    is_told = connecting.remove(found, actor=current_actor())
    said = _("Inbox sync is removed. All that HubSpot has stays there.")
    left = _("HubSpot could not be told: remove the channel in its inbox settings.")
    return _back(connection, said if is_told else sentences([said, left]))


@blueprint.post("/<int:connection_id>/groups")
@requires(Permission.INTEGRATIONS)
def switch_groups(connection_id: int) -> Response:
    """Sync group chats as companies, or stop."""
    connection = get_integration(connection_id, current_actor(), lock=True)
    is_on = request.form.get("is_on") == "1"
    switching.switch_groups(connection, is_on=is_on, actor=current_actor())
    if is_on:
        return _back(connection, _("LINE groups become companies of HubSpot within a minute or two."))
    return _back(connection, _("LINE groups are synced no more. The companies in HubSpot stay."))


def _found(connection_id: int, inbox_id: int) -> tuple[Integration, HubSpotInbox]:
    connection = get_integration(connection_id, current_actor())
    return connection, connecting.get_inbox(connection.id, inbox_id, current_actor(), lock=True)


def _done(connection: Integration, action: Callable[[], None], words: str) -> Response:
    """Do it and say so, or say why not."""
    connection_id = connection.id
    try:
        action()
    except (RetryLater, PermanentFailure) as error:
        db.session.rollback()
        return _refused(connection_id, error_messages.sentence(error.code, error.params))
    except InvalidInput as error:
        db.session.rollback()
        return _refused(connection_id, sentences(error.fields.values()))
    except Conflict as error:
        db.session.rollback()
        return _refused(connection_id, str(error.message))
    return _back(connection, words)


def _refused(connection_id: int, words: str) -> Response:
    htmx.toast(words, "error")
    return htmx.go(url_for("hubspot.settings", connection_id=connection_id))


def _section(connection: Integration) -> Response:
    page, part = "integrations/hubspot/settings.html", "integrations/hubspot/_inbox.html"
    return htmx.render(
        page,
        part,
        connection=connection,
        inboxes=inboxes_of(connection),
        inbox_settings_url=urls.inbox_settings(connection.remote_id),
        inbox_url=urls.inbox(connection.remote_id),
        **registered(),
    )


def _back(connection: Integration, words: str = "") -> Response:
    return htmx.go(url_for("hubspot.settings", connection_id=connection.id), toast=words)
