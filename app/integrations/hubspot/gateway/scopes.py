"""What the app asks a portal for, and what is off where the portal did not grant it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from app.core import error_messages
from app.core.i18n import Text, _, _l, listed, ngettext, sentences

# Stands for scopes of which HubSpot says only that one is missing.
UNNAMED = "?"
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
    """A part of the integration that needs scopes; `without` says what does not happen without them."""

    key: str
    scopes: tuple[str, ...]
    without: Text


@dataclass(frozen=True)
class FeatureOff:
    """A part of the integration that is off, and which of its scopes HubSpot did not grant."""

    key: str
    off: str


# What each scope lets the app do.
SCOPE_WORDS: dict[str, Text] = {
    "oauth": _l("Recognize the HubSpot account"),
    "crm.objects.contacts.read": _l("Read contacts"),
    "crm.objects.contacts.write": _l("Create and change contacts"),
    COMPANIES_READ: _l("Read companies"),
    "crm.objects.companies.write": _l("Create and change companies"),
    "crm.schemas.companies.write": _l("Create properties of companies"),
    PROPERTIES_WRITE: _l("Create properties of contacts"),
    LISTS_READ: _l("Read lists"),
    LISTS_WRITE: _l("Add contacts to static lists and remove them"),
    AUTOMATION: _l("Be an action in workflows"),
    "conversations.custom_channels.read": _l("Read its channel in the inbox"),
    "conversations.custom_channels.write": _l("Publish messages in its channel in the inbox"),
    "conversations.read": _l("Read conversations of the inbox"),
    "files": _l("Store files that people send, and read attachments"),
}


FEATURES = (
    ScopedFeature(
        "contacts",
        ("crm.objects.contacts.read",),
        _l("Nothing is synced from HubSpot."),
    ),
    ScopedFeature(
        "writing",
        ("crm.objects.contacts.write",),
        _l("Nothing is written to HubSpot."),
    ),
    ScopedFeature(
        "company_names",
        (COMPANIES_READ,),
        _l("Company names are not read."),
    ),
    ScopedFeature(
        "line_properties",
        (PROPERTIES_WRITE,),
        _l(
            "The LINE properties cannot be created in HubSpot. What is known from LINE is written only into those that"
            " exist already."
        ),
    ),
    ScopedFeature(
        "lists",
        (LISTS_READ,),
        _l("HubSpot lists are not synced."),
    ),
    ScopedFeature(
        "list_changes",
        (LISTS_READ, LISTS_WRITE),
        _l("Workflows cannot add contacts to static lists or remove them."),
    ),
    ScopedFeature(
        "workflow_action",
        (AUTOMATION,),
        _l("HubSpot workflows cannot send LINE messages. HubSpot offers this from the Professional plans on."),
    ),
    ScopedFeature(
        "inbox",
        INBOX,
        _l(
            "LINE conversations cannot be synced to HubSpot's inbox. HubSpot offers this with Sales Hub or Service Hub"
            " from the Professional plans on."
        ),
    ),
    ScopedFeature(
        "group_companies",
        COMPANIES_WRITE,
        _l("LINE group chats cannot be synced as companies."),
    ),
)
# Asked for beside the required ones; HubSpot leaves out what the portal's plan does not have.
OPTIONAL = tuple(dict.fromkeys(scope for feature in FEATURES for scope in feature.scopes if scope not in REQUIRED))


def missing(granted: Collection[str]) -> list[str]:
    """Return the scopes that the app asks for and the portal did not grant."""
    return [scope for scope in (*REQUIRED, *OPTIONAL) if scope not in granted]


def words_of(scope: str) -> str:
    """Return what a scope is for; its name for one that Tomoru does not ask for."""
    return str(SCOPE_WORDS.get(scope, scope))


def in_words(scopes: str) -> str:
    """Return what scopes are for that stand in one text, as errors keep them; UNNAMED for those that were not told."""
    if scopes == UNNAMED:
        return _("a permission that HubSpot does not name")
    return listed(_("“%(name)s”", name=words_of(scope)) for scope in scopes.split(", "))


error_messages.VALUES.add("scopes", in_words)


def features_off(granted: Collection[str]) -> list[FeatureOff]:
    """Return the features that these scopes do not suffice for, each with what is missing of it."""
    found = []
    for feature in FEATURES:
        if lacking := [scope for scope in feature.scopes if scope not in granted]:
            names = in_words(", ".join(lacking))
            why = ngettext(
                "The permission %(names)s is missing in HubSpot.",
                "The permissions %(names)s are missing in HubSpot.",
                len(lacking),
                names=names,
            )
            found.append(FeatureOff(feature.key, sentences([feature.without, why])))
    return found


def closed_because(granted: Collection[str], *keys: str) -> str:
    """Return what is off for the first of these features that the scopes do not suffice for; "" where none is."""
    return next((feature.off for feature in features_off(granted) if feature.key in keys), "")


def has_feature(granted: Collection[str], key: str) -> bool:
    """Return whether these scopes suffice for the feature."""
    return all(feature.key != key for feature in features_off(granted))
