"""Take in what HubSpot's workflows ask for: store it once, and answer that the workflow shall wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import lenient_json, queue
from app.core.clock import database_now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import _
from app.core.identifiers import row_number
from app.core.queue import Queue
from app.integrations.hubspot.executions.definition import ACCOUNT, AUTO_MESSAGE, LINE_USER_ID
from app.integrations.hubspot.models import HubSpotExecution
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.shared.models import Integration, IntegrationAccount
from app.integrations.shared.queries import accounts_of
from app.messages.auto.models import AutoMessage

WAKE = "integrations.hubspot.perform"
# HubSpot's workflow waits for so long for what came of it.
PATIENCE = timedelta(days=7)
OFFERED = 100


def receive(body: Any) -> dict[str, Any]:
    """Store the request and return the answer: the workflow waits. The same one again changes nothing.

    Raises InvalidInput for what no workflow of HubSpot sends, and Conflict when sends from HubSpot are off.
    """
    integration = _integration(body)
    callback, record = lenient_json.text(body, "callbackId"), lenient_json.mapping(body, "object")
    remote_id = lenient_json.number(record, "objectId")
    if not callback or remote_id is None:
        raise InvalidInput({"": _("There is no callback, or no contact.")})
    stored = insert(HubSpotExecution).values(
        integration_id=integration.id,
        callback_id=callback,
        remote_id=str(remote_id),
        line_user_id=lenient_json.text(lenient_json.mapping(record, "properties"), LINE_USER_ID),
        inputs=lenient_json.storable(_inputs(body)),
        due_at=database_now(),
    )
    db.session.execute(stored.on_conflict_do_nothing())
    queue.after_commit(db.session, WAKE, queue=Queue.SENDING)
    return {"outputFields": {"hs_execution_state": "BLOCK", "hs_expiration_duration": f"P{PATIENCE.days}D"}}


def options(body: Any) -> dict[str, Any]:
    """Return the choices of a field of the action, as the workflow editor asks for them.

    Raises as `receive` does.
    """
    integration = _integration(body)
    field = lenient_json.text(body, "inputFieldName") or lenient_json.text(
        lenient_json.mapping(body, "inputField"), "name"
    )
    typed = lenient_json.text(lenient_json.mapping(body, "fetchOptions"), "q") or ""
    if field == ACCOUNT:
        found = [(str(account.id), account.name) for _covered, account in accounts_of(integration.id)]
        found = [(value, label) for value, label in found if typed.casefold() in label.casefold()]
    elif field == AUTO_MESSAGE:
        found = [(str(one.id), one.name) for one in _auto_messages(integration, _inputs(body), typed)]
    else:
        raise InvalidInput({"": _("The action has no such field.")})
    return {"options": [{"value": value, "label": label} for value, label in found], "searchable": True}


def _integration(body: Any) -> Integration:
    portal = lenient_json.number(lenient_json.mapping(body, "origin"), "portalId")
    query = select(Integration).where(Integration.service == HUBSPOT, Integration.remote_id == str(portal))
    found = db.session.scalars(query).one_or_none()
    if found is None or not found.is_connected:
        raise Conflict(_("Tomoru is not connected with this HubSpot account any more, so it sends no messages for it."))
    return found


def _inputs(body: Any) -> dict[str, Any]:
    """Return the fields of the action; their values are texts, in HubSpot's newer shape objects with a value."""
    given = lenient_json.mapping(body, "inputFields") or lenient_json.mapping(body, "fields")
    return {name: one.get("value") if isinstance(one, dict) else one for name, one in given.items()}


def _auto_messages(integration: Integration, inputs: dict[str, Any], typed: str) -> Sequence[Any]:
    """Return the Auto Send Messages of the chosen account; of all its accounts before one is chosen."""
    mine = select(IntegrationAccount.account_id).where(IntegrationAccount.integration_id == integration.id)
    query = select(AutoMessage.id, AutoMessage.name).where(AutoMessage.account_id.in_(mine))
    if chosen := row_number(str(inputs.get(ACCOUNT) or "")):
        query = query.where(AutoMessage.account_id == chosen)
    if typed.strip():
        query = query.where(func.strpos(func.search_fold(AutoMessage.name), func.search_fold(typed.strip())) > 0)
    return db.session.execute(query.order_by(func.search_fold(AutoMessage.name)).limit(OFFERED)).all()
