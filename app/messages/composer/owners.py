"""What owners of drafts know: where their page is, and of recipients what is not stored of friends, such as answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.core.registry import Registry
from app.messages.composer.models import MessageDraft
from app.messages.content.personal_values import PersonalValueType

# By kind of owner; what follows a colon tells several sets of one owner apart, such as "workflow_step:n1".
OWN_VALUES: Registry[Callable[[MessageDraft], Mapping[str, PersonalValueType]]] = Registry("owner's personal values")

PAGES: Registry[Callable[[MessageDraft], str]] = Registry("owner's page")


def page_of(draft: MessageDraft) -> str:
    """Return the address of the page on which the draft is composed; "" where that is not known."""
    find = PAGES.get(_kind(draft))
    return find(draft) if find else ""


def own_values_of(draft: MessageDraft) -> Mapping[str, PersonalValueType]:
    """Return the values that texts of this draft may name beside those of its account."""
    find = OWN_VALUES.get(_kind(draft))
    return find(draft) if find else {}


def _kind(draft: MessageDraft) -> str:
    return draft.owner_kind.partition(":")[0]
