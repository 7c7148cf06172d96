"""Register webhooks, the workflow action and the inbox channel, with the developer key; again at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import structlog
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import database_now
from app.core.db import db, released
from app.core.errors import Conflict, PermanentFailure, RetryLater
from app.core.i18n import _l
from app.core.secrets import UnreadableSecret
from app.integrations.hubspot.credentials import HubSpotApp, find_app
from app.integrations.hubspot.executions.definition import definition
from app.integrations.hubspot.gateway import actions
from app.integrations.hubspot.gateway import webhooks as requests
from app.integrations.hubspot.gateway.actions import ActionDefinition
from app.integrations.hubspot.gateway.developer import DeveloperClient
from app.integrations.hubspot.gateway.webhooks import WebhookSubscription
from app.integrations.hubspot.inbox.channel import find_channel, keep_channel, register_channel, webhook_key
from app.integrations.hubspot.models import HubSpotRegistration
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.webhooks.wanted import CHANGE, EVENTS, target_url, wanted_subscriptions
from app.integrations.shared.working import connected_ids
from app.team import audit
from app.team.actors import ADMINISTRATOR, Actor
from app.team.operation import operation

log = structlog.get_logger(__name__)
audit.describe({"integration.app_registered": _l("had webhooks and the workflow action registered at %(target)s")})


@operation(ADMINISTRATOR)
def register_again(*, actor: Actor) -> None:
    """Register now; raises RetryLater or PermanentFailure, which is kept as well, and Conflict without a key."""
    audit.record(actor, "integration.app_registered", target_name="HubSpot")
    if not register_app():
        raise Conflict(_l("There is no developer key. Enter it, or upload the project files."))


def register_app() -> bool:
    """Register what is missing, bring the rest up to date, and keep what came of it; False without a developer key.

    Raises RetryLater, and PermanentFailure for a key that HubSpot refuses.
    """
    app = find_app()
    if app is None or not app.developer_key or not app.app_id:
        return False
    wanted = wanted_subscriptions()
    client = DeveloperClient(app.developer_key)
    key, known = webhook_key(app.app_id), find_channel(app.app_id)
    known_id, channels = known.channel_id if known else None, list[str]()
    with released():
        error = _first_error(
            lambda: _register_webhooks(app, client, wanted),
            lambda: _register_action(app, client),
            lambda: channels.append(register_channel(app, client, key, known_id)),
        )
    _keep(app.app_id, error)
    if channels:
        keep_channel(app.app_id, channels[0])
    if error is not None:
        raise error
    return True


def register_quietly() -> None:
    """Register while a portal is connected, and commit; what HubSpot refuses is shown where the app is set up."""
    if db.session.scalar(connected_ids(HUBSPOT).limit(1)) is None:
        return
    try:
        register_app()
    except (RetryLater, PermanentFailure) as error:
        log.warning("hubspot.not_registered", code=error.code)
    except UnreadableSecret:
        log.warning("hubspot.not_registered", code="unreadable_secret")
    db.session.commit()


def find_registration(app: HubSpotApp | None) -> HubSpotRegistration | None:
    """Return what came of registering the app; None where it was never tried."""
    return db.session.get(HubSpotRegistration, app.app_id) if app else None


def is_registering(app: HubSpotApp | None, registration: HubSpotRegistration | None) -> bool:
    """Return whether a worker is about to register the app: there is a key, and nothing has come of it yet."""
    if app is None or not app.developer_key or not app.app_id:
        return False
    return registration is None or (registration.registered_at is None and registration.problem is None)


def _first_error(*steps: Callable[[], None]) -> RetryLater | PermanentFailure | None:
    """Take all steps, since one that is refused says nothing of the others; returns what went wrong first."""
    errors: list[RetryLater | PermanentFailure] = []
    for step in steps:
        try:
            step()
        except (RetryLater, PermanentFailure) as error:
            errors.append(error)
    return errors[0] if errors else None


def _keep(app_id: str, error: RetryLater | PermanentFailure | None) -> None:
    values: dict[str, Any] = {"problem": None, "problem_values": {}, "registered_at": database_now()}
    if error is not None:
        values = {"problem": error.code, "problem_values": dict(error.params)}
    stored = insert(HubSpotRegistration).values(app_id=app_id, **values)
    db.session.execute(stored.on_conflict_do_update(index_elements=["app_id"], set_=values))


def _register_webhooks(app: HubSpotApp, client: DeveloperClient, wanted: Sequence[WebhookSubscription]) -> None:
    """Let events come to our address, and listen to what is wanted; properties that are mapped no more are left."""
    if requests.target_url(client, app.app_id) != target_url():
        client.call(requests.set_target_url(app.app_id, target_url()))
    known = {one.key: one for one in client.call(requests.list_subscriptions(app.app_id))}
    for one in wanted:
        _subscribe(app, client, one, known.pop(one.key, None))
    of_ours = {f"{kind}.{CHANGE}" for kind in EVENTS}
    for left in known.values():
        if left.event_type in of_ours:
            client.call(requests.unsubscribe(app.app_id, left.id))


def _subscribe(
    app: HubSpotApp, client: DeveloperClient, wanted: WebhookSubscription, known: WebhookSubscription | None
) -> None:
    if known is not None and not known.is_active:
        client.call(requests.activate(app.app_id, known.id))
    elif known is None:
        try:
            client.call(requests.subscribe(app.app_id, wanted))
        except PermanentFailure as error:
            # Another worker was faster.
            if error.code != "hubspot.conflict":
                raise


def _register_action(app: HubSpotApp, client: DeveloperClient) -> None:
    wanted = definition()
    known = next((one for one in _definitions(app, client) if one.action_url == wanted["actionUrl"]), None)
    if known is None:
        client.call(actions.create_definition(app.app_id, wanted))
    elif any(known.body.get(name) != value for name, value in wanted.items()):
        client.call(actions.update_definition(app.app_id, known.id, wanted))


def _definitions(app: HubSpotApp, client: DeveloperClient) -> Iterator[ActionDefinition]:
    after: str | None = None
    while True:
        page = client.call(actions.list_definitions(app.app_id, after))
        yield from page.definitions
        after = page.after
        if after is None:
            return
