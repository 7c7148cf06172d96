"""Save the people behind a number of a broadcast as a segment."""

from __future__ import annotations

from flask import Response, url_for
from wtforms import StringField

from app.core import htmx
from app.core.errors import NotFound
from app.core.forms import Form
from app.core.i18n import _, _l
from app.core.names import LONGEST_NAME
from app.line.access import get_account
from app.messages.broadcasts.conditions.choice import conditions_for
from app.messages.broadcasts.friend_set import label_of
from app.messages.broadcasts.operations.people import save_as_segment
from app.messages.broadcasts.views.blueprint import blueprint
from app.messages.broadcasts.views.people_params import PeopleListParams, asked_people, heading_of
from app.segments.models import Segment
from app.team.permissions import Permission, current_actor, requires


class SegmentNameForm(Form):
    """What the segment is called."""

    name = StringField(_l("Name"), render_kw={"required": True, "autocomplete": "off"})


@blueprint.get("/<int:broadcast_id>/people/<kind>/segment")
@requires(Permission.SEGMENTS)
def new_segment(account_id: int, broadcast_id: int, kind: str) -> Response:
    params = _savable(account_id, broadcast_id, kind)
    return _ask(params, SegmentNameForm(formdata=None, name=label_of(params.choice)[:LONGEST_NAME]))


@blueprint.post("/<int:broadcast_id>/people/<kind>/segment")
@requires(Permission.SEGMENTS)
def create_segment(account_id: int, broadcast_id: int, kind: str) -> Response:
    params, form, made = _savable(account_id, broadcast_id, kind), SegmentNameForm(), list[Segment]()

    def make() -> None:
        made.append(save_as_segment(account_id, form.name.data or "", params.choice, actor=current_actor()))

    if not form.submit(make):
        return _ask(params, form, 422)
    url = url_for("segments.show", account_id=account_id, segment_id=made[0].id)
    return htmx.go(url, toast=_("The segment was created."))


def _savable(account_id: int, broadcast_id: int, kind: str) -> PeopleListParams:
    """Return the number; raises NotFound for one that no segment can ask for."""
    get_account(account_id)
    params = asked_people(account_id, broadcast_id, kind)
    if not conditions_for(params.choice):
        raise NotFound
    return params


def _ask(params: PeopleListParams, form: SegmentNameForm, status: int = 200) -> Response:
    account = get_account(params.choice.broadcast.account_id)
    return htmx.render(
        "messages/broadcasts/people_segment.html",
        "messages/broadcasts/_people_segment.html",
        status,
        **heading_of(params),
        account=account,
        form=form,
    )
