"""The workspace's settings and its icon."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from app.core import htmx, i18n
from app.core.errors import NotFound
from app.core.i18n import _
from app.team import images, queries, time_zones
from app.team.forms import WorkspaceForm
from app.team.operations import workspace
from app.team.permissions import current_actor, public, requires_administrator

blueprint = Blueprint("workspace", __name__, url_prefix="/workspace")


@blueprint.get("")
@requires_administrator
def edit() -> Response:
    stored = queries.workspace()
    names = ("name", "time_zone", "language", "country")
    return _page(WorkspaceForm(data={name: getattr(stored, name) for name in names}))


@blueprint.post("")
@requires_administrator
def update() -> Response:
    form = WorkspaceForm()
    if not form.submit(lambda: _save(form)):
        return _page(form, 422)
    return htmx.go(url_for("workspace.edit"), toast=_("Saved."))


def _save(form: WorkspaceForm) -> None:
    """Save the settings, and a new picture or none."""
    actor = current_actor()
    workspace.change_workspace(
        name=form.name.data,
        time_zone=form.time_zone.data,
        language=form.language.data,
        country=form.country.data or queries.workspace().country,
        actor=actor,
    )
    if form.icon.data:
        workspace.set_icon(form.icon.data.read(images.MOST_BYTES + 1), actor=actor)
    elif form.remove_icon.data:
        workspace.remove_icon(actor=actor)


@blueprint.get("/icon")
@public
def icon() -> Response:
    found = queries.workspace_icon()
    if found is None:
        raise NotFound
    content, media_type = found
    response = Response(content, mimetype=media_type)
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _page(form: WorkspaceForm, status: int = 200) -> Response:
    return htmx.render(
        "team/workspace/edit.html",
        "team/workspace/_form.html",
        status,
        form=form,
        has_icon=queries.workspace().has_icon,
        zones=time_zones.choices(i18n.language()),
    )
