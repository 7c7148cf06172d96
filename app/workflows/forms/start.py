"""The form of the Start node: accounts, how often a friend may enter, and what a block does."""

from __future__ import annotations

from app.core.i18n import Text, _l
from app.core.identifiers import row_number
from app.workflows.definition.graph import EntryRules
from app.workflows.forms.reading import one_of, whole_number
from app.workflows.forms.registry import Posted
from app.workflows.models import OnBlock, ReEntry

RE_ENTRIES: dict[str, Text] = {
    ReEntry.EVERY.value: _l("Each time a trigger fires"),
    ReEntry.ONCE.value: _l("Once only"),
    ReEntry.NOT_WHILE_RUNNING.value: _l("Not while an earlier run of the friend is under way"),
    ReEntry.AFTER_DAYS.value: _l("Again after some days"),
}
ON_BLOCKS: dict[str, Text] = {
    OnBlock.END.value: _l("End runs that wait"),
    OnBlock.FREEZE.value: _l("Let runs that wait stand still until the friend is back"),
}


def read_start(form: Posted) -> tuple[list[int], EntryRules]:
    """Return the chosen accounts and the rules as posted."""
    accounts = [number for one in form.getlist("accounts") if (number := row_number(one))]
    re_entry = one_of(form, "re_entry", RE_ENTRIES, ReEntry.EVERY.value)
    days = whole_number(form, "days") if re_entry == ReEntry.AFTER_DAYS else None
    return accounts, EntryRules(re_entry, days, one_of(form, "on_block", ON_BLOCKS, OnBlock.END.value))
