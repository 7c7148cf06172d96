"""A Messaging API channel and all that LINE keeps about it: settings, tokens, people, chats, quota."""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.line.menu_book import MenuBook
from sandbox.line.people import USER_ID, Person, PopulationSettings
from sandbox.line.population import Population

RETRY_KEY_SECONDS = 24 * 3600
LINK_TOKEN_SECONDS = 600
# However late a redelivery arrives, its reply token dies so long after the event.
REPLY_AFTER_EVENT_SECONDS = 20 * 60

Kind = Literal["verified", "premium", "unverified"]


@dataclass
class Redelivery:
    """Sending a failed webhook again; off unless switched on, as in LINE's console."""

    enabled: bool = False
    count: int = 3
    interval_seconds: float = 60.0


@dataclass
class Webhook:
    """Where and how events go out."""

    endpoint: str | None = None
    # The "Use webhook" switch, which LINE's API cannot change.
    active: bool = True
    redelivery: Redelivery = field(default_factory=Redelivery)
    # A new endpoint takes effect this much later (LINE: up to a minute).
    apply_seconds: float = 0.0
    previous_endpoint: str | None = None
    applies_at: float = 0.0
    # Up to this many waiting events travel in one request.
    batch_size: int = 1
    # Share of requests that arrive twice although nothing failed.
    duplicate_rate: float = 0.0
    # While true, requests wait for a release, which may reorder them.
    hold: bool = False
    style: Literal["compact", "spaced", "escaped", "shuffled"] = "compact"
    # Sending stops after so many failures in a row; None never stops.
    suspend_after_failures: int | None = None
    failures_in_row: int = 0
    suspended: bool = False

    def current_endpoint(self, now: float) -> str | None:
        """Return the address in effect, which may lag behind the setting."""
        return self.previous_endpoint if now < self.applies_at else self.endpoint


@dataclass
class Paging:
    """How untidy the pages of followers/ids are: shares of pages that are short, empty or repeat an id."""

    short: float = 0.0
    empty: float = 0.0
    repeat: float = 0.0


@dataclass
class Quota:
    """Messages that may be sent this month, counted by person reached."""

    type: Literal["none", "limited"] = "none"
    value: int = 0


@dataclass
class LimitSettings:
    """LINE does not publish its burst sizes; one second's worth is assumed."""

    enforce: bool = True
    burst_seconds: float = 1.0
    # Refuse more than this many pushes to one person within a minute; None means no such limit.
    pushes_per_user_minute: int | None = None


@dataclass
class Latency:
    """How long every answer takes: `fixed_ms`, or a log-normal spread through median and 99th percentile."""

    fixed_ms: float = 0.0
    median_ms: float = 0.0
    p99_ms: float = 0.0
    # So many profiles are answered a second at most, the rest wait; 0 sets no limit.
    profiles_per_second: float = 0.0


@dataclass
class Token:
    """A stored access token; stateless ones are not stored, they carry their own proof."""

    value: str
    kind: Literal["long-lived", "short-lived"]
    issued_at: float
    expires_at: float | None = None


@dataclass
class Group:
    """A group chat or, with an id that starts with R, a multi-person chat (LINE: room), which has no name.

    `members` are user ids without the bot.
    """

    group_id: str
    name: str
    members: list[str] = field(default_factory=list)
    bot_is_member: bool = True
    # LINE tells a bot that it joined a room only right before the first event after that.
    join_is_told: bool = True

    @property
    def kind(self) -> Literal["group", "room"]:
        return "room" if self.group_id.startswith("R") else "group"


@dataclass
class Accepted:
    """What a retry key was accepted for."""

    at: float
    request_id: str
    sent: list[dict[str, str]] = field(default_factory=list)


@dataclass
class ReplyToken:
    """The right to answer one event once."""

    chat: str
    event_at: float
    received_at: float
    used: bool = False


@dataclass
class LinkToken:
    """The right of one person to link an account, once, within ten minutes."""

    user_id: str
    issued_at: float
    used: bool = False


@dataclass
class Tap:
    """A person opened the link `url` of a message, or (None) watched its video; the message by mail and place in it."""

    mail: int
    seq: int
    user_id: str
    url: str | None = None


@dataclass
class Content:
    """Something with bytes that a person sent: image, video, audio or file."""

    kind: Literal["image", "video", "audio", "file"]
    chat: str
    file_name: str | None = None
    # Large video and audio take time to be prepared.
    ready_at: float = 0.0
    failed: bool = False
    unsent: bool = False
    # LINE deletes content after a time that it does not tell; None keeps it.
    expires_at: float | None = None
    # Bytes brought along by the sender, in base64; otherwise the sandbox draws something.
    upload: str | None = None
    upload_type: str | None = None


@dataclass
class Channel:
    """One official account's channel."""

    channel_id: str
    secret: str
    name: str
    basic_id: str
    bot_user_id: str
    provider: str
    kind: Kind = "verified"
    premium_id: str | None = None
    has_picture: bool = True
    chat_mode: Literal["chat", "bot"] = "chat"
    webhook: Webhook = field(default_factory=Webhook)
    population: PopulationSettings = field(default_factory=PopulationSettings)
    population_seed: str = ""
    paging: Paging = field(default_factory=Paging)
    quota: Quota = field(default_factory=Quota)
    limits: LimitSettings = field(default_factory=LimitSettings)
    latency: Latency = field(default_factory=Latency)
    # LINE's sources disagree on what multicast does with an id that is not known here.
    multicast_unknown: Literal["accept", "reject"] = "accept"
    # Ids of coupons, which are made in LINE's console; others cannot be sent.
    coupons: list[str] = field(default_factory=list)
    # The LINE Login channel of the same provider, and its LIFF apps: id to endpoint URL.
    login_channel_id: str = ""
    liff_apps: dict[str, str] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)
    # Raising it makes all stateless tokens worthless, which only a sandbox can do.
    token_epoch: int = 0
    # Users who differ from their computed selves, or were made by hand.
    people: dict[str, Person] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)
    chats: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    contents: dict[str, Content] = field(default_factory=dict)
    retry_keys: dict[str, Accepted] = field(default_factory=dict)
    reply_tokens: dict[str, ReplyToken] = field(default_factory=dict)
    link_tokens: dict[str, LinkToken] = field(default_factory=dict)
    # Persons reached per month, messages per day and kind, unit names per month.
    usage: dict[str, int] = field(default_factory=dict)
    sent_by_day: dict[str, int] = field(default_factory=dict)
    units: dict[str, list[str]] = field(default_factory=dict)
    taps: list[Tap] = field(default_factory=list)
    rich_menus: MenuBook = field(default_factory=MenuBook)
    # Links of many people change so long after they were accepted.
    rich_menu_seconds: float = 0.5
    # Whether another channel of the same account set the default menu, which this one may not see.
    default_menu_of_other_channel: bool = False
    loading_until: dict[str, float] = field(default_factory=dict)
    # When the next profile may be answered, in seconds of the monotonic clock.
    next_profile: float = 0.0

    def __post_init__(self) -> None:
        self.crowd = Population(self.population_seed or self.channel_id, self.population)

    @property
    def mark_as_read_mode(self) -> str:
        return "manual" if self.chat_mode == "chat" else "auto"

    @property
    def lists_followers(self) -> bool:
        """Return whether followers and group members may be listed: only in verified and premium accounts."""
        return self.kind != "unverified"

    def person(self, user_id: str) -> Person | None:
        """Find the person behind a well-formed user id, or None for an id this channel never heard of."""
        if known := self.people.get(user_id):
            return known
        if not USER_ID.match(user_id):
            return None
        index = self.crowd.index_of(user_id)
        return None if index is None else self.crowd.person(index)

    def sweep(self, now: float) -> None:
        """Forget what can have no effect any more."""
        self.reply_tokens = {
            value: token
            for value, token in self.reply_tokens.items()
            if now - token.event_at < REPLY_AFTER_EVENT_SECONDS
        }
        self.link_tokens = {
            value: token for value, token in self.link_tokens.items() if now - token.issued_at < LINK_TOKEN_SECONDS
        }
        self.retry_keys = {
            key: accepted for key, accepted in self.retry_keys.items() if now - accepted.at < RETRY_KEY_SECONDS
        }

    def remember(self, person: Person) -> None:
        """Store a person who is no longer what the crowd computes."""
        if person.user_id not in self.people and self.crowd.index_of(person.user_id) is None:
            self.created.append(person.user_id)
        self.people[person.user_id] = person


def new_channel(
    channel_id: str, name: str, world_seed: int, *, secret: str | None = None, basic_id: str | None = None
) -> Channel:
    """Make a channel with ids derived from the seed; the secret is drawn at random unless given."""
    digest = hashlib.sha256(f"{world_seed}:{channel_id}".encode()).hexdigest()
    return Channel(
        channel_id=channel_id,
        secret=secret or secrets.token_hex(16),
        name=name,
        basic_id=basic_id or f"@{digest[:3]}{digest[3:8]}",
        bot_user_id=f"U{digest[8:40]}",
        provider=f"provider-{channel_id}",
        population_seed=digest[40:],
    )
