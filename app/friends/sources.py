"""Who wrote a value or put a tag on: a member, an import, a connected service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.team.models import Member


@dataclass(frozen=True)
class Source:
    """`kind` is a word such as "member" or "hubspot"; `reference` says which one; `label` is its name at that time."""

    kind: str
    reference: str = ""
    label: str = ""


@dataclass(frozen=True)
class Origin:
    """The source of one stored value or tag, and when it was written; `source` None: from before sources were kept."""

    source: Source | None
    set_at: datetime


def as_source(source: Source | str, actor: Member | None = None) -> Source:
    """The source of a plain word: the member who acts, if there is one, says which."""
    if isinstance(source, Source):
        return source
    return Source(source, str(actor.id), actor.name) if actor else Source(source)
