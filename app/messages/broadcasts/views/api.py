"""The API of broadcasts: another program creates drafts, has them sent, and asks what became of them."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, url_for

from app.core.errors import Conflict, InvalidInput, Unavailable
from app.core.i18n import _l
from app.core.lenient_json import storable
from app.core.pages import Order, PagePosition, by_number
from app.core.web.problems import problem
from app.line.access import get_account
from app.messages.broadcasts.models import Broadcast, BroadcastState
from app.messages.broadcasts.operations.confirming import cancel_scheduled
from app.messages.broadcasts.operations.drafts import create_draft
from app.messages.broadcasts.operations.once import create_once
from app.messages.broadcasts.operations.once import schedule as schedule_once
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.queries.listing import BroadcastScope, broadcasts_page
from app.messages.broadcasts.queries.results import figures_of
from app.messages.broadcasts.views.api_input import BroadcastBody, ScheduleBody, posted
from app.messages.broadcasts.views.api_resources import resource, results_of, summary
from app.team.api_access import ApiScope, requires_key
from app.team.permissions import current_actor

blueprint = Blueprint("broadcasts_api", __name__, url_prefix="/api/v1/accounts/<int:account_id>/broadcasts")
# Broadcasts are neither moved nor repeated in it while a program reads page after page.
NEWEST = Order("newest", _l("Newest first"), "id", "id", by_number, descending=True)


@blueprint.errorhandler(415)
def _no_json(_error: object) -> Response:
    return problem(415, "Not understood", _l("The body must be JSON: Content-Type: application/json."))


@blueprint.post("")
@requires_key(ApiScope.BROADCASTS)
def create(account_id: int) -> Response:
    """Create a draft; a repetition of the same request, told by its reference, finds the one that is there."""
    account, body = get_account(account_id), posted(BroadcastBody)
    plan, actor, is_new = body.plan(account.id), current_actor(), True
    if body.reference is None:
        made = create_draft(account.id, plan, actor=actor)
    else:
        made, is_new = create_once(account.id, plan, reference=body.reference, digest=body.digest, actor=actor)
    response = _answer(made, 201 if is_new else 200)
    response.headers["Location"] = url_for(".show", account_id=account.id, broadcast_id=made.id)
    return response


@blueprint.get("")
@requires_key(ApiScope.BROADCASTS)
def index(account_id: int) -> Response:
    """List broadcasts, the newest first; `next` is the address of the following page."""
    account, place = get_account(account_id), PagePosition.asked_by(request.args)
    wanted = {"state": request.args.get("state", ""), "reference": storable(request.args.get("reference", ""))}
    scope = BroadcastScope(account.id, state=_state(wanted["state"]), reference=wanted["reference"] or None)
    found = broadcasts_page(scope, NEWEST, **place.keys)
    args = {**{name: value for name, value in wanted.items() if value}, **place.chosen}
    following = url_for(".index", account_id=account.id, after=found.next, **args) if found.next else None
    return jsonify(broadcasts=[summary(one) for one in found.rows], next=following)


@blueprint.get("/<int:broadcast_id>")
@requires_key(ApiScope.BROADCASTS)
def show(account_id: int, broadcast_id: int) -> Response:
    account = get_account(account_id)
    return _answer(get_broadcast(account.id, broadcast_id))


@blueprint.post("/<int:broadcast_id>/schedule")
@requires_key(ApiScope.BROADCASTS)
def schedule(account_id: int, broadcast_id: int) -> Response:
    """Give the draft its time and confirm it, as the button does."""
    account, body = get_account(account_id), posted(ScheduleBody)
    try:
        return _answer(schedule_once(account.id, broadcast_id, body.start, seen=body.version, actor=current_actor()))
    except InvalidInput as refusal:
        # LINE could not be asked: what was sent is not wrong.
        raise Unavailable(refusal.fields[""]) if "" in refusal.fields else refusal from None


@blueprint.post("/<int:broadcast_id>/cancel")
@requires_key(ApiScope.BROADCASTS)
def cancel(account_id: int, broadcast_id: int) -> Response:
    """Make a scheduled broadcast a draft again; a draft stays one."""
    account = get_account(account_id)
    found = get_broadcast(account.id, broadcast_id)
    return _answer(found if found.is_draft else cancel_scheduled(account.id, broadcast_id, actor=current_actor()))


@blueprint.get("/<int:broadcast_id>/results")
@requires_key(ApiScope.BROADCASTS)
def results(account_id: int, broadcast_id: int) -> Response:
    account = get_account(account_id)
    found = get_broadcast(account.id, broadcast_id)
    if not found.is_frozen:
        raise Conflict(_l("This broadcast has not begun, so it has no results yet."))
    return jsonify(results_of(found, figures_of(found)))


def _answer(broadcast: Broadcast, status: int = 200) -> Response:
    response = jsonify(resource(broadcast))
    response.status_code = status
    return response


def _state(asked: str) -> BroadcastState | None:
    if asked and asked not in set(BroadcastState):
        raise InvalidInput(state=_l("There is no such state."))
    return BroadcastState(asked) if asked else None
