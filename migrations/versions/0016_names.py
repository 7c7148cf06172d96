"""names that look alike are refused, and names of which nothing can be seen are not known

Of tags, attributes and folders that look alike already, the later ones get their number behind their name. Friends are
looked through once, and only the few rows with such names are written.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

SAME_LOOK = Path(__file__).parent.parent / "sql" / "0016_same_look.sql"
UNIQUE = (
    ("tags", "name", "uq_tags_name", "deleted_at IS NULL"),
    ("attribute_definitions", "label", "uq_attribute_definitions_label", "deleted_at IS NULL"),
    ("segment_folders", "name", "uq_segment_folders_name", None),
)
TURNING = r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
UNSEEN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)


def upgrade() -> None:
    op.execute(SAME_LOOK.read_text())
    for table, column, index, where in UNIQUE:
        op.drop_index(index, table_name=table)
        _number(table, column, where or "true")
        _create(table, index, f"same_look({column})", where)
    turned = sa.text(
        "UPDATE friends SET display_name = regexp_replace(display_name, :turning, '', 'g') WHERE display_name ~ :turning"
    )
    op.get_bind().execute(turned, {"turning": TURNING})
    unseen = sa.text("UPDATE friends SET display_name = NULL WHERE display_name !~ :drawn")
    op.get_bind().execute(unseen, {"drawn": rf"[^{UNSEEN}\s]"})


def downgrade() -> None:
    for table, column, index, where in UNIQUE:
        op.drop_index(index, table_name=table)
        _create(table, index, f"lower(normalize({column}, NFKC))", where)
    op.execute("DROP FUNCTION same_look(text)")


def _number(table: str, column: str, where: str) -> None:
    op.execute(f"""
        UPDATE {table} SET {column} = left({table}.{column}, 45) || ' (' || {table}.id || ')'
        FROM (SELECT id, row_number() OVER (PARTITION BY account_id, same_look({column}) ORDER BY id) AS place
              FROM {table} WHERE {where}) AS alike
        WHERE alike.id = {table}.id AND place > 1
    """)  # noqa: S608


def _create(table: str, index: str, expression: str, where: str | None) -> None:
    options = {"postgresql_where": sa.text(where)} if where else {}
    op.create_index(index, table, ["account_id", sa.text(expression)], unique=True, **options)
