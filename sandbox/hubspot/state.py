"""What the HubSpot stand-in keeps: portals with their records, apps, and who installed which app."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.hubspot.inbox_state import CustomChannel, InboxState
from sandbox.hubspot.population import PopulationSettings

Tier = Literal["free", "starter", "professional", "enterprise"]
# Custom workflow actions need a hub of one of these.
WITH_AUTOMATION = ("professional", "enterprise")
CONTACTS, COMPANIES = "contacts", "companies"
TYPE_IDS = {CONTACTS: "0-1", COMPANIES: "0-2"}
TYPE_NAMES = {
    **dict.fromkeys(("contacts", "contact", "0-1", "CONTACT"), CONTACTS),
    **dict.fromkeys(("companies", "company", "0-2", "COMPANY"), COMPANIES),
}


@dataclass(slots=True)
class Change:
    """One entry of a property's history."""

    value: str
    at: int
    source: str
    source_id: str
    user_id: int | None = None


@dataclass(frozen=True)
class Source:
    """Who writes: a HubSpot user at the screen, or an app."""

    kind: str
    id: str
    user_id: int | None = None

    @property
    def app_id(self) -> str | None:
        return self.id if self.kind == "INTEGRATION" else None


@dataclass(slots=True)
class Record:
    """A contact or a company; times are milliseconds since the epoch."""

    id: int
    created_at: int
    updated_at: int
    properties: dict[str, str] = field(default_factory=dict)
    history: dict[str, list[Change]] = field(default_factory=dict)
    archived_at: int | None = None
    erased: bool = False
    merged_into: int | None = None
    # The ids that were merged into this one, and when.
    merged: dict[str, int] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        return self.archived_at is None and self.merged_into is None and not self.erased


@dataclass
class Switches:
    """How a portal behaves; tests turn these."""

    access_token_seconds: float = 1800
    rotate_refresh_tokens: bool = False
    enforce_limits: bool = True
    ten_second_limit: int = 110
    search_per_second: int = 5
    # Calls until midnight of the portal's time zone; None is without end.
    daily_limit: int | None = None
    # HubSpot does not document Retry-After on 429; this adds it.
    retry_after: bool = False
    latency_ms: float = 0.0
    # How long a write takes to reach the search index; out of order, each takes a random part of it.
    index_seconds: float = 1.0
    index_out_of_order: bool = False
    # Whether a write of the same value is a write: history and modification time move.
    same_value_is_write: bool = True
    # Properties that every write of a contact must leave filled, as an administrator may demand.
    required_properties: list[str] = field(default_factory=list)
    # Categories with which inputs of batches fail one by one, by the inputs' ids; of NO_ANSWER nothing is said at all.
    failing_inputs: dict[str, str] = field(default_factory=dict)
    history_depth: int = 20
    # Which of the two properties tell of merges.
    merge_told_in: Literal["both", "object_ids", "vids"] = "both"
    # How long a list processes after it was made or its filters changed.
    list_seconds: float = 0.0
    custom_properties: int = 1000


@dataclass
class ObjectList:
    """A list: active (DYNAMIC) by a filter, static (MANUAL) by hand, or filled once (SNAPSHOT)."""

    id: str
    name: str
    object_type: str
    processing: str
    created_at: int
    updated_at: int
    version: int = 1
    filters: dict[str, Any] | None = None
    # Record id to join time; order of joining is kept.
    members: dict[str, int] = field(default_factory=dict)
    # Members come in until this time.
    complete_at: int = 0
    deleted_at: int | None = None
    # A snapshot is filled once.
    filled: bool = False
    # Members whom nothing in their record explains, kept beside those of the filters.
    pinned: list[str] = field(default_factory=list)
    # A test may hold the state that is told.
    told_status: str | None = None


@dataclass
class AccessToken:
    """An issued access token of an installation."""

    value: str
    expires_at: float
    use: str = "access_token"


@dataclass
class Install:
    """An app in a portal: what was granted, and its tokens."""

    app_id: str
    portal_id: str
    scopes: list[str]
    refresh_token: str | None
    installed_at: int
    user_id: int = 1
    access_tokens: list[AccessToken] = field(default_factory=list)


@dataclass
class Subscription:
    """One webhook subscription of an app."""

    id: int
    event_type: str
    active: bool
    created_at: int
    updated_at: int
    property_name: str | None = None
    object_type_id: str | None = None


@dataclass
class WebhookSettings:
    """Where the events of an app go, and how roughly they are treated on the way."""

    target_url: str | None = None
    max_concurrent: int = 10
    created_at: int = 0
    updated_at: int = 0
    # Signatures to send: v1 of legacy apps, v2, v3 of project apps; v3 stands beside the others.
    signatures: list[str] = field(default_factory=lambda: ["v1", "v3"])
    duplicate_rate: float = 0.0
    shuffle: bool = False
    hold: bool = False
    batch_size: int = 100
    answer_seconds: float = 5.0
    retry_seconds: float = 60.0


@dataclass
class HubSpotApp:
    """An app of a developer."""

    app_id: str
    name: str
    client_id: str
    client_secret: str
    developer_key: str
    redirect_urls: list[str] = field(default_factory=list)
    required_scopes: list[str] = field(default_factory=lambda: ["oauth"])
    optional_scopes: list[str] = field(default_factory=list)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    subscriptions: list[Subscription] = field(default_factory=list)
    # Workflow actions as they were registered, by definition id.
    actions: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Channels for inboxes that it has registered, by their id.
    channels: dict[str, CustomChannel] = field(default_factory=dict)


@dataclass
class Portal:
    """One HubSpot account."""

    portal_id: str
    name: str
    # By which HubSpot names it to apps; empty: made of its number.
    domain: str = ""
    tier: Tier = "professional"
    account_type: str = "STANDARD"
    time_zone: str = "Asia/Tokyo"
    currency: str = "JPY"
    user_email: str = "hanako@example.com"
    switches: Switches = field(default_factory=Switches)
    population: PopulationSettings = field(default_factory=PopulationSettings)
    # Only what was touched by hand or by an app; the rest of the population is computed.
    records: dict[str, list[Record]] = field(default_factory=dict)
    next_ids: dict[str, int] = field(default_factory=dict)
    properties: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    groups: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    lists: dict[str, ObjectList] = field(default_factory=dict)
    # Contact id to {company id: association type ids}; an empty entry hides a computed association.
    companies_of: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    labels: list[dict[str, Any]] = field(default_factory=list)
    inbox: InboxState = field(default_factory=InboxState)
    last_id: int = 0

    @property
    def hub_domain(self) -> str:
        return self.domain or f"{self.portal_id}.example"

    @property
    def has_automation(self) -> bool:
        return self.tier in WITH_AUTOMATION

    def next_id(self) -> int:
        """Return a number that was not given out before, for lists and labels."""
        self.last_id += 1
        return self.last_id
