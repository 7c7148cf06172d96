"""A listener for everything that `line` announces, which can be told to fail."""

from __future__ import annotations

from typing import Any

from app.line import events as said


class Ear:
    """Keep everything that is announced; `stumbles` says how often a message with this text makes it fail."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.stumbles: dict[str, int] = {}

    def __call__(self, batch: list[Any]) -> None:
        for event in batch:
            self.hear(event)

    def hear(self, event: Any) -> None:
        if isinstance(event, said.EventsClaimed):
            return
        if isinstance(event, said.MessageReceived):
            text = event.message.get("text", "")
            if self.stumbles.get(text, 0):
                self.stumbles[text] -= 1
                raise ValueError(f"cannot bear “{text}”")
        self.heard.append(event)

    def texts(self) -> list[str]:
        return [event.message["text"] for event in self.heard if isinstance(event, said.MessageReceived)]


KINDS = [kind for kind in vars(said).values() if isinstance(kind, type) and kind.__module__ == said.__name__]
