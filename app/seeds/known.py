"""Public facts of the demo: how to sign in, and which shops there are. All of it is invented."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "tomoru-demo"  # noqa: S105 - it opens invented data.
ADMINISTRATOR = ("admin@demo.tomoru.example", "灯 あかり")
STAFF = ("staff@demo.tomoru.example", "Sam Kumo")
WORKSPACE = "Tomoru Demo"
TIME_ZONE = "Asia/Tokyo"


@dataclass(frozen=True)
class Shop:
    """A LINE Official Account of the sandbox: its channel's credentials, and how many friends are known already."""

    channel_id: str
    secret: str
    token: str
    friends: int
    tags: tuple[str, ...]
    # Of a LIFF app in a LINE Login channel of the same provider.
    liff_id: str | None = None
    # Its account at HubSpot.
    portal_id: str | None = None


COFFEE = Shop(
    channel_id="2000000001",
    secret="0f1e2d3c4b5a69788796a5b4c3d2e1f0",  # noqa: S106 - the sandbox's own.
    token="sandbox-coffee-long-lived-token",  # noqa: S106
    friends=180,
    tags=(
        "常連",
        "新規",
        "豆の定期便",
        "ラテ好き",
        "デカフェ",
        "ワークショップ参加",
        "京都店",
        "鎌倉店",
        "誕生月",
        "VIP",
        "Online shop",
        "English",
        "Instagram",
    ),
    liff_id="2000000101-TomoruCo",
    portal_id="243000001",
)
BAKERY = Shop(
    channel_id="2000000002",
    secret="00112233445566778899aabbccddeeff",  # noqa: S106
    token="sandbox-bakery-long-lived-token",  # noqa: S106
    friends=36,
    tags=("Regular", "Sourdough club", "食パン予約", "グルテンフリー", "Gift"),
)
SHOPS = (COFFEE, BAKERY)
