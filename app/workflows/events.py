"""What workflows announce."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class GraphStored:
    """A graph was stored, as a working copy or as a version, for these accounts."""

    account_ids: Collection[int]
    graph: Mapping[str, Any]
