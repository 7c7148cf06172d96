"""What the composer's pickers offer: LINE's stickers and emoji, common Unicode emoji, and personal values.

The lists are short, so the page holds them, and its script draws the buttons of the set that is open.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from app.core.i18n import Text, _, _l, language, language_name
from app.line.shop_pictures import EMOJI, STICKER
from app.messages.content.sendable import EMOJI_SETS, STICKER_PACKAGES, StickerPackage

# `{set}` and `{item}` are filled in by the page's script.
STICKER_PICTURE = STICKER.format(sticker="{item}")
EMOJI_PICTURE = EMOJI.format(product="{set}", emoji="{item}")
EMOJI_TEXT = "{{emoji:{set}/{item}}}"
COMMON_EMOJI: tuple[tuple[Text, str], ...] = (
    (
        _l("Faces"),
        "😀 😃 😄 😁 😆 😅 😂 🤣 🙂 😉 😊 😇 🥰 😍 🤩 😘 😋 😜 🤗 🤔 🫡 😌 😴 😎 🥳 🥺 😢 😭 😳 😱 😤 🙇‍♂️ 🙇‍♀️",
    ),
    (
        _l("Hands and people"),
        "👋 🤚 ✋ 👌 🤏 ✌️ 🤞 🫰 🤟 👈 👉 👆 👇 ☝️ 👍 👎 ✊ 👊 👏 🙌 🫶 🙏 💪 ✍️ 👀 🙋‍♂️ 🙋‍♀️ 👨‍👩‍👧‍👦 👶 🧑‍🍳",
    ),
    (
        _l("Hearts and marks"),
        "❤️ 🧡 💛 💚 💙 💜 🖤 🤍 🤎 💕 💖 💝 💯 ✨ ⭐ 🌟 💫 🔥 💡 ❗ ❓ ‼️ ⚠️ ✅ ☑️ ❌ ⭕ 🆕 🆓 🆗 🔔 📣 ➡️ ⬇️ 🔴 🟢",
    ),
    (_l("Events and gifts"), "🎉 🎊 🎁 🎀 🎂 🎈 🎄 🎅 🎃 🎍 🎎 🎏 🎐 🎑 🎆 🎇 🏮 🎟️ 🎫 🏆 🥇 🎓 💐 💌 🧧"),
    (_l("Nature"), "🌸 🌷 🌹 🌻 🌼 🍀 🌿 🍁 🍂 🌴 🌵 ☀️ ⛅ ☁️ ☔ ⚡ ❄️ ⛄ 🌈 🌙 🌊 🐶 🐱 🐰 🐻 🐼 🐤 🐢 🐟 🦋"),
    (
        _l("Food and drink"),
        "🍎 🍊 🍋 🍇 🍓 🍑 🍒 🥑 🥗 🍞 🥐 🧀 🍔 🍟 🍕 🍝 🍜 🍛 🍣 🍱 🍙 🍡 🍦 🍰 🍩 🍪 🍫 ☕ 🍵 🧋 🍺 🍷 🥂",
    ),
    (_l("Shops and travel"), "🏪 🏬 🏠 🏥 🏨 🏫 🛒 🛍️ 👕 👗 👟 👜 💄 💍 💇‍♀️ 💅 💊 🚗 🚕 🚌 🚃 🚄 ✈️ 🚲 🗺️ 📍 🗼 🗻 ♨️ 🏖️"),
    (_l("Things"), "📱 💻 ⌚ 📷 🎥 📺 🎧 🎵 📚 📖 ✏️ 📝 📅 ⏰ ⏳ 📞 ✉️ 📩 📦 🔑 🔒 🔍 💰 💴 💳 🧾 📊 🔧 🧹 🛏️"),
)


def picker_sets() -> dict[str, Any]:
    """Return the sets of the three shelves: `stickers`, `line_emoji` and `emoji`."""
    return _sets_in(language())


@cache
def _sets_in(_language: str) -> dict[str, Any]:
    return {
        "stickers": [
            {"id": str(one.id), "title": _title(one), "first": one.first, "last": one.last, "words": _words(one)}
            for one in STICKER_PACKAGES
        ],
        "line_emoji": [
            {
                "id": product,
                "title": _("Set %(number)s", number=number),
                "first": 1,
                "last": count,
                "digits": 3,
                "words": f"{number} {product}",
            }
            for number, (product, count) in enumerate(EMOJI_SETS.items(), 1)
        ],
        "emoji": [
            {"id": emoji.split()[0], "title": str(title), "items": emoji.split()} for title, emoji in COMMON_EMOJI
        ],
    }


def _title(package: StickerPackage) -> str:
    own = package.japanese_title if language() == "ja" else None
    title = own or package.title
    return f"{title} ({language_name(package.language)})" if package.language else title


def _words(package: StickerPackage) -> str:
    """Return what a search looks in: number, titles and language."""
    own = language_name(package.language) if package.language else ""
    return f"{package.id} {package.title} {package.japanese_title or ''} {own}"
