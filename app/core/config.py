"""Settings come from the environment, typed and checked once at start; a wrong one stops it with a sentence.

Every setting is a field of `Config`; `.env.example` lists them all and a test compares the two.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

from app.core import redis_client
from app.core.identifiers import row_number

RANDOM = "This makes them: openssl rand -hex 32"
MAKE_KEY = "This makes one: openssl rand -base64 32 | tr '+/' '-_'"


class WrongSetting(SystemExit):
    """A setting is missing or unusable; the message says which and what it must be."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"Setting {name}: {problem}")
        self.name = name


def text(name: str, raw: str) -> str:
    """Any text, trimmed."""
    del name
    return raw.strip()


def secret(name: str, raw: str) -> str:
    """At least 32 characters, so that it cannot be guessed."""
    if len(raw.strip()) < 32:
        raise WrongSetting(name, "must be at least 32 random characters. This makes some: openssl rand -hex 32")
    return raw.strip()


def number(name: str, raw: str) -> int:
    """Read a whole number of zero or more."""
    value = row_number(raw.strip())
    if value is None:
        raise WrongSetting(name, f"must be a whole number, not “{raw}”.")
    return value


def at_least(least: int) -> Callable[[str, str], int]:
    """A whole number that is not smaller than this."""

    def read(name: str, raw: str) -> int:
        value = number(name, raw)
        if value < least:
            raise WrongSetting(name, f"must be {least} or more, not {value}.")
        return value

    return read


def flag(name: str, raw: str) -> bool:
    """1/0, true/false, yes/no, on/off."""
    known = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    if raw.strip().lower() not in known:
        raise WrongSetting(name, f"must be 1 or 0, not “{raw}”.")
    return known[raw.strip().lower()]


def url(*schemes: str) -> Callable[[str, str], str]:
    """An address with one of these schemes, kept without a trailing slash; a wrong one is not shown."""

    def read(name: str, raw: str) -> str:
        parts = urlsplit(raw.strip())
        if parts.scheme not in schemes:
            raise WrongSetting(name, f"must start with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
        if parts.scheme in {"http", "https"} and not parts.hostname:
            raise WrongSetting(name, "names no host.")
        return raw.strip().rstrip("/")

    return read


def postgresql_url(name: str, raw: str) -> str:
    """Read a PostgreSQL address; the driver is always psycopg 3, however the address is spelled."""
    checked = url("postgresql", "postgres", "postgresql+psycopg")(name, raw)
    return "postgresql+psycopg:" + checked.split(":", 1)[1]


def redis_address(name: str, raw: str) -> str:
    """Read the address of one Redis, or of Sentinels that name it; a wrong one is not shown."""
    checked = url(*redis_client.SCHEMES)(name, raw)
    try:
        redis_client.check_address(checked)
    except ValueError as error:
        raise WrongSetting(name, str(error)) from None
    return checked


def fernet_keys(name: str, raw: str) -> tuple[str, ...]:
    """Fernet keys, the newest first; the first encrypts, all of them decrypt."""
    keys = tuple(key.strip() for key in raw.split(",") if key.strip())
    try:
        for key in keys:
            Fernet(key)
    except ValueError:
        keys = ()
    if not keys:
        raise WrongSetting(name, f"must be one or more Fernet keys, separated by commas. {MAKE_KEY}")
    return keys


def one_of(*choices: str) -> Callable[[str, str], str]:
    """One of the given words."""

    def read(name: str, raw: str) -> str:
        if raw.strip() not in choices:
            raise WrongSetting(name, f"must be one of {', '.join(choices)}, not “{raw}”.")
        return raw.strip()

    return read


def sender(name: str, raw: str) -> str:
    """Read an e-mail address, alone or after a name: `Tomoru <tomoru@example.com>`."""
    if "@" not in parseaddr(raw)[1]:
        raise WrongSetting(name, f"must be an e-mail address, not “{raw}”.")
    return raw.strip()


def networks(name: str, raw: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read networks such as 10.0.0.0/8 or one address, separated by commas."""
    try:
        return tuple(ip_network(one.strip()) for one in raw.split(",") if one.strip())
    except ValueError as error:
        raise WrongSetting(name, f"must be networks such as 10.0.0.0/8, separated by commas: {error}.") from None


def setting(read: Callable[[str, str], Any], default: str | None = None, help: str = "") -> Any:
    """Declare one setting: how it is read, its default as text (None means required) and one line of help."""
    return field(metadata={"read": read, "default": default, "help": help})


@dataclass(frozen=True, kw_only=True)
class Config:
    """All settings of one process. Field `public_url` is the environment's `PUBLIC_URL`."""

    database_url: str = setting(postgresql_url, help="PostgreSQL 15 or newer.")
    database_direct_url: str = setting(
        postgresql_url, "", "PostgreSQL itself, when DATABASE_URL leads to PgBouncer; empty when it does not."
    )
    database_replica_url: str = setting(
        postgresql_url, "", "A replica for exports and lists; empty reads from the primary."
    )
    database_replica_lag: int = setting(at_least(15), "30", "Seconds that a replica may be behind and still be read.")
    redis_url: str = setting(redis_address, help="Redis 6 or newer, alone or behind Sentinels.")
    secret_key: str = setting(secret, help="Signs sessions and links; at least 32 random characters.")
    encryption_keys: tuple[str, ...] = setting(fernet_keys, help="Encrypts stored secrets; newest first.")
    public_url: str = setting(
        url("https", "http"), "http://127.0.0.1:8000", "Where browsers and LINE reach this installation."
    )
    short_url: str = setting(
        url("https", "http"), "", "Own short domain of tracked links that leads here; empty takes PUBLIC_URL."
    )
    line_api_url: str = setting(url("https", "http"), "https://api.line.me", "LINE, or the sandbox.")
    line_data_url: str = setting(url("https", "http"), "https://api-data.line.me", "LINE's host for files.")
    line_liff_url: str = setting(url("https", "http"), "https://liff.line.me", "Where LINE opens LIFF apps.")
    line_liff_sdk_url: str = setting(
        url("https", "http"), "https://static.line-scdn.net/liff/edge/2/sdk.js", "LINE's script for LIFF pages."
    )
    hubspot_api_url: str = setting(url("https", "http"), "https://api.hubapi.com", "HubSpot's API, or the sandbox.")
    hubspot_app_url: str = setting(url("https", "http"), "https://app.hubspot.com", "HubSpot's pages, or the sandbox.")
    hubspot_app_id: str = setting(text, "", "ID of your app at HubSpot; empty lets administrators enter it.")
    hubspot_client_id: str = setting(text, "", "Client ID of the app at HubSpot.")
    hubspot_client_secret: str = setting(text, "", "Client secret of the app at HubSpot.")
    hubspot_developer_key: str = setting(text, "", "Developer account's key, which registers webhooks and actions.")
    sandbox_url: str = setting(url("https", "http"), "", "The sandbox, shown as a link; empty hides it.")
    smtp_url: str = setting(
        url("smtp", "smtps"),
        "",
        "smtp://user:password@host:587 or smtps://…; empty keeps e-mail in the outbox.",
    )
    mail_from: str = setting(sender, "Tomoru <tomoru@localhost>", "Sender of e-mail.")
    trusted_proxies: int = setting(number, "0", "Reverse proxies in front that set X-Forwarded headers.")
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = setting(
        networks, "", "Private networks that webhooks of workflows may call, such as 10.0.0.0/8; empty: none."
    )
    session_days: int = setting(at_least(1), "14", "Days after which an unused sign-in ends.")
    session_max_days: int = setting(at_least(1), "30", "Days after which a sign-in ends however much it is used.")
    webhook_keep_days: int = setting(at_least(1), "30", "Days after which raw webhook events are removed.")
    run_keep_days: int = setting(at_least(1), "180", "Days after which imports and other runs that ended are removed.")
    workflow_keep_days: int = setting(
        at_least(1), "365", "Days after which runs of workflows that ended are removed; their counts stay."
    )
    audit_keep_days: int = setting(at_least(1), "730", "Days after which audit entries are removed.")
    media_dir: str = setting(text, ".data/media", "Directory of uploaded files; a relative one lies in the program's.")
    media_s3_bucket: str = setting(text, "", "S3 bucket for uploaded files; empty keeps them in MEDIA_DIR.")
    media_s3_endpoint: str = setting(url("https", "http"), "", "S3-compatible service; empty is Amazon S3.")
    media_s3_region: str = setting(text, "us-east-1", "Region of the bucket.")
    media_s3_key: str = setting(text, "", "Access key ID; empty takes what the machine's role gives.")
    media_s3_secret: str = setting(text, "", "Secret access key that belongs to the access key ID.")
    media_quota_mb: int = setting(number, "0", "Megabytes that all uploaded files may take; 0 sets no limit.")
    media_reserve_mb: int = setting(number, "500", "Megabytes of disk that uploads leave free.")
    media_orphan_hours: int = setting(at_least(1), "48", "Hours after which an upload that nothing uses is removed.")
    log_format: str = setting(one_of("json", "console"), "json", "How log lines are written.")
    log_level: str = setting(one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", "Least severe line that is written.")
    database_pool: int = setting(at_least(2), "20", "Most database connections of one web process.")
    worker_realtime_threads: int = setting(at_least(1), "4", "Threads for webhook events; e-mail has one more.")
    worker_sending_threads: int = setting(at_least(1), "2", "Threads for sending; broadcasts have two more.")
    worker_bulk_threads: int = setting(at_least(1), "4", "Threads for imports; other background work has two more.")
    metrics_token: str = setting(text, "", "Bearer token for /metrics; empty answers this machine only.")

    @property
    def is_https(self) -> bool:
        """Whether browsers reach us over TLS, so that cookies and HSTS may insist on it."""
        return self.public_url.startswith("https:")

    def cookie_name(self, name: str) -> str:
        """Return the name of a cookie with the port, since installations on one host name share their cookies."""
        parts = urlsplit(self.public_url)
        return f"tomoru_{name}_{parts.port or (443 if self.is_https else 80)}"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Config:
        """Read every setting; raises WrongSetting with a sentence on the first unusable one."""
        env = os.environ if env is None else env
        return cls(**{f.name: _read(f.name.upper(), f.metadata, env) for f in fields(cls)})


def _read(name: str, meta: Mapping[str, Any], env: Mapping[str, str]) -> Any:
    raw = env.get(name, "").strip() or _from_file(name, env) or meta["default"]
    if raw is None:
        raise WrongSetting(name, f"is missing. {meta['help']}")
    return meta["read"](name, raw) if raw else raw


def _from_file(name: str, env: Mapping[str, str]) -> str:
    """Read the content of the file that `<NAME>_FILE` names, as container platforms hand in secrets."""
    path = env.get(f"{name}_FILE", "").strip()
    try:
        return Path(path).read_text().strip() if path else ""
    except OSError as error:
        raise WrongSetting(f"{name}_FILE", f"names a file that cannot be read: {error.strerror}.") from error
