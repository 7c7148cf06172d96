"""What forms of steps offer: fields of friends, answers of questions before a step, tags of an account."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.core.i18n import Text, _
from app.friends.models import Tag
from app.friends.queries.attributes import attribute_definitions
from app.friends.queries.tags import tags_named_like
from app.friends.values import Field, fields
from app.workflows.definition.answers import answers_of
from app.workflows.definition.graph import Graph
from app.workflows.forms.registry import NodeEditing

# So many tags are shown at once; with more there is a search.
SHOWN_TAGS = 60


def friend_fields(editing: NodeEditing, kinds: Collection[str] = ()) -> dict[str, Field]:
    """Return the fields of friends of these kinds (all without any) that one of the accounts has, by name."""
    found = {
        one.name: one
        for account_id in editing.account_ids
        for one in fields(attribute_definitions(account_id)).values()
    }
    return {name: one for name, one in found.items() if not kinds or one.kind in kinds}


def field_choices(editing: NodeEditing, kinds: Collection[str] = ()) -> list[tuple[str, Text]]:
    """Return these fields as choices."""
    return [(name, one.label) for name, one in friend_fields(editing, kinds).items()]


def answer_choices(graph: Graph) -> list[tuple[str, Text]]:
    """Return the names under which steps of the workflow keep answers, as choices."""
    return [(name, _("Answer: %(name)s", name=name)) for name in answers_of(graph)]


def tags_to_choose(editing: NodeEditing, account_id: int) -> tuple[Sequence[Tag], bool]:
    """Return tags of an account that fit what was typed into its search, chosen ones first, and whether to search."""
    chosen = (editing.node.settings.get("tags") or {}).get(str(account_id)) or ()
    typed = editing.posted.get(f"tag-search-{account_id}", "").strip()
    found = tags_named_like(account_id, typed, keep=chosen, limit=SHOWN_TAGS + 1)
    return found, bool(typed) or len(found) > SHOWN_TAGS
