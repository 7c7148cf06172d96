"""Material for believable people: what friends of a Japanese shop call themselves on LINE."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FAMILY = _words("""
    佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水
    山崎 森 池田 橋本 阿部 石川 前田 藤田 小川 岡田 後藤 長谷川 村上 近藤 石井 坂本 遠藤 青木 藤井 西村
    福田 太田 三浦 岡本 松田 中島 原田 小野 竹内 金子
""")
GIVEN = _words("""
    陽菜 葵 結衣 さくら 美咲 凛 千尋 真由 彩花 奈々 恵子 由美 直美 久美子 裕子 蓮 大翔 湊 悠真 陽斗 翔太 健太
    拓海 大輔 直樹 誠 隆 浩二 和也 亮 ひかり ゆい 遥 楓 瞳 莉子 杏 美月 颯太 樹
""")
KANA = _words("""
    ゆか みほ さおり あやね ちひろ たくや しょうた ゆうと りな めぐみ なおこ けんじ まさき ハナ ユウタ リョウ
    アキラ モモ ナナミ サトシ
""")
ENGLISH_GIVEN = _words("""
    Emma Olivia James Noah Sophia Liam Mia Lucas Amelia Ethan Grace Daniel Chloe Henry Alice Oscar Nina Leo
    Clara Hugo Maya Felix Julia Ryan Kate Tom Anna Ben Lucy Max
""")
ENGLISH_FAMILY = _words("""
    Smith Brown Taylor Wilson Clark Walker Young King Wright Hill Green Baker Carter Parker Morgan Reed Cooper
    Bailey Kelly Ward Cox Gray Brooks Wood Ross Price Long Ford Hayes West
""")
NICK = _words("""
    ねこまる こーひー豆 まーくん ちゃんみー パン屋めぐり のんびり屋 yuki* あお空 ぽんた みるく kaz mocha
    さんぽ隊 しろくま tanpopo はっちゃん o-moon ラテ よもぎ yummy_days
""")
MARKS = ("☕", "🌸", "🐈", "🍞", "✨", "🏔️", "👩‍🍳", "🎧", "🌙", "🐶")
# A few people fill the name field to its end.
LONG_TAIL = "とても長い表示名を付けるのが好きな人" * 3
STATUS = (
    "今日もコーヒーから",
    "のんびりいこう",
    "仕事中です",
    "返信おそめです🙏",
    "旅に出たい",
    "Coffee first.",
    "On holiday until Monday",
    "子育て奮闘中",
    "推し活",
    "ランニング始めました 🏃",
    "Do one thing well",
    "元気です",
    "猫と暮らしています",
    "営業 10:00-18:00",
    "写真が好き",
    "Hello from Kyoto",
)


def display_name(luck: int) -> str:
    """Return a display name drawn by the bits of `luck`: mostly Japanese, some English, some nicknames."""
    kind = luck & 0xFF
    first, second, third = luck >> 36, luck >> 43, luck >> 50
    family, given = FAMILY[first % len(FAMILY)], GIVEN[second % len(GIVEN)]
    if kind < 120:
        return f"{family} {given}" if kind < 70 else f"{family}{given}"
    if kind < 160:
        return KANA[second % len(KANA)]
    if kind < 200:
        return f"{ENGLISH_GIVEN[first % 30]} {ENGLISH_FAMILY[second % 30]}"
    if kind < 255:
        return f"{given}{MARKS[third % len(MARKS)]}" if kind < 230 else NICK[third % len(NICK)]
    return f"{family}{given}@{LONG_TAIL}"


def status_message(luck: int) -> str:
    """Return a line that people write below their name."""
    return STATUS[luck % len(STATUS)]


def language(luck: int) -> str:
    """Return the language of the phone; people with English names mostly use English."""
    return "en" if 160 <= luck & 0xFF < 200 else "ja"
