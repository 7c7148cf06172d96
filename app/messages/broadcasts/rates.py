"""Parts of a whole, as results of broadcasts tell them."""

from __future__ import annotations

from typing import Protocol


def rate(part: int | None, whole: int) -> float | None:
    """Return part ÷ whole; None where the part is not known, and for a zero denominator."""
    return part / whole if part is not None and whole > 0 else None


class Reached(Protocol):
    """Counts of people that the message reached; `opened` and `clicked` are None where no one can know."""

    @property
    def sent(self) -> int: ...

    @property
    def delivered(self) -> int: ...

    @property
    def opened(self) -> int | None: ...

    @property
    def clicked(self) -> int | None: ...

    @property
    def clicks(self) -> int: ...


class Counts(Reached, Protocol):
    """The same, with what people did afterwards."""

    @property
    def replied(self) -> int: ...

    @property
    def blocked(self) -> int: ...


class ReachedRates:
    """Rates of people that the message reached."""

    @property
    def delivery_rate(self: Reached) -> float | None:
        """Return delivered ÷ sent."""
        return rate(self.delivered, self.sent)

    @property
    def open_rate(self: Reached) -> float | None:
        """Return opened ÷ delivered."""
        return rate(self.opened, self.delivered)

    @property
    def tells_clicks_only(self: Reached) -> bool:
        """Return whether clicks are known of messages whose opens are not."""
        return self.opened is None and (self.clicked is not None or self.clicks > 0)

    @property
    def click_rate(self: Reached) -> float | None:
        """Return clicked ÷ delivered."""
        return rate(self.clicked, self.delivered)


class Rates(ReachedRates):
    """All rates of a broadcast."""

    @property
    def reply_rate(self: Counts) -> float | None:
        """Return replied ÷ delivered."""
        return rate(self.replied, self.delivered)

    @property
    def block_rate(self: Counts) -> float | None:
        """Return blocked ÷ delivered."""
        return rate(self.blocked, self.delivered)
