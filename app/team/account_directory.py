"""Names of the LINE accounts that a member can be limited to, registered by the layer above."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_accounts: Callable[[], Sequence[tuple[int, str]]] = lambda: ()  # noqa: E731


def register_accounts(provider: Callable[[], Sequence[tuple[int, str]]]) -> None:
    """Register who knows the accounts, as (id, name) in the order to show them."""
    global _accounts  # noqa: PLW0603
    _accounts = provider


def accounts() -> Sequence[tuple[int, str]]:
    """Return all LINE accounts of this installation, as (id, name)."""
    return _accounts()
