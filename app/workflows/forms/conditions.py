"""Conditions of segments in the form of a step: rows for each account of the workflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from app.line.models import Account
from app.segments.conditions.definition import parse_definition, read_groups
from app.segments.conditions.properties import catalogue
from app.segments.forms.conditions import Draft, draft_of, read_draft
from app.segments.forms.drawing import Editing, RowNames, editor_context
from app.workflows.forms.registry import NodeEditing, Posted

TARGET, FORM = "#step-fields", "#step-form"


def read_conditions(form: Posted, editing: NodeEditing, place: str = "") -> dict[str, Any]:
    """Return the conditions of each account as they are stored, once a button among them was pressed.

    `place` tells several sets of one form apart, such as those of branches. Accounts without conditions are left out.
    """
    found = {str(one.id): _read(form, one, prefix_of(one, place)) for one in editing.accounts}
    return {account_id: stored for account_id, stored in found.items() if stored["groups"]}


def shown_conditions(
    stored: Mapping[str, Any], editing: NodeEditing, url: str, place: str = "", *, is_refused: bool = False
) -> list[dict[str, Any]]:
    """Return what the templates of conditions receive, for each account."""
    return [
        {
            **_shown(
                stored.get(str(one.id)),
                one,
                RowNames(prefix_of(one, place), url, TARGET, FORM, waits=True, may_be_empty=True),
            ),
            "is_refused": is_refused,
        }
        for one in editing.accounts
    ]


def prefix_of(account: Account, place: str = "") -> str:
    """Return what the names of an account's controls begin with."""
    return f"{place}c{account.id}-"


def _read(form: Posted, account: Account, prefix: str) -> dict[str, Any]:
    known, do = catalogue(account.id), form.get("do", "")
    mine: Posted = MultiDict(
        [(name.removeprefix(prefix), value) for name, value in form.items(multi=True) if name.startswith(prefix)]
    )
    draft = read_draft(mine, known)
    if do.startswith(prefix):
        draft = draft.after(do.removeprefix(prefix), known)
    return read_groups(draft.groups, known, draft.exclusions).definition.as_json()


def _shown(stored: Any, account: Account, rows: RowNames) -> dict[str, Any]:
    known = catalogue(account.id)
    draft = draft_of(parse_definition(stored, known).definition) if stored else Draft(())
    return {**editor_context(Editing(account, known, draft)), "rows": rows}
