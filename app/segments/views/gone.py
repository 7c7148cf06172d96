"""What is said about a segment that somebody has deleted while its page or the list was open."""

from __future__ import annotations

from app.core.i18n import _
from app.segments.operations.segments import DeletedMeanwhile


def who_deleted(gone: DeletedMeanwhile) -> str:
    """The sentence for a place in which nothing can be lost by it."""
    return _("%(name)s has deleted this segment meanwhile.", name=gone.deletion.actor_name)
