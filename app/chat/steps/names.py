"""Members of a team in templates and files of workflows: they go by their names."""

from __future__ import annotations

from collections.abc import Collection

from app.chat.queries.people import answering_members
from app.chat.steps.assigning import ASSIGNEES, labels_of
from app.core.i18n import _l
from app.team.models import Member
from app.workflows.templates.names import NamedRows, register_rows


class NamedMembers(NamedRows):
    """Members who may use the chat of an account."""

    def names(self, account_ids: Collection[int], ids: Collection[int]) -> dict[int, str]:
        """Return the names of members by id."""
        del account_ids
        return dict(labels_of(ids))

    def known(self, account_id: int, names: Collection[str]) -> dict[str, int]:
        """Return the ids of members by their name; of two with the same name neither is meant."""
        found = [one for one in answering_members([account_id]) if one.label in names]
        labels = [one.label for one in found]
        return {one.label: one.id for one in found if labels.count(one.label) == 1}

    def choices(self, account_id: int) -> list[tuple[int, str]]:
        """Return these members as choices, by name."""
        return [(one.id, one.label) for one in answering_members([account_id])]


register_rows(NamedMembers(setting=ASSIGNEES, model=Member, label=_l("Member"), is_list=False))
