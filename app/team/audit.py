"""Write the audit log: one entry for each change, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.core.db import db
from app.core.i18n import Text, own_direction
from app.core.registry import Registry
from app.team.actors import Actor
from app.team.models import AuditEntry

# Who is asking from where, set by the factory for requests; None elsewhere.
_address: Callable[[], str | None] = lambda: None  # noqa: E731
SENTENCES: Registry[Text] = Registry("sentence of an action")
# What an action begins with, "tag" in "tag.created", and the word for it in the log's filter.
GROUPS: Registry[Text] = Registry("group of actions")
# Turns stored details of an action, such as names of fields, into words for its sentence.
_WORDINGS: Registry[Callable[[Mapping[str, Any]], Mapping[str, str]]] = Registry("wording of an action")


class _Details(dict[str, Any]):
    """Values for a sentence; an entry older than the sentence may lack some."""

    def __missing__(self, name: str) -> str:
        return "…"


def use_address(provider: Callable[[], str | None]) -> None:
    """Register who knows the address of the present request."""
    global _address  # noqa: PLW0603
    _address = provider


def describe(
    sentences: Mapping[str, Text],
    groups: Mapping[str, Text] | None = None,
    wordings: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, str]]] | None = None,
) -> None:
    """Offer the sentences of actions, for example {"tag.created": _l("created the tag %(target)s")}.

    `groups` names what they begin with, for the log's filter: {"tag": _l("Tags")}. `wordings` makes words of details
    that are stored as codes, in the reader's language.
    """
    SENTENCES.add_all(sentences)
    GROUPS.add_all(groups or {})
    _WORDINGS.add_all(wordings or {})


def groups() -> list[tuple[str, str]]:
    """Return every group of actions with its name in the reader's language, by name."""
    known = {action.partition(".")[0] for action in SENTENCES}
    named = [(group, str(GROUPS.get(group, group.replace("_", " ").capitalize()))) for group in known]
    return sorted(named, key=lambda pair: pair[1])


def sentence(entry: AuditEntry) -> str:
    """Return what was done, in the reader's language; details are available as placeholders beside %(target)s."""
    known = SENTENCES.get(entry.action)
    words = _WORDINGS[entry.action](entry.details) if entry.action in _WORDINGS else {}
    values = _Details(own_direction({**entry.details, **words, "target": entry.target_name or ""}))
    return str(known) % values if known else f"{entry.action} {entry.target_name or ''}".strip()


def record(
    actor: Actor,
    action: str,
    *,
    target: Any = None,
    target_name: str | None = None,
    account_id: int | None = None,
    **details: Any,
) -> AuditEntry:
    """Write one line: `actor` did `action` to `target` (a row). No secrets in `details`."""
    entry = AuditEntry(
        member_id=actor.member_id,
        actor_name=actor.label,
        action=action,
        account_id=account_id,
        target_type=type(target).__name__.lower() if target is not None else None,
        target_id=str(target.id) if target is not None else None,
        target_name=target_name or getattr(target, "label", None) or getattr(target, "name", None),
        details=details,
        ip_address=_address(),
    )
    db.session.add(entry)
    return entry
