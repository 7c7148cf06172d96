"""Let threads share a FROM clause that a module keeps."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import FromClause, literal_column

Clause = TypeVar("Clause", bound=FromClause)


def shared(clause: Clause) -> Clause:
    """Return the FROM clause with its columns indexed, for a statement or an alias that is made once for all threads.

    SQLAlchemy does it when a column is first searched for, without a lock (`_init_proxy_index` in its sql/base.py). A
    thread that searches at that moment takes a column that is still missing for one of the table itself: its statement
    then joins the whole table as well, and an alias keeps the wrong column for good.
    """
    clause.corresponding_column(literal_column("none"))
    return clause
