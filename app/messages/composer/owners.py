"""What owners of drafts know of recipients beside what is stored of friends, such as answers in a workflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.core.registry import Registry
from app.messages.composer.models import MessageDraft
from app.messages.content.personal_values import PersonalValueType

# By kind of owner; what follows a colon tells several sets of one owner apart, such as "workflow_step:n1".
OWN_VALUES: Registry[Callable[[MessageDraft], Mapping[str, PersonalValueType]]] = Registry("owner's personal values")


def own_values_of(draft: MessageDraft) -> Mapping[str, PersonalValueType]:
    """Return the values that texts of this draft may name beside those of its account."""
    find = OWN_VALUES.get(draft.owner_kind.partition(":")[0])
    return find(draft) if find else {}
