"""What the owner of a message set adds to what every sender knows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from app.messages.content.filling import Values
from app.messages.content.personal_values import PersonalValueType


@dataclass(frozen=True)
class Additions:
    """Personal values that only the owner knows, and accounts whose files the messages may show as well.

    `types` are the values by name, `values` their texts by the reference of the send's cause.
    """

    types: Mapping[str, PersonalValueType] = field(default_factory=dict)
    values: Mapping[str, Values] = field(default_factory=dict)
    file_accounts: Collection[int] = ()
    # LINE's token of the message that the first text or sticker quotes.
    quote_token: str | None = None


NOTHING = Additions()
