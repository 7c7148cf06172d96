"""Languages of an account's friends."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from app.core.db import db

# From language to language through the index, since DISTINCT would read every friend.
_LANGUAGES = text("""
    WITH RECURSIVE spoken (language) AS (
        (SELECT min(language) FROM friends WHERE account_id = :account_id)
        UNION ALL
        SELECT (SELECT min(language) FROM friends WHERE account_id = :account_id AND language > spoken.language)
        FROM spoken WHERE spoken.language IS NOT NULL
    )
    SELECT language FROM spoken WHERE language IS NOT NULL LIMIT 200
""")


def languages_of(account_id: int) -> Sequence[str]:
    """Return language codes such as "ja" and "zh-TW" that the profile of at least one friend has."""
    return db.session.scalars(_LANGUAGES, {"account_id": account_id}).all()
