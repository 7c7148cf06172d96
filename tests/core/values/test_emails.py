"""E-mail addresses of friends: odd ones are data, and a domain is one however it is written."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.values.emails import decoded, read_email, read_part
from app.core.values.errors import WrongValue


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("taro..yamada@docomo.ne.jp", "taro..yamada@docomo.ne.jp"),
        ("taro.@ezweb.ne.jp", "taro.@ezweb.ne.jp"),
        (".taro@docomo.ne.jp", ".taro@docomo.ne.jp"),
        ('"taro yamada"@docomo.ne.jp', '"taro yamada"@docomo.ne.jp'),
        ('"a@b"@example.jp', '"a@b"@example.jp'),
        ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "taro@example.jp"),
        ("Taro@EXAMPLE.jp", "Taro@example.jp"),
        ("taro@xn--r8jz45g.jp", "taro@例え.jp"),
        ("taro@例え。jp", "taro@例え.jp"),
        ("\u200btaro@example.jp\u00a0", "taro@example.jp"),
        ("花子@example.jp", "花子@example.jp"),
    ],
)
def test_what_is_stored(app: Flask, typed: str, stored: str) -> None:
    assert read_email(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        *("taro", "@example.jp", "taro@", "a b@example.jp", "a@b@example.jp", "taro@example", "taro@[127.0.0.1]"),
        *(
            "taro@exa mple.jp",
            "taro@-bad-.jp",
            "<taro@example.jp>",
            "a,b@example.jp",
            'a"b@example.jp',
            "a\nb@example.jp",
        ),
        *("x" * 250 + "@example.jp", '""@example.jp'),
    ],
)
def test_what_is_refused(app: Flask, typed: str) -> None:
    with pytest.raises(WrongValue, match="Write it like taro@"):
        read_email(typed)


def test_parts_of_addresses_are_compared_in_unicode() -> None:
    assert decoded("@xn--r8jz45g.jp") == read_part(" ＠XN--R8JZ45G.jp ") == "@例え.jp"
    assert decoded("xn--") == "xn--"
