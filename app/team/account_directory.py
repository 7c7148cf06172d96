"""What a member may be limited to: LINE accounts, which live a floor above and tell us their names here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_accounts: Callable[[], Sequence[tuple[int, str]]] = lambda: ()  # noqa: E731


def register_accounts(provider: Callable[[], Sequence[tuple[int, str]]]) -> None:
    """Register who knows the accounts, as (id, name) in the order to show them."""
    global _accounts  # noqa: PLW0603
    _accounts = provider


def accounts() -> Sequence[tuple[int, str]]:
    """All LINE accounts of this installation, as (id, name)."""
    return _accounts()
