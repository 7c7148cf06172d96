"""What each outcome of a set-up check means, in one sentence, and the exact next click when something is to be done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.i18n import Text, _l


class CheckState(StrEnum):
    """GREEN: fine. RED: does not work. ADVICE: works, but could be better. UNKNOWN: could not be found out."""

    GREEN = "green"
    RED = "red"
    ADVICE = "advice"
    UNKNOWN = "unknown"


class FixAction(StrEnum):
    """A button of Tomoru that fixes it."""

    NONE = ""
    RECONNECT = "reconnect"
    SET_WEBHOOK = "set_webhook"
    CHECK_AGAIN = "check_again"


class ConsolePage(StrEnum):
    """A page of LINE's own where it is fixed; `url` fills in the channel."""

    NONE = ""
    BASICS = "basics"
    MESSAGING = "messaging-api"
    MANAGER = "manager"

    def url(self, channel_id: str | None) -> str:
        """Return its address; the list of channels when the channel is not known."""
        if self is ConsolePage.NONE:
            return ""
        if self is ConsolePage.MANAGER:
            return "https://manager.line.biz/"
        console = "https://developers.line.biz/console/"
        return f"{console}channel/{channel_id}/{self.value}" if channel_id else console


@dataclass(frozen=True)
class CheckText:
    """How a check can end."""

    state: CheckState
    sentence: Text
    next_click: Text | str = ""
    act: FixAction = FixAction.NONE
    page: ConsolePage = ConsolePage.NONE


def _green(sentence: Text) -> CheckText:
    return CheckText(CheckState.GREEN, sentence)


def _red(
    sentence: Text, next_click: Text, act: FixAction = FixAction.NONE, page: ConsolePage = ConsolePage.NONE
) -> CheckText:
    return CheckText(CheckState.RED, sentence, next_click, act, page)


def _later() -> CheckText:
    return CheckText(
        CheckState.UNKNOWN,
        _l("LINE could not be asked: %(reason)s"),
        _l("Check again in a moment."),
        FixAction.CHECK_AGAIN,
    )


LABELS: dict[str, Text] = {
    "token": _l("Access token"),
    "secret": _l("Channel secret"),
    "webhook_url": _l("Webhook URL"),
    "webhook": _l("Webhook reachable"),
    "use_webhook": _l("“Use webhook”"),
    "redelivery": _l("Webhook redelivery"),
    "account_type": _l("Account type"),
    "clock": _l("Clock"),
    "public_url": _l("Public address"),
    "proxy": _l("Reverse proxy"),
    "worker.realtime": _l("Realtime worker"),
    "worker.sending": _l("Sending worker"),
    "worker.bulk": _l("Bulk worker"),
    "scheduler": _l("Scheduler"),
    "time_zone": _l("Time zone"),
    "database": _l("Database"),
    "connections": _l("Database connections"),
    "redis": _l("Redis"),
    "migrations": _l("Database migrations"),
}

_COPY_SECRET = _l("Copy the channel secret under “Basic settings” in the LINE Developers Console and reconnect.")
_REACHABLE = _l("Make the address reachable from the internet with a valid certificate, then check again.")


def _process(runs: Text, is_away: Text, start: Text) -> dict[str, CheckText]:
    return {"ok": _green(runs), "dead": _red(is_away, start)}


def _lost(sentence: Text) -> CheckText:
    again = _l("Reconnect with the account's credentials; or put the key back, restart, and check again.")
    return _red(sentence, again, FixAction.RECONNECT, ConsolePage.BASICS)


TEXTS: dict[str, dict[str, CheckText]] = {
    "token": {
        "ok": _green(_l("LINE accepts the access token.")),
        "refused": _red(
            _l("LINE refuses the access token."),
            _l("Issue a new token under “Messaging API” in the LINE Developers Console and reconnect."),
            FixAction.RECONNECT,
            ConsolePage.MESSAGING,
        ),
        "credentials": _red(
            _l("LINE refuses the channel ID or the channel secret, so no access token can be issued."),
            _COPY_SECRET,
            FixAction.RECONNECT,
            ConsolePage.BASICS,
        ),
        "lost": _lost(
            _l("The access token cannot be read any more: the key that encrypted it is missing from ENCRYPTION_KEYS.")
        ),
        "other_account": _red(
            _l("The access token belongs to another LINE Official Account, %(name)s."),
            _l("Reconnect with the credentials of this account."),
            FixAction.RECONNECT,
        ),
        "disconnected": _red(
            _l("The account is disconnected."), _l("Reconnect it with its credentials."), FixAction.RECONNECT
        ),
        "later": _later(),
    },
    "secret": {
        "ok": _green(_l("The channel secret belongs to the channel.")),
        "lost": _lost(
            _l("The channel secret cannot be read any more: the key that encrypted it is missing from ENCRYPTION_KEYS.")
        ),
        "wrong": _red(_l("The channel secret is wrong."), _COPY_SECRET, FixAction.RECONNECT, ConsolePage.BASICS),
        "signature": _red(
            _l("LINE signs its webhooks with another channel secret."),
            _COPY_SECRET,
            FixAction.RECONNECT,
            ConsolePage.BASICS,
        ),
        "waiting": CheckText(
            CheckState.UNKNOWN,
            _l("It is proved by the first webhook that LINE sends."),
            _l("Fix the webhook first, then check again."),
            FixAction.CHECK_AGAIN,
        ),
        "later": _later(),
    },
    "webhook_url": {
        "ok": _green(_l("LINE sends events to this installation.")),
        "other": _red(
            _l("LINE sends events to another address: %(endpoint)s"),
            _l("Press “Set webhook URL”. Whatever listens there gets no more events then."),
            FixAction.SET_WEBHOOK,
        ),
        "none": _red(
            _l("No webhook URL is set at LINE, so no events arrive."),
            _l("Press “Set webhook URL”."),
            FixAction.SET_WEBHOOK,
        ),
        "refused": _red(
            _l("LINE refused the address %(endpoint)s."),
            _l("Set PUBLIC_URL to a public address that starts with https://, restart, and press “Set webhook URL”."),
            FixAction.SET_WEBHOOK,
        ),
        "later": _later(),
    },
    "webhook": {
        "ok": _green(_l("LINE's test reached the webhook.")),
        "COULD_NOT_CONNECT": _red(
            _l("LINE could not connect to the webhook: %(detail)s"), _REACHABLE, FixAction.CHECK_AGAIN
        ),
        "REQUEST_TIMEOUT": _red(
            _l("The webhook did not answer LINE within its time limit."),
            _l("See that the web server is not overloaded and reachable without detours, then check again."),
            FixAction.CHECK_AGAIN,
        ),
        "ERROR_STATUS_CODE": _red(
            _l("The webhook answered LINE with status %(status)s."),
            _l("See what stands in front of Tomoru (a proxy, a sign-in, a firewall) and let /webhooks/ through."),
            FixAction.CHECK_AGAIN,
        ),
        "signature": _red(
            _l("The webhook refused LINE's test because its signature does not fit the channel secret."),
            _COPY_SECRET,
            FixAction.RECONNECT,
            ConsolePage.BASICS,
        ),
        "unusable": _red(
            _l("LINE cannot use the webhook URL: it must be a public https address whose domain name can be found."),
            _l("Check PUBLIC_URL and the DNS entry of its domain, set the webhook URL again, then check again."),
            FixAction.CHECK_AGAIN,
        ),
        "UNCLASSIFIED": _red(_l("LINE's test of the webhook failed: %(detail)s"), _REACHABLE, FixAction.CHECK_AGAIN),
        "not_set": CheckText(
            CheckState.UNKNOWN, _l("It can be tested once the webhook URL is set."), _l("Set the webhook URL first.")
        ),
        "later": _later(),
    },
    "use_webhook": {
        "on": _green(_l("“Use webhook” is switched on.")),
        "off": _red(
            _l("“Use webhook” is switched off at LINE, so no events arrive."),
            _l("Switch on “Use webhook” under “Messaging API” in the LINE Developers Console."),
            FixAction.NONE,
            ConsolePage.MESSAGING,
        ),
        "not_set": CheckText(
            CheckState.UNKNOWN, _l("It shows once the webhook URL is set."), _l("Set the webhook URL first.")
        ),
        "later": _later(),
    },
    "redelivery": {
        "seen": _green(_l("Webhook redelivery is on: LINE has repeated events.")),
        "advice": CheckText(
            CheckState.ADVICE,
            _l("LINE does not tell whether it repeats events that could not be delivered."),
            _l("Switch on “Webhook redelivery” under “Messaging API” in the LINE Developers Console."),
            FixAction.NONE,
            ConsolePage.MESSAGING,
        ),
    },
    "account_type": {
        "verified": _green(_l("Verified or premium: existing friends can be imported.")),
        "unverified": CheckText(
            CheckState.ADVICE,
            _l("Unverified: LINE does not give the list of existing friends; new friends arrive by webhook."),
            _l("Apply for verification in LINE Official Account Manager, then check again."),
            FixAction.NONE,
            ConsolePage.MANAGER,
        ),
        "later": _later(),
    },
    "clock": {
        "ok": _green(_l("This server's clock agrees with LINE's.")),
        "off": _red(
            _l("This server's clock is %(seconds)s seconds off LINE's."),
            _l("Switch on time synchronisation (NTP) on the server."),
        ),
        "later": _later(),
    },
    "public_url": {
        "ok": _green(_l("PUBLIC_URL is an https address.")),
        "sandbox": CheckText(
            CheckState.ADVICE,
            _l("PUBLIC_URL is not https. That is enough for the sandbox; LINE itself asks for https."),
            _l("Before you connect a real account, set PUBLIC_URL to a public https address and restart."),
        ),
        "http": _red(
            _l("PUBLIC_URL is %(url)s, but LINE sends webhooks only to public https addresses."),
            _l("Put TLS in front (docs/deploy.md), set PUBLIC_URL to the https address, and restart."),
        ),
    },
    "proxy": {
        "ok": _green(_l("Visitors are told apart by their addresses.")),
        "undeclared": _red(
            _l(
                "Requests come through a reverse proxy that TRUSTED_PROXIES does not count (X-Forwarded-For is not"
                " believed): all visitors share one address, and wrong passwords of a stranger keep others out."
            ),
            _l("Set TRUSTED_PROXIES to the number of reverse proxies in front of Tomoru, and restart it."),
        ),
    },
    "worker.realtime": _process(
        _l("A realtime worker is running."),
        _l("No realtime worker is running: webhook events and e-mail wait."),
        _l("Start it: python worker.py realtime"),
    ),
    "worker.sending": _process(
        _l("A sending worker is running."),
        _l("No sending worker is running: messages to many friends wait."),
        _l("Start it: python worker.py sending"),
    ),
    "worker.bulk": _process(
        _l("A bulk worker is running."),
        _l("No bulk worker is running: imports, counts and profiles stand still."),
        _l("Start it: python worker.py bulk"),
    ),
    "scheduler": _process(
        _l("The scheduler is running."),
        _l("The scheduler is not running: nothing is refreshed."),
        _l("Start it: flask scheduler"),
    ),
    "time_zone": {
        "ok": _green(_l("Everything that reckons with time knows the workspace's time zone.")),
        "unknown": _red(
            _l("%(program)s does not know the time zone %(zone)s, or has another time there."),
            _l("Choose another time zone in the workspace settings, or update the time zone data of the machine."),
        ),
    },
    "database": {
        "ok": _green(_l("The database takes changes.")),
        "read_only": _red(
            _l("The database takes no changes: pages can be read, but nothing is stored, webhook events included."),
            _l("See whether DATABASE_URL leads to a replica, or the server was made read-only."),
        ),
        "away": _red(_l("The database does not answer."), _l("Start PostgreSQL, or check DATABASE_URL.")),
        "busy": _red(
            _l("The database takes no more connections."), _l("Raise max_connections, or start fewer processes.")
        ),
        "full": _red(_l("The database's disk is full."), _l("Make room on the disk of PostgreSQL.")),
    },
    "connections": {
        "ok": _green(_l("%(used)s of %(most)s database connections are in use.")),
        "many": CheckText(
            CheckState.ADVICE,
            _l("The processes that run now may open %(wanted)s database connections; PostgreSQL allows %(most)s."),
            _l("Raise max_connections, lower DATABASE_POOL, or put PgBouncer between (docs/scale.md)."),
        ),
        "full": _red(
            _l("%(used)s of %(most)s database connections are in use."),
            _l("Raise max_connections, lower DATABASE_POOL, or put PgBouncer between (docs/scale.md)."),
        ),
    },
    "redis": {
        "ok": _green(_l("Redis answers and stores.")),
        "away": _red(_l("Redis does not answer: workers are not woken."), _l("Start Redis, or check REDIS_URL.")),
        "refusing": _red(
            _l("Redis answers, but refuses to store anything: workers are not woken."),
            _l("See whether it is a replica, its memory limit (maxmemory) is reached, or its disk is full."),
        ),
    },
    "migrations": {
        "ok": _green(_l("The database is up to date.")),
        "behind": _red(_l("The database is behind the program."), _l("Run: flask db upgrade")),
    },
}
