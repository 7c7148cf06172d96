"""Conditions by which triggers and branches are narrowed, stored by account as segments store theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.core.i18n import Text, _l
from app.segments.conditions.definition import parse_definition
from app.segments.conditions.properties import catalogue

MISSING = _l("The conditions are missing for an account of this workflow.")


def condition_problems(by_account: Mapping[str, Any], account_ids: Sequence[int]) -> Iterator[Text]:
    """Tell what is wrong with conditions; where there are any, each account needs its own."""
    if not by_account:
        return
    for account_id in account_ids:
        stored = by_account.get(str(account_id))
        if stored is None:
            yield MISSING
            continue
        parsed = parse_definition(stored, catalogue(account_id))
        yield from [str(one) for one in parsed.complaints] or [str(one) for one in parsed.definition.problems]
