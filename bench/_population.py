"""A believable crowd, made by set-based SQL: Japanese and Latin names, skewed tags, weeks of comings and goings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text


def _words(line: str) -> list[str]:
    return line.split()


FAMILY = _words("佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水")
GIVEN = _words("陽菜 結衣 さくら 美咲 葵 凛 ひなた 蓮 大翔 陽翔 湊 悠真 樹 翔太 健一 直樹 由美子 恵子 まゆみ ユウキ")
LATIN = _words("Yuki Hanako Taro Kenji Mika Emma Liam Noah Mei Sora Ken Aya Jun Rin Kaito Nao Miku Leo Anna Tom")
COMPANIES = ["株式会社ひかり", "Sunrise Trading", "合同会社みなと", "北海道物産", "Café Lumière"]
HOSTS = ["@gmail.com", "@example.jp", "@docomo.ne.jp"]
# The share of friends with each tag, from almost all of them down to a handful.
TAG_SHARES = [0.6, 0.3, 0.15, 0.1, 0.05, 0.02, 0.01, *(0.005 for _ in range(15)), 0.001, 0.0001]

_FRIENDS = """
    INSERT INTO friends (account_id, line_user_id, display_name, follow_status, status_changed_at, followed_at,
                         blocked_at, origin, first_name, last_name, email, phone, company, last_activity_at,
                         profile_fetched_at{columns})
    SELECT :account_id, 'U' || md5('friend' || n),
           CASE n % 10 WHEN 0 THEN NULL WHEN 1 THEN latin || '✨' WHEN 2 THEN lower(latin) || n % 977
                       WHEN 3 THEN given WHEN 4 THEN family || given WHEN 5 THEN given || '🌸' ELSE given END,
           CASE WHEN n % 97 < 11 THEN 'blocked' WHEN n % 1009 = 500 THEN 'stranger' ELSE 'following' END,
           added, CASE WHEN n % 8 > 0 THEN added END, CASE WHEN n % 97 < 11 THEN added + interval '20 days' END,
           CASE WHEN n % 8 > 0 THEN 'webhook' ELSE 'import' END,
           CASE WHEN n % 4 = 0 THEN given END, CASE WHEN n % 4 = 0 THEN family END,
           CASE WHEN n % 3 = 0 THEN lower(latin) || '.' || n || (CAST(:hosts AS text[]))[1 + n / 3 % 3] END,
           CASE WHEN n % 5 = 0 THEN '090-' || (1000 + n % 8973) || '-' || (1000 + n % 8967) END,
           CASE WHEN n % 20 = 0 THEN (CAST(:companies AS text[]))[1 + n / 20 % 5] END,
           CASE WHEN n % 2 = 0 THEN added + (n % 4000) * interval '7 minutes' END, added{values}
    FROM (
        SELECT n, timestamptz '2023-01-01' + (abs(hashint8(n)) % 100000000) * interval '1 second' AS added,
               (CAST(:family AS text[]))[1 + abs(hashint8(n + 1)) % 20] AS family,
               (CAST(:given AS text[]))[1 + abs(hashint8(n + 2)) % 20] AS given,
               (CAST(:latin AS text[]))[1 + abs(hashint8(n + 3)) % 20] AS latin
        FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n
    ) AS person
"""
_TAGGED = text("""
    INSERT INTO friend_tags (tag_id, friend_id)
    SELECT tag.id, friends.id
    FROM friends, unnest(CAST(:ids AS bigint[]), CAST(:shares AS float8[])) AS tag (id, share)
    WHERE account_id = :account_id AND abs(hashint8(friends.id * 31 + tag.id)) % 1000000 < tag.share * 1000000
""")


def populate(
    connection: Connection,
    account_id: int,
    size: int,
    shares: Sequence[float] = TAG_SHARES,
    more: Mapping[str, str] | None = None,
) -> list[int]:
    """Store `size` friends and a tag for each of these shares; returns the tags' ids in their order.

    `more` gives further columns, each with SQL that makes it of `n`, the friend's number, and `added`.

    The search index is built at the end, which is several times faster than row by row.
    """
    index = connection.scalar(text("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_friends_search'"))
    connection.execute(text("DROP INDEX ix_friends_search"))
    words = {"family": FAMILY, "given": GIVEN, "latin": LATIN, "companies": COMPANIES, "hosts": HOSTS}
    columns = "".join(f", {name}" for name in more or {})
    insert = text(_FRIENDS.format(columns=columns, values="".join(f", {sql}" for sql in (more or {}).values())))
    for first in range(1, size + 1, 100_000):
        last = min(size, first + 99_999)
        connection.execute(insert, {"account_id": account_id, "first": first, "last": last, **words})
    tags = [_tag(connection, account_id, number) for number in range(len(shares))]
    connection.execute(_TAGGED, {"account_id": account_id, "ids": tags, "shares": list(shares)})
    connection.execute(text(str(index)))
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    return tags


def _tag(connection: Connection, account_id: int, number: int) -> int:
    insert = text("INSERT INTO tags (account_id, name) VALUES (:account_id, :name) RETURNING id")
    return int(connection.execute(insert, {"account_id": account_id, "name": f"タグ {number + 1:02}"}).scalar_one())
