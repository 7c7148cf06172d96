"""Prove from the ledger's rows that every frozen person is in exactly one state, and that all counts agree."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from app.core.db import db
from app.core.i18n import Text, _
from app.messages.broadcasts.deal import Deal
from app.messages.broadcasts.ledger import count_people
from app.messages.broadcasts.models import ENDED, Broadcast, RecipientState

_PEOPLE = text("""
SELECT count(*) AS rows, count(DISTINCT friend_id) AS friends, count(DISTINCT line_user_id) AS ids,
       min(position) AS first, max(position) AS last
FROM broadcast_recipients WHERE broadcast_id = :id
""")
# Chunks that stand for people: whose rows are not all in the chunk that their position lies in.
_MISPLACED = text("""
SELECT count(*) FROM broadcast_recipients r
LEFT JOIN broadcast_chunks c ON c.broadcast_id = r.broadcast_id AND c.number = r.chunk AND c.state <> 'split'
WHERE r.broadcast_id = :id AND (c.number IS NULL OR r.position NOT BETWEEN c.first AND c.last)
""")
_SIZES = text("SELECT sum(last - first + 1) FROM broadcast_chunks WHERE broadcast_id = :id AND state <> 'split'")
_HALVES = text("""
SELECT count(*) FROM broadcast_recipients WHERE broadcast_id = :id AND variant IS DISTINCT FROM
  CASE WHEN position <= :a THEN 'a' WHEN position <= :tested THEN 'b' END
""")
_ACROSS = text("""
SELECT count(*) FROM broadcast_chunks WHERE broadcast_id = :id AND state <> 'split'
  AND (:a BETWEEN first AND last - 1 OR :tested BETWEEN first AND last - 1)
""")
_EARLY = text("""
SELECT count(*) FROM broadcast_chunks
WHERE broadcast_id = :id AND first > :tested AND (state IN ('sent', 'unknown') OR key_used_at IS NOT NULL)
""")
_STATES = text("""
SELECT coalesce(r.state, c.state) AS state, count(*) AS people
FROM broadcast_recipients r JOIN broadcast_chunks c ON c.broadcast_id = r.broadcast_id AND c.number = r.chunk
WHERE r.broadcast_id = :id GROUP BY 1
""")


@dataclass(frozen=True)
class Verdict:
    """People by RecipientState, counted one by one, and a sentence for each thing that is wrong."""

    counts: dict[str, int]
    problems: list[Text]

    @property
    def is_good(self) -> bool:
        """Return whether the ledger proves what it says."""
        return not self.problems


def verify(broadcast_id: int) -> Verdict:
    """Look at every row of a broadcast; reads only."""
    broadcast = db.session.get_one(Broadcast, broadcast_id, populate_existing=True)
    mine = {"id": broadcast_id}
    people = db.session.execute(_PEOPLE, mine).one()
    counts = dict.fromkeys((state.value for state in RecipientState), 0)
    counts |= {row.state: int(row.people) for row in db.session.execute(_STATES, mine)}
    frozen = int((broadcast.frozen or {}).get("reachable", 0))
    is_over = broadcast.state in ENDED and broadcast.finished_at is not None
    is_in_order = people.rows == 0 or (people.first, people.last) == (1, people.rows)
    twice, waiting = people.rows - people.friends, counts["waiting"]
    stands = not is_over or not waiting
    claims: dict[Text, bool] = {
        _("Stored people: %(stored)s. Frozen people: %(frozen)s.", stored=people.rows, frozen=frozen): (
            people.rows == frozen
        ),
        _("Friends who are there twice: %(count)s.", count=twice): people.rows == people.friends == people.ids,
        _("Positions have gaps."): is_in_order,
        _("People stand outside of their chunk."): not db.session.scalar(_MISPLACED, mine),
        _("Chunks overlap or leave people out."): int(db.session.scalar(_SIZES, mine) or 0) == people.rows,
        _("The states do not add up to the people."): sum(counts.values()) == people.rows,
        _("It is over, but people still wait: %(count)s.", count=waiting): stands,
        _("The counts of chunks differ from those of people."): count_people(broadcast_id) == counts,
        _("The stored counts differ from the rows."): not is_over or _stored(broadcast) == counts,
    }
    claims |= _claims_of_test(broadcast)
    return Verdict(counts, [words for words, holds in claims.items() if not holds])


def _claims_of_test(broadcast: Broadcast) -> dict[Text, bool]:
    """Return what must hold of an A/B test; without one no person is in a half."""
    deal = Deal.of(broadcast)
    a, tested = (deal.a, deal.tested) if deal else (0, 0)
    mine = {"id": broadcast.id, "a": a, "tested": tested}
    has_winner = broadcast.winner is not None
    return {
        _("People stand in another half of the test than was frozen."): not db.session.scalar(_HALVES, mine),
        _("A chunk holds people of two parts of the test."): not db.session.scalar(_ACROSS, mine),
        _("The rest was sent to without a winner."): not deal or has_winner or not db.session.scalar(_EARLY, mine),
    }


def _stored(broadcast: Broadcast) -> dict[str, int]:
    return {state.value: int(broadcast.counts.get(state, 0)) for state in RecipientState}
