"""What LINE takes, but a member should know before friends see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from app.core.i18n import Text, _, _l
from app.messages.content.message_set import MessageSet

# Marks and letters that LINE refuses in some links although browsers take them.
_RISKY = re.compile(r"[^\x21-\x7e]|[<>\"\\^`|]")
ONLY_ON_PHONES = _l("LINE for PC never shows quick replies, and on phones they go away with the next message or a tap.")


def warnings_of(content: MessageSet, messages: list[dict[str, Any]]) -> list[Text]:
    """Return sentences for a set, whose messages were built for one recipient."""
    said: list[Text] = [ONLY_ON_PHONES] if content.quick_replies else []
    for link in dict.fromkeys(_links(messages)):
        if link.lower().startswith("http://"):
            said.append(_("“%(link)s” is not encrypted. Phones warn of such links; use https://.", link=link))
        if _RISKY.search(link):
            why = _(
                "“%(link)s” has characters that LINE may refuse in a link. Copy it encoded from a browser.", link=link
            )
            said.append(why)
    return said


def _links(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name in ("uri", "linkUri") and isinstance(one, str):
                yield one
            else:
                yield from _links(one)
    elif isinstance(value, list):
        for one in value:
            yield from _links(one)
