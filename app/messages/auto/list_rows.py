"""Auto Send Messages as lists show them: their kinds, what uses them, and who changed them last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.i18n import Text
from app.core.usage import Usage, usages_of
from app.messages.auto.models import AutoMessage
from app.messages.auto.operations.auto_messages import USED
from app.messages.composer.blanks import KIND_NAMES
from app.team.queries import names_of


@dataclass(frozen=True)
class AutoMessageLine:
    """An Auto Send Message with what the list says of it."""

    auto_message: AutoMessage
    kinds: Sequence[Text]
    usages: Sequence[Usage]
    changed_by: str | None


def lines_of(auto_messages: Sequence[AutoMessage]) -> list[AutoMessageLine]:
    """Return a line for each."""
    members = names_of([one.updated_by for one in auto_messages])
    return [_line(one, members) for one in auto_messages]


def _line(one: AutoMessage, members: Mapping[int, str]) -> AutoMessageLine:
    kinds = [KIND_NAMES[message["kind"]][0] for message in one.content.get("messages", ())]
    changed_by = members.get(one.updated_by) if one.updated_by else None
    return AutoMessageLine(one, kinds, usages_of(USED, one.id), changed_by)
