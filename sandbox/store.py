"""Keeping the state over a restart: an atomic snapshot a second after a change, and a journal of mail."""

import asyncio
import base64
import contextlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.line.channels import Channel
from sandbox.line.mail import Mail
from sandbox.records import dump, revive
from sandbox.world import World

INTERVAL_SECONDS = 1.0
# Only the newest entries of the journal are taken up again.
JOURNAL_KEPT = 20_000


class Store:
    """Reads and writes the state of one world in one directory."""

    def __init__(self, world: World, directory: Path) -> None:
        self.world = world
        self.snapshot = directory / "sandbox.json"
        self.journal = directory / "mail.jsonl"
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
        self.world.mail.entries = self._journalled()
        self.world.is_dirty = False
        return True

    def _journalled(self) -> list[Mail]:
        if not self.journal.exists():
            return []
        lines = self.journal.read_text().splitlines()[-JOURNAL_KEPT:]
        mails = []
        for line in lines:
            # A line cut short by a crash is the last thing that happened, and is left out.
            with contextlib.suppress(ValueError):
                mails.append(_mail(json.loads(line)))
        known = self.world.channels
        return [mail for mail in mails if mail.channel_id in known]

    async def keep_saving(self) -> None:
        """Save once a second while things change."""
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            if self.world.is_dirty:
                text, lines = self._written()
                await asyncio.to_thread(self._save, text, lines)

    def save(self) -> None:
        """Save now."""
        self._save(*self._written())

    def _written(self) -> tuple[str, list[str]]:
        """What is to be saved, taken in one go so that it fits together."""
        self.world.is_dirty = False
        fresh, self.world.mail.unwritten = self.world.mail.unwritten, []
        state = {
            "seed": self.world.seed,
            "clock_offset": self.world.clock.offset,
            "sequence": self.world.sequence,
            "channels": [dump(channel) for channel in self.world.channels.values()],
        }
        return json.dumps(state, ensure_ascii=False), [json.dumps(_line(mail)) for mail in fresh]

    def _save(self, text: str, lines: list[str]) -> None:
        if lines:
            with self.journal.open("a") as journal:
                journal.write("\n".join(lines) + "\n")
        draft = self.snapshot.with_suffix(".draft")
        with draft.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.snapshot)


def saved_seed(directory: Path) -> int | None:
    """The seed of the state in this directory; people's ids depend on it, so it stays."""
    path = directory / "sandbox.json"
    return int(json.loads(path.read_text())["seed"]) if path.exists() else None


def _line(mail: Mail) -> dict[str, Any]:
    packed = {name: base64.b64encode(getattr(mail, name)).decode() for name in ("recipients", "delivered")}
    return asdict(mail) | packed


def _mail(line: dict[str, Any]) -> Mail:
    packed = {name: base64.b64decode(line[name]) for name in ("recipients", "delivered")}
    return revive(Mail, line | packed)
