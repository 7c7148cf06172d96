"""What workflows own without a foreign key; it is removed with them."""

from __future__ import annotations

from collections.abc import Callable

from app.core.registry import Registry

# Each gets the id of the workflow, before that is deleted.
OWNED: Registry[Callable[[int], None]] = Registry("what workflows own")
