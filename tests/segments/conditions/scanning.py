"""QR Codes that the crowd scanned, and random conditions about these."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from hypothesis import strategies as st

from app.core.clock import now
from app.core.db import db
from app.line.models import Account
from app.segments.conditions.operators import OPERATORS, ValueType
from app.workflows.qr_codes.models import QrCode, QrScan
from tests.segments.conditions.crowd import Conditions, condition
from tests.segments.conditions.evaluator import Person


def codes(account: Account, persons: dict[int, Person], seed: str) -> list[int]:
    """Store three codes and their scans, some of them twice, and tell each person what they have scanned."""
    draw = random.Random(seed)
    made = [QrCode(account_id=account.id, name=f"Code {number}", code=f"code-{number}") for number in range(3)]
    db.session.add_all(made)
    db.session.flush()
    for friend_id, person in persons.items():
        scanned = [one.id for one in made if draw.random() < 0.4]
        for code_id in [*scanned, *scanned[:1]]:
            key = f"{friend_id}-{draw.random()}"
            db.session.add(QrScan(qr_code_id=code_id, friend_id=friend_id, event_key=key, scanned_at=now()))
        persons[friend_id] = replace(person, codes=frozenset(scanned))
    db.session.commit()
    return [one.id for one in made]


def conditions(ids: Sequence[int]) -> Conditions:
    """For every operator random codes."""
    chosen = st.lists(st.sampled_from(ids), min_size=1, max_size=len(ids), unique=True)
    return [
        (chosen if one.takes == "choices" else st.just([])).map(partial(condition, "scanned_qr_code", one.name))
        for one in OPERATORS[ValueType.SET].values()
    ]
