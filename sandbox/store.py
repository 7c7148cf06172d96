"""Keeping the state over a restart: an atomic snapshot a second after a change, and a journal of mail."""

import asyncio
import base64
import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sandbox.line.channels import Channel
from sandbox.line.mail import Mail
from sandbox.records import dump, revive
from sandbox.world import World

INTERVAL_SECONDS = 1.0
# Only the newest entries of the journal are taken up again.
JOURNAL_KEPT = 20_000


@dataclass
class Writing:
    """One save: the snapshot, the journal's new lines, and whether they replace its old ones."""

    state: str
    lines: str
    starts_over: bool
    # HubSpot's part, when it changed.
    hubspot: str | None


class Store:
    """Reads and writes the state of one world in one directory."""

    def __init__(self, world: World, directory: Path) -> None:
        self.world = world
        self.snapshot = directory / "sandbox.json"
        self.journal = directory / "mail.jsonl"
        self.hubspot = directory / "hubspot.json"
        directory.mkdir(parents=True, exist_ok=True)

    def load(self) -> bool:
        """Take up what was saved; False when there is nothing."""
        if not self.snapshot.exists():
            return False
        data = json.loads(self.snapshot.read_text())
        self.world.clock.offset = data["clock_offset"]
        self.world.sequence = data["sequence"]
        for channel in data["channels"]:
            self.world.add_channel(revive(Channel, channel))
        if self.journal.exists():
            self.world.mail.keep(self._journalled())
        if self.hubspot.exists():
            self.world.hubspot.load(self.hubspot.read_text())
        self.world.touch()
        return True

    def _journalled(self) -> list[Mail]:
        mails = []
        for line in self.journal.read_text().splitlines()[-JOURNAL_KEPT:]:
            # A line cut short by a crash is the last thing that happened, and is left out.
            with contextlib.suppress(ValueError):
                mails.append(_mail(json.loads(line)))
        return [mail for mail in mails if mail.channel_id in self.world.channels]

    async def keep_saving(self) -> None:
        """Save once a second while things change, less often when saving takes its time."""
        pause = INTERVAL_SECONDS
        while True:
            await asyncio.sleep(pause)
            if self.world.is_dirty or self.world.hubspot.is_dirty:
                started = time.monotonic()
                await asyncio.to_thread(self._save, self._written())
                pause = max(INTERVAL_SECONDS, 10 * (time.monotonic() - started))

    def save(self) -> None:
        """Save now."""
        self._save(self._written())

    def _written(self) -> Writing:
        """Return what is to be saved, taken in one go so that it fits together."""
        self.world.is_dirty = False
        mail = self.world.mail
        fresh, starts_over = mail.unwritten, mail.starts_over
        mail.unwritten, mail.starts_over = [], False
        for channel in self.world.channels.values():
            channel.sweep(self.world.clock.now())
        state = {
            "seed": self.world.seed,
            "clock_offset": self.world.clock.offset,
            "sequence": self.world.sequence,
            "channels": [dump(channel) for channel in self.world.channels.values()],
        }
        lines = "".join(json.dumps(_line(mail)) + "\n" for mail in fresh)
        hubspot = self.world.hubspot.dump() if self.world.hubspot.is_dirty else None
        return Writing(json.dumps(state), lines, starts_over, hubspot)

    def _save(self, writing: Writing) -> None:
        if writing.starts_over:
            _replace(self.journal, writing.lines)
        elif writing.lines:
            with self.journal.open("a") as journal:
                journal.write(writing.lines)
        if writing.hubspot is not None:
            _replace(self.hubspot, writing.hubspot)
        _replace(self.snapshot, writing.state)


def _replace(path: Path, text: str) -> None:
    """Write the file so that it is at any moment either the old or the new one."""
    draft = path.with_suffix(".draft")
    with draft.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def saved_seed(directory: Path) -> int | None:
    """Return the seed of the state in this directory; people's ids depend on it, so it stays."""
    path = directory / "sandbox.json"
    return int(json.loads(path.read_text())["seed"]) if path.exists() else None


def _line(mail: Mail) -> dict[str, Any]:
    packed = {name: base64.b64encode(getattr(mail, name)).decode() for name in ("recipients", "delivered")}
    return asdict(mail) | packed


def _mail(line: dict[str, Any]) -> Mail:
    packed = {name: base64.b64decode(line[name]) for name in ("recipients", "delivered")}
    return revive(Mail, line | packed)
