"""What tracking announces."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FetchesCounted:
    """Images were loaded or links clicked, of these sends."""

    send_ids: frozenset[int]
