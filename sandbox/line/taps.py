"""What people opened and watched of messages that were sent under a name, for LINE's statistics of the name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.handset import carries
from sandbox.line.channels import Channel, Tap
from sandbox.line.mail import pack
from sandbox.world import World

# LINE counts what happens within so many seconds after the send; from then on the figures are frozen.
COUNTED_SECONDS = 14 * 24 * 3600


def note_click(world: World, channel: Channel, user_id: str, address: str) -> None:
    """Note that a person opened a link of the newest message that has it."""
    _note(world, channel, user_id, lambda message: carries(message, address), address)


def note_watched(world: World, channel: Channel, user_id: str, tracking_id: str) -> None:
    """Note that a person watched the newest video of this tracking id to its end."""
    _note(world, channel, user_id, lambda message: message.get("trackingId") == tracking_id, None)


def _note(
    world: World, channel: Channel, user_id: str, is_it: Callable[[dict[str, Any]], bool], url: str | None
) -> None:
    now, packed = world.clock.now(), pack(user_id)
    for mail in reversed(world.mail.entries):
        if mail.channel_id != channel.channel_id or not mail.units or not mail.reached(packed):
            continue
        for seq, message in enumerate(mail.messages, start=1):
            if is_it(message):
                if now - mail.at <= COUNTED_SECONDS:
                    channel.taps.append(Tap(mail.sequence, seq, user_id, url))
                    world.touch()
                return
