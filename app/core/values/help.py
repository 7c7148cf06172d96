"""How typed values are read and compared, for the pages where people type them."""

from __future__ import annotations

from app.core.i18n import Text, _l
from app.core.values import dates, emails, numbers, phones

TEXTS: Text = _l(
    "Width, case, the two kana, invisible marks, and the shape of dashes, waves and apostrophes make no difference, nor"
    " do variants of a character: 髙橋 and 高橋, 渡邉 and 渡辺, いすゞ and イスズ find each other."
    " 斎藤 and 斉藤 stay two names."
)
_TEXTS = (_l("Texts"), TEXTS)
_EMAILS = (_l("E-mail addresses"), emails.HELP)
_PHONES = (_l("Phone numbers"), phones.HELP)
VALUE_HELP: tuple[tuple[Text, Text], ...] = (
    _TEXTS,
    (_l("Numeric values"), numbers.HELP),
    (_l("Dates"), dates.HELP),
    _PHONES,
    _EMAILS,
)
SEARCH_HELP: tuple[tuple[Text, Text], ...] = (_TEXTS, _PHONES)
