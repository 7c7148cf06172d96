"""What people say to a coffee shop and a bakery, in the language of their phone."""

from __future__ import annotations

JAPANESE = (
    "こんにちは！今日は何時まで開いていますか？",
    "定期便の豆、届きました。とても良い香りです☕",
    "日曜のワークショップ、まだ空きはありますか？",
    "デカフェのおすすめを教えてください",
    "先日のラテ、美味しかったです！",
    "テイクアウトの予約はできますか？",
    "クーポンはどこから使えますか",
    "駐車場はありますか？",
    "ありがとうございます🙏",
    "ペット同伴は大丈夫でしょうか",
    "新しいブレンド、気になっています",
    "食パンを2斤お願いしたいです",
    "子ども連れでも入れますか？",
    "今週末はお休みですか？",
    "ギフトの包装をお願いできますか",
    "了解です、土曜に伺います！",
    "ポイントカードをなくしてしまいました…",
    "Wi-Fiはありますか？",
    "おいしかった〜！また行きます",
    "アイスコーヒーはもう始まりましたか？",
)
ENGLISH = (
    "Hi! What time do you close today?",
    "Do you ship beans abroad?",
    "Loved the latte this morning ☕",
    "Is there a seat for four on Sunday?",
    "Do you have oat milk?",
    "Thank you, see you on Saturday!",
    "Which beans would you suggest for a French press?",
    "Is the workshop in English as well?",
    "Could I order two sourdough loaves?",
    "Do you have anything gluten free?",
    "The coupon does not open on my phone",
    "Can I bring my dog?",
    "Perfect, thanks!",
    "Are you open on public holidays?",
)
# The data of a button, and what stands on it.
BUTTONS = (
    ("action=menu", "メニューを見る"),
    ("action=coupon&id=spring", "春のクーポンを使う"),
    ("action=hours", "Opening hours"),
    ("action=reserve&seats=2", "2名で予約する"),
    ("action=points", "ポイントを確認"),
)
PLACES = (("京都駅", "京都府京都市下京区", 34.9858, 135.7588), ("鎌倉駅", "神奈川県鎌倉市小町", 35.3191, 139.5504))
BEANS = ("エチオピア", "グアテマラ", "Kenya", "深煎りブレンド", "Colombia decaf", "灯ブレンド")
COMPANIES = ("あおぞらデザイン", "North Gate Books", "みどり歯科", "Studio Tanpopo", "Kita Logistics")
