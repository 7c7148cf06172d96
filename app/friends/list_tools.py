"""Ways of narrowing the friends list, and of using what it is narrowed to, that upper layers add to it.

Each is a link that opens in the drawer; its endpoint is called with the list's address, so that it can lead back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.core.i18n import Text
from app.core.registry import Registry
from app.team.permissions import Permission


@dataclass(frozen=True)
class ListTool:
    """A link to `endpoint`, for members with `permission`.

    One that `narrows` stands beside the filters; another one stands beside what the list is narrowed to.
    """

    label: Text
    icon: str
    endpoint: str
    permission: Permission
    narrows: bool = True
    # The style sheet of what it opens.
    stylesheet: str = ""


TOOLS: Registry[ListTool] = Registry("tool of the friends list")


def register(tool: ListTool) -> None:
    """Add a link to the friends list, behind those registered before; raises ValueError for a taken endpoint."""
    TOOLS.add(tool.endpoint, tool)


def tools_for(may: Callable[[str], bool]) -> list[ListTool]:
    """Return the links that a member who `may` use them is shown."""
    return [tool for tool in TOOLS.values() if may(tool.permission)]
