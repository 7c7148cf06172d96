"""Everything the sandbox knows, in one place that the server, the control API and the tests hold on to."""

import asyncio
import contextlib
import hashlib
import hmac
import random

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.hubspot.hubspot import HubSpot
from sandbox.line.channels import Channel
from sandbox.line.limits import Meters
from sandbox.line.mail import MailLog
from sandbox.line.people import Person
from sandbox.line.tokens import TokenBook


class World:
    """The state of all stand-ins: seed, clock, channels, faults, meters and logs."""

    def __init__(self, seed: int = 1, clock: Clock | None = None) -> None:
        self.seed = seed
        self.clock = clock or Clock()
        self.random = random.Random(f"world:{seed}")
        self.key = hashlib.sha256(f"sandbox key {seed}".encode()).digest()
        self.channels: dict[str, Channel] = {}
        self.tokens = TokenBook(self.key, self.channels)
        self.meters = Meters()
        self.faults = Faults(seed)
        self.mail = MailLog()
        self.hubspot = HubSpot(self.clock, seed)
        self.sequence = 0
        self.is_dirty = False
        self._changed = asyncio.Event()

    def next_sequence(self) -> int:
        """Return a number that grows with every entry of every log, so that logs can be merged in order."""
        self.sequence += 1
        return self.sequence

    def touch(self) -> None:
        """Mark the world as changed, and wake all tasks that wait for changes."""
        self.is_dirty = True
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_for_change(self, seconds: float) -> None:
        """Wait until something changes, at most so many seconds of real time."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)

    def forget_everything(self) -> None:
        """Remove everything: no channels, no faults, no counters, no mail; tokens of before are worthless.

        The clock shows real time again: what signs its requests with a time would be refused for the next one's.
        """
        self.channels.clear()
        self.tokens.forget_seen()
        self.meters.forget()
        self.faults.rules.clear()
        self.mail.forget()
        self.hubspot.forget_everything()
        self.clock.set_right()
        self.touch()

    def add_channel(self, channel: Channel) -> None:
        """Take a channel in; tokens are looked up again."""
        self.channels[channel.channel_id] = channel
        self.tokens.forget_seen()
        self.touch()

    def find_person(self, channel: Channel, user_id: str) -> Person | None:
        """Return a person as `channel` sees them; whom only a sister channel of the provider knows is a stranger."""
        person = channel.person(user_id)
        if person is not None:
            return person
        for sister in self.channels.values():
            if sister is not channel and sister.provider == channel.provider:
                person = sister.person(user_id)
                if person is not None:
                    return Person(
                        user_id=user_id,
                        display_name=person.display_name,
                        picture_url=person.picture_url,
                        status_message=person.status_message,
                        language=person.language,
                        state="deleted" if person.state == "deleted" else "never",
                    )
        return None

    def seal(self, *parts: str) -> str:
        """Return an unforgeable token over some parts, for quote and mark-as-read tokens."""
        return hmac.new(self.key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()

    def new_message_id(self) -> str:
        """Return a message id in LINE's form: eighteen decimal digits, growing."""
        return str(560_000_000_000_000_000 + self.next_sequence() * 1000 + self.random.randrange(1000))
