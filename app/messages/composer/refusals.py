"""Divide what an owner's operation refuses between the composer's fields and the owner's own form."""

from __future__ import annotations

from app.core.errors import InvalidInput
from app.core.i18n import Text, _l
from app.messages.composer.editing import PATH

LOOK_BELOW = _l("Not saved: first put right what is said at the messages.")


def said_at_fields(refusal: InvalidInput, said: dict[str, Text]) -> InvalidInput:
    """Move sentences about the messages into `said`, by path, and return the refusal with what is left."""
    at_messages = {name: one for name, one in refusal.fields.items() if name == "messages" or PATH.fullmatch(name)}
    said.update(at_messages)
    others = {name: one for name, one in refusal.fields.items() if name not in at_messages}
    return InvalidInput({"": LOOK_BELOW} | others if at_messages else others)
