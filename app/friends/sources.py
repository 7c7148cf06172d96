"""Sources of values and tags: a member, an import, a connected service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.team.actors import Actor, ActorKind

# The source of what the undoing of a change put back or took away; it starts no workflow.
UNDO = "undo"


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


def as_source(source: Source | str, actor: Actor) -> Source:
    """Return the source of a plain word; the actor says which, unless it is the system.

    A member's reference is the id alone; that of another kind of actor names the kind too, as in "api_key:7".
    """
    if isinstance(source, Source):
        return source
    if actor.kind is ActorKind.SYSTEM:
        return Source(source)
    reference = f"{actor.id}" if actor.kind is ActorKind.MEMBER else f"{actor.kind}:{actor.id}"
    return Source(source, reference, actor.label)
