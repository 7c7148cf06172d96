"""One person as a channel sees them, and the rules of what LINE does for each kind of person."""

import re
from dataclasses import dataclass
from typing import Literal

USER_ID = re.compile(r"U[0-9a-f]{32}\Z")
WEEK = 7 * 24 * 3600.0

# Stands for the picture that the sandbox draws itself; the real address depends on who asks.
DRAWN = "drawn"

State = Literal["never", "friend", "blocked", "deleted"]


@dataclass
class PopulationSettings:
    """How many people are synthesised for a channel, and which shares of them are out of the ordinary."""

    followers: int = 0
    blocked: float = 0.0
    no_consent: float = 0.0
    gone: float = 0.0


@dataclass
class Person:
    """A LINE user in relation to one channel."""

    user_id: str
    display_name: str
    picture_url: str | None = DRAWN
    status_message: str | None = None
    language: str | None = "ja"
    state: State = "friend"
    # Whether they let LINE hand their profile to bots.
    consent: bool = True
    # Listed among the followers, but the profile is no longer there (left between two calls).
    gone: bool = False
    # They blocked the account once and came back.
    returned: bool = False
    last_wrote_at: float | None = None

    @property
    def is_listed(self) -> bool:
        return self.state == "friend" and self.consent

    def has_profile(self) -> bool:
        """Whether the profile call answers 200: friends, and people who wrote and did not block."""
        if self.gone or not self.consent:
            return False
        return self.state == "friend" or (self.state == "never" and self.last_wrote_at is not None)

    def gets_push(self, now: float) -> bool:
        """Whether a push arrives: friends, and people who wrote within the last seven days."""
        return self.state == "friend" or (self.state == "never" and self.wrote_lately(now))

    @property
    def gets_multicast(self) -> bool:
        return self.state == "friend"

    def wrote_lately(self, now: float) -> bool:
        return self.last_wrote_at is not None and now - self.last_wrote_at < WEEK

    def described_state(self, now: float) -> str:
        """Return the state in one word, as the control API names it."""
        if self.state == "friend" and not self.consent:
            return "no-consent"
        if self.state == "friend" and self.returned:
            return "unblocked"
        if self.state == "never" and self.wrote_lately(now):
            return "wrote-within-7-days"
        return self.state
