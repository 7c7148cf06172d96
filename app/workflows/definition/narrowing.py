"""Conditions by which triggers and branches are narrowed, stored by account as segments store theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.core.i18n import Text, _l
from app.segments.conditions.definition import parse_stored
from app.segments.conditions.sentences import ConditionSentences

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
        parsed = parse_stored(account_id, [stored])[0]
        yield from [str(one) for one in parsed.complaints] or [str(one) for one in parsed.definition.problems]


def condition_words(of_several: Sequence[Mapping[str, Any]], account_ids: Sequence[int]) -> list[str]:
    """Return what each of several sets of conditions says; accounts for which one says the same are taken together."""
    said: list[dict[str, None]] = [{} for _one in of_several]
    for account_id in account_ids:
        present = [at for at, by_account in enumerate(of_several) if str(account_id) in by_account]
        if not present:
            continue
        stored = [of_several[at][str(account_id)] for at in present]
        definitions = [one.definition for one in parse_stored(account_id, stored)]
        sentences = ConditionSentences(definitions)
        for at, definition in zip(present, definitions, strict=True):
            said[at][sentences.summary(definition)] = None
    return ["; ".join(one for one in words if one) for words in said]
