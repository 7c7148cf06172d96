"""Sections that upper layers add to an account's settings page; the page prints an empty box that htmx fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.core.i18n import Text
from app.core.registry import Registry
from app.line.models import Account
from app.team.permissions import Permission


@dataclass(frozen=True)
class SettingsPanel:
    """`endpoint` is called with account_id and answers with a partial that takes the box's place, or with a page."""

    name: str
    title: Text
    endpoint: str
    permission: Permission
    is_visible: Callable[[Account], bool] = lambda account: True


PANELS: Registry[SettingsPanel] = Registry("settings panel")


def register(panel: SettingsPanel) -> None:
    """Add a section to the settings page, below those registered before; raises ValueError for a taken name."""
    PANELS.add(panel.name, panel)


def panels_for(account: Account, may: Callable[[str], bool]) -> list[SettingsPanel]:
    """Return the sections of this account that a member who `may` do this can see."""
    return [panel for panel in PANELS.values() if may(panel.permission) and panel.is_visible(account)]
