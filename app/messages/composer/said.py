"""What LINE has said of a draft, kept in the page for as long as the part it speaks of stays as it was.

The page sends it with each request, so a draft that is moved, undone or typed into shows LINE's words at the parts that
LINE has seen as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from app.core.identifiers import row_number
from app.messages.content.building import ContentProblem

FIELD = "said"
MOST = 50


def kept(content: Mapping[str, Any], said: Iterable[ContentProblem]) -> list[str]:
    """Return each complaint as a text that the page can send."""
    return [
        json.dumps([_digest(content, part), part.partition(".")[0], rest, str(one.message)], ensure_ascii=False)
        for one in said
        for part, rest in [_parted(one.path)]
    ][:MOST]


def still_true(content: Mapping[str, Any], sent: Iterable[str]) -> list[ContentProblem]:
    """Return the complaints whose part is in the content as LINE saw it, at the place where it is now."""
    places = {_digest(content, part): part for part in reversed(_parts(content))}
    found = []
    for one in list(sent)[:MOST]:
        digest, name, rest, words = _read(one)
        place = places.get(digest)
        if place is not None and place.partition(".")[0] == name:
            found.append(ContentProblem(f"{place}.{rest}" if rest else place, words))
    return found


def _read(sent: str) -> tuple[str, str, str, str]:
    try:
        digest, name, rest, words = json.loads(sent)
    except (ValueError, TypeError, RecursionError):
        return "", "", "", ""
    return str(digest), str(name), str(rest), str(words)


def _parted(path: str) -> tuple[str, str]:
    """Return the part that a path leads into, such as `messages.0` or `quick_replies`, and the rest of the path."""
    steps = path.split(".")
    length = 2 if steps[0] == "messages" and len(steps) > 1 else 1
    return ".".join(steps[:length]), ".".join(steps[length:])


def _parts(content: Mapping[str, Any]) -> list[str]:
    return ["messages", *(f"messages.{number}" for number in range(len(content["messages"]))), "quick_replies"]


def _digest(content: Mapping[str, Any], part: str) -> str:
    name, _dot, number = part.partition(".")
    items = content.get(name) or []
    place = row_number(number)
    seen = items if place is None or place >= len(items) else items[place]
    return blake2b(json.dumps(seen, sort_keys=True).encode("utf-8", "replace"), digest_size=8).hexdigest()
