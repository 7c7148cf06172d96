"""Change the workspace's settings and icon."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import LANGUAGES, _l
from app.team import audit, countries, images, time_zones
from app.team.actors import ADMINISTRATOR, Actor
from app.team.models import Workspace
from app.team.operation import operation

audit.describe(
    {
        "workspace.changed": _l("changed the workspace settings"),
        "workspace.icon_changed": _l("changed the workspace icon"),
        "workspace.icon_removed": _l("removed the workspace icon"),
    },
    {"workspace": _l("Workspace settings")},
)


@operation(ADMINISTRATOR)
def change_workspace(*, name: str, time_zone: str, language: str, country: str | None = None, actor: Actor) -> None:
    """Set name, IANA time zone, default language and country (None: that of the time zone). Raises InvalidInput."""
    zone = time_zones.find(time_zone)
    if zone is None:
        raise InvalidInput(time_zone=_l("Choose a time zone from the list, such as Asia/Tokyo."))
    if without := time_zones.disagreement(zone):
        values = {"program": without, "zone": zone}
        raise InvalidInput(
            time_zone=_l(
                "%(program)s does not know the time zone %(zone)s. Choose another, such as Asia/Tokyo.", **values
            )
        )
    if language not in LANGUAGES:
        raise InvalidInput(language=_l("Choose a language from the list."))
    country = countries.of_time_zone(zone) if country is None else country
    if not countries.is_known(country):
        raise InvalidInput(country=_l("Choose a country from the list."))
    workspace = _stored()
    given = {"name": name, "time_zone": zone, "language": language, "country": country}
    changes = {key: value for key, value in given.items() if getattr(workspace, key) != value}
    for key, value in changes.items():
        setattr(workspace, key, value)
    if changes:
        audit.record(actor, "workspace.changed", target=workspace, changes=changes)


@operation(ADMINISTRATOR)
def set_icon(content: bytes, *, actor: Actor) -> None:
    """Use this picture as the icon; raises InvalidInput for anything but a small PNG, JPEG or WebP."""
    kind = images.media_type(content)
    workspace = _stored()
    workspace.icon, workspace.icon_type = content, kind
    audit.record(actor, "workspace.icon_changed", target=workspace)


@operation(ADMINISTRATOR)
def remove_icon(*, actor: Actor) -> None:
    """Show Tomoru's own picture again."""
    workspace = _stored()
    if workspace.has_icon:
        workspace.icon = workspace.icon_type = None
        audit.record(actor, "workspace.icon_removed", target=workspace)


def _stored() -> Workspace:
    """Lock and return the row; it is added when there is none yet."""
    db.session.execute(insert(Workspace).values(id=1).on_conflict_do_nothing())
    return db.session.get_one(Workspace, 1, with_for_update=True, populate_existing=True)
