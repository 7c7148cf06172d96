"""What a friend's row says of itself."""

from __future__ import annotations

import pytest

from app.friends.models import Friend


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("花子", "山田", "山田 花子"),
        ("ハナコ", None, "ハナコ"),
        ("Hanako", "Yamada", "Hanako Yamada"),
        ("José", "Núñez", "José Núñez"),
        (None, "Yamada", "Yamada"),
        ("Hanako 🌸", "Yamada ㊗", "Hanako 🌸 Yamada ㊗"),
        ("Ｈａｎａｋｏ", "Ｙａｍａｄａ", "Ｈａｎａｋｏ Ｙａｍａｄａ"),
        ("𝓗𝓪𝓷𝓪𝓴𝓸", "Yamada", "𝓗𝓪𝓷𝓪𝓴𝓸 Yamada"),
        ("ﾊﾅｺ", "ﾔﾏﾀﾞ", "ﾔﾏﾀﾞ ﾊﾅｺ"),
        ("민준", "김", "김 민준"),
        ("花子", "Smith", "Smith 花子"),
        ("Ꞌana", "Ꞌoli", "Ꞌana Ꞌoli"),
        (None, None, ""),
    ],
)
def test_names_stand_in_the_order_of_their_script(first: str | None, last: str | None, expected: str) -> None:
    assert Friend(first_name=first, last_name=last).full_name == expected
