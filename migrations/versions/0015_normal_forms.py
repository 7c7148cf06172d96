"""folded texts, and phone numbers in a normal form

Every friend is written once more, in one transaction: the columns that PostgreSQL derives by the new folding come last,
so that a single rewrite of the table computes them, and the search index is built in one go. Webhooks are received in
the meantime; pages and workers wait for the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import phonenumbers
import sqlalchemy as sa
from alembic import op
from babel.core import get_global

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
BATCH = 20_000
SEARCHED = (
    "search_fold(coalesce(display_name, '') || chr(10) || coalesce(last_name, '') || coalesce(first_name, '')"
    " || chr(10) || coalesce(first_name, '') || ' ' || coalesce(last_name, '') || chr(10) || coalesce(email, '')"
    " || chr(10) || coalesce(phone, '') || chr(10) || regexp_replace(coalesce(phone, ''), '\\D', '', 'g')"
    "{phone_normal} || chr(10) || coalesce(company, ''))"
)
GRAMS = (
    "search_pairs(search_text) || string_to_array(regexp_replace(substr(line_user_id, 2), '(....)', '\\1 ', 'g'), ' ')"
)


def upgrade() -> None:
    op.add_column("workspace", sa.Column("country", sa.Text(), server_default="JP", nullable=False))
    country = _set_country(op.get_bind())
    # Derived columns and their indexes first, so that the rows written now are as cheap as can be.
    _drop_derived()
    op.execute((SQL / "0015_search.sql").read_text())
    op.add_column("friends", sa.Column("phone_normal", sa.Text(), nullable=True))
    _normalize_phones(op.get_bind(), country)
    _add_derived(" || chr(10) || coalesce(phone_normal, '')")
    op.create_index(
        "ix_friends_phone",
        "friends",
        ["account_id", "phone_normal"],
        postgresql_where=sa.text("phone_normal IS NOT NULL"),
    )


def downgrade() -> None:
    _drop_derived()
    op.drop_index("ix_friends_phone", table_name="friends")
    op.drop_column("friends", "phone_normal")
    op.drop_column("workspace", "country")
    # Folding of the version before; the rest of the file is the function that did not change.
    op.execute((SQL / "0001_search.sql").read_text().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    _add_derived("")


def _set_country(connection: sa.Connection) -> str:
    """Set the workspace's country to that of its time zone; returns it."""
    zone = connection.scalar(sa.text("SELECT time_zone FROM workspace"))
    country = str(get_global("zone_territories").get(zone or "Asia/Tokyo", "JP"))
    country = country if country in phonenumbers.SUPPORTED_REGIONS else "JP"
    connection.execute(sa.text("UPDATE workspace SET country = :country"), {"country": country})
    return country


def _drop_derived() -> None:
    op.drop_index("ix_friends_search", table_name="friends")
    op.drop_index("ix_friends_name", table_name="friends")
    op.execute("ALTER TABLE friends DROP COLUMN search_text, DROP COLUMN name_sort")


def _add_derived(phone_normal: str) -> None:
    """Add the derived columns by one rewrite of the table, and their indexes, with memory for sorting a million rows."""
    searched = SEARCHED.format(phone_normal=phone_normal)
    op.execute(
        f"ALTER TABLE friends ADD COLUMN search_text text NOT NULL GENERATED ALWAYS AS ({searched}) STORED,"
        ' ADD COLUMN name_sort text COLLATE "C" NOT NULL'
        " GENERATED ALWAYS AS (search_fold(coalesce(display_name, ''))) STORED"
    )
    op.execute("SET LOCAL maintenance_work_mem = '256MB'")
    op.create_index("ix_friends_search", "friends", [sa.literal_column(f"({GRAMS})")], postgresql_using="gin")
    op.create_index("ix_friends_name", "friends", ["account_id", "name_sort", "id"])


def _normalize_phones(connection: sa.Connection, country: str) -> None:
    """Store the normal form of every number, batch by batch in the order of ids, so that memory stays constant."""
    page = sa.text("SELECT id, phone FROM friends WHERE phone <> '' AND id > :after ORDER BY id LIMIT :batch")
    store = sa.text(
        "UPDATE friends SET phone_normal = given.number FROM unnest(CAST(:ids AS bigint[]), CAST(:numbers AS text[]))"
        " AS given (id, number) WHERE friends.id = given.id"
    )
    after = 0
    while rows := connection.execute(page, {"after": after, "batch": BATCH}).all():
        connection.execute(store, _given(rows, country))
        after = rows[-1].id


def _given(rows: Sequence[Any], country: str) -> dict[str, list[Any]]:
    return {"ids": [row.id for row in rows], "numbers": [_normal(row.phone, country) for row in rows]}


def _normal(number: str, country: str) -> str:
    """Return the number in E.164; of one that cannot be a number its digits alone."""
    try:
        parsed = phonenumbers.parse(number, country)
        if phonenumbers.is_possible_number(parsed):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        pass
    return "".join(one for one in number if one in "0123456789")
