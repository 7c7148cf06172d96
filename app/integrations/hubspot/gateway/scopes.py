"""What the app asks a portal for, and what is off where the portal did not grant it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from app.core.i18n import Text, _l

# Without these HubSpot does not install the app at all.
REQUIRED = ("oauth", "crm.objects.contacts.read", "crm.objects.contacts.write")
COMPANIES_READ = "crm.objects.companies.read"
PROPERTIES_WRITE = "crm.schemas.contacts.write"
LISTS_READ, LISTS_WRITE = "crm.lists.read", "crm.lists.write"
AUTOMATION = "automation"
INBOX = ("conversations.custom_channels.read", "conversations.custom_channels.write", "conversations.read", "files")
COMPANIES_WRITE = (COMPANIES_READ, "crm.objects.companies.write", "crm.schemas.companies.write")


@dataclass(frozen=True)
class ScopedFeature:
    """A part of the integration that needs scopes; `off` says what does not happen without them."""

    key: str
    scopes: tuple[str, ...]
    off: Text


FEATURES = (
    ScopedFeature(
        "contacts",
        ("crm.objects.contacts.read",),
        _l("Nothing is synced from HubSpot, because the app may not read contacts."),
    ),
    ScopedFeature(
        "writing",
        ("crm.objects.contacts.write",),
        _l("Nothing is written to HubSpot, because the app may not change contacts."),
    ),
    ScopedFeature(
        "company_names",
        (COMPANIES_READ,),
        _l("Company names are not read, because the app may not read companies."),
    ),
    ScopedFeature(
        "line_properties",
        (PROPERTIES_WRITE,),
        _l(
            "The LINE properties cannot be created in HubSpot, because the app may not create properties. What is"
            " known from LINE is written only into those that exist already."
        ),
    ),
    ScopedFeature(
        "lists",
        (LISTS_READ,),
        _l("HubSpot lists are not synced, because the app may not read lists."),
    ),
    ScopedFeature(
        "list_changes",
        (LISTS_READ, LISTS_WRITE),
        _l("Workflows cannot add contacts to static lists or remove them, because the app may not change lists."),
    ),
    ScopedFeature(
        "workflow_action",
        (AUTOMATION,),
        _l(
            "HubSpot workflows cannot send LINE messages, because the app may not answer workflows. HubSpot offers"
            " this from the Professional plans on."
        ),
    ),
    ScopedFeature(
        "inbox",
        INBOX,
        _l(
            "LINE conversations cannot be synced to HubSpot's inbox, because the app may not use its channels or files."
            " HubSpot offers this with Sales Hub or Service Hub from the Professional plans on."
        ),
    ),
    ScopedFeature(
        "group_companies",
        COMPANIES_WRITE,
        _l("LINE group chats cannot be synced as companies, because the app may not change companies."),
    ),
)
# Asked for beside the required ones; HubSpot leaves out what the portal's plan does not have.
OPTIONAL = tuple(dict.fromkeys(scope for feature in FEATURES for scope in feature.scopes if scope not in REQUIRED))


def missing(granted: Collection[str]) -> list[str]:
    """Return the scopes that the app asks for and the portal did not grant."""
    return [scope for scope in (*REQUIRED, *OPTIONAL) if scope not in granted]


def features_off(granted: Collection[str]) -> list[ScopedFeature]:
    """Return the features that these scopes do not suffice for."""
    return [feature for feature in FEATURES if not set(feature.scopes) <= set(granted)]


def closed_because(granted: Collection[str], *keys: str) -> str:
    """Return what is off for the first of these features that the scopes do not suffice for; "" where none is."""
    return next((str(feature.off) for feature in features_off(granted) if feature.key in keys), "")


def has_feature(granted: Collection[str], key: str) -> bool:
    """Return whether these scopes suffice for the feature."""
    return all(feature.key != key for feature in features_off(granted))
