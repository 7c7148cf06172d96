"""Reading other people's JSON: anything goes, and whatever comes out can be stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import lenient_json

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(anything)
def test_json_without_odd_characters_comes_back_as_it_was(value: object) -> None:
    assert lenient_json.loads(json.dumps(value).encode()) == lenient_json.storable(value)


@given(anything, st.text())
def test_reading_a_member_never_fails(value: object, name: str) -> None:
    assert lenient_json.text(value, name) is None or isinstance(value[name], str)
    assert lenient_json.number(value, name) is None or isinstance(value[name], int)
    assert lenient_json.flag(value, name) in (True, False)
    assert isinstance(lenient_json.mapping(value, name), dict)
    assert isinstance(lenient_json.items(value, name), list)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (rb'"a\u0000b"', "a�b"),
        (rb'"\ud83d"', "�"),
        (rb'"\uDE00x"', "�x"),
        (rb'"\ud83d\ude00"', "😀"),
        (rb'{"\u0000": ["\u0000"]}', {"�": ["�"]}),
    ],
)
def test_what_postgresql_refuses_is_replaced(raw: bytes, expected: dict[str, Any] | str) -> None:
    assert lenient_json.loads(raw) == expected
    lenient_json.loads(raw).__repr__().encode()


@pytest.mark.parametrize("raw", [b"", b"{", b"NaN", b"[Infinity]", b"[1e999]", b"\xff", b"[" * 200_000])
def test_what_is_no_json_says_so(raw: object) -> None:
    with pytest.raises(ValueError):
        lenient_json.loads(raw)
    assert lenient_json.loads_or_none(raw) is None


def test_a_yes_is_no_number() -> None:
    assert lenient_json.number({"n": True}, "n") is None
    assert lenient_json.flag({"n": 1}, "n") is False
