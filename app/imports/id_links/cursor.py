"""Where an import of ID links stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from app.imports.id_links.pipeline.validate import RowPosition


class IdLinkImportPhase(StrEnum):
    """CHECKING the file window by window → COMPARING with what is stored → STORING what is new or changed."""

    CHECKING = "checking"
    COMPARING = "comparing"
    STORING = "storing"


@dataclass(frozen=True)
class IdLinkCursor:
    """`phase` None: it has not begun. `place`: of the next window. `unreadable`: the fault that ends the run."""

    phase: IdLinkImportPhase | None = None
    place: RowPosition = field(default_factory=RowPosition)
    unreadable: str | None = None
