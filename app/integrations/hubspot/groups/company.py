"""The properties in which a company stands for a LINE group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.i18n import Text, _, _l, in_language, workspace_language
from app.integrations.hubspot.gateway import properties as remote
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.gateway.objects import COMPANIES
from app.integrations.hubspot.gateway.properties import HubSpotProperty, PropertyOption
from app.integrations.hubspot.line_properties import GROUP, GROUP_LABEL
from app.line.models import Account, Group

GROUP_ID, PICTURE, PEOPLE, ACCOUNT, STATE = (
    "line_group_id",
    "line_group_picture_url",
    "line_group_people",
    "line_group_account",
    "line_group_state",
)
IN, LEFT = "in", "left"
STATES: tuple[tuple[str, Text], ...] = ((IN, _l("In the group")), (LEFT, _l("Left the group")))


def wanted() -> Sequence[HubSpotProperty]:
    """Return the definitions, in the workspace's language, in which the team reads HubSpot."""
    with in_language(workspace_language()):
        options = tuple(PropertyOption(value, str(label)) for value, label in STATES)
        return (
            _text(GROUP_ID, _("LINE group ID"), is_unique=True),
            _text(PICTURE, _("LINE group picture")),
            HubSpotProperty(PEOPLE, _("People in the LINE group"), "number", "number", GROUP),
            _text(ACCOUNT, _("LINE Official Account of the group")),
            HubSpotProperty(STATE, _("LINE group state"), "enumeration", "select", GROUP, options),
        )


def _text(name: str, label: str, *, is_unique: bool = False) -> HubSpotProperty:
    return HubSpotProperty(name, label, "string", "text", GROUP, is_unique=is_unique)


def make_properties(client: HubSpotClient) -> bool:
    """Make what is missing; returns whether companies can be found by the group. No transaction is open."""
    with in_language(workspace_language()):
        label = str(GROUP_LABEL)
    remote.ensure_group(client, COMPANIES, GROUP, label)
    return remote.ensure(client, COMPANIES, wanted())[GROUP_ID].is_unique


def group_key(group: Group, number: int) -> str:
    """Return how HubSpot knows the group. Two accounts in one group have a company each, as they see other things."""
    return f"{group.line_group_id}:{number}"


def values_of(group: Group, account: Account, people: int | None) -> Mapping[str, str]:
    """Return what the company says of the group; a count that LINE does not tell is left as it was."""
    with in_language(workspace_language()):
        name = group.name or _("LINE group chat of %(account)s", account=account.name)
    counted = {PEOPLE: str(people)} if people is not None else {}
    state = {STATE: IN if group.is_joined else LEFT, ACCOUNT: account.name}
    return {"name": name, PICTURE: group.picture_url or "", **state, **counted}
