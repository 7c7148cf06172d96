"""Addresses that links may open, told alike wherever a link can stand."""

from __future__ import annotations

import pytest

from app.messages.content.web_address import NO_HOST, NOT_WHOLE, WRONG_HOST, wrong_address


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example/a?b#c",
        "HTTPS://shop.example:8443",
        "http://192.0.2.1/",
        "http://[2001:db8::1]:80/",
        "https://日本語.jp/",
        f"https://{'ラ' * 40}.jp/",
        "https://１９２.０.２.１/",
        "https://4.example.xn--p1ai/",
        "tel:0312345678",
        "line://ti/p/x",
    ],
)
def test_what_a_phone_can_open_is_taken(address: str) -> None:
    assert wrong_address(address, is_whole=True) is None


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://a.example:99999/x", WRONG_HOST),
        ("https://a.example:0/", WRONG_HOST),
        ("https://shop..example/", WRONG_HOST),
        ("https://line.me./x", WRONG_HOST),
        ("https://-a.example/", WRONG_HOST),
        (f"https://{'a' * 64}.example/", WRONG_HOST),
        ("https://1.2.3.999/", WRONG_HOST),
        ("https://1.2.3/", WRONG_HOST),
        ("https://１.２.３.９９９/", WRONG_HOST),
        ("https://shop.0x7f/", WRONG_HOST),
        ("https://[::::]/", WRONG_HOST),
        ("https://[::1", WRONG_HOST),
        ("https://[fe80::1%25eth0]/", WRONG_HOST),
        # 52 letters, which the DNS writes with more than 63.
        (f"https://{'ラーメン屋さん日本酒居酒屋' * 4}.jp/", WRONG_HOST),
        ("https://a\u202eb.example/", WRONG_HOST),
        ("https:///a.example", NO_HOST),
        ("https://a@b.example/", NO_HOST),
        ("https:/a.example", NO_HOST),
        ("https://", NOT_WHOLE),
        ("shop.example", NOT_WHOLE),
        ("javascript:alert(1)", NOT_WHOLE),
    ],
)
def test_what_it_cannot_is_refused(address: str, said: str) -> None:
    assert wrong_address(address, is_whole=True) == said


def test_a_value_may_stand_behind_the_host_only() -> None:
    assert wrong_address("https://shop.example/", is_whole=False) is None
    assert wrong_address("https://shop.example", is_whole=False) == NO_HOST
