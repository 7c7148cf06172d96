"""The garbage collector while a block makes very many objects."""

from __future__ import annotations

import gc

import pytest

from app.core.collector import undisturbed


def test_it_does_not_look_until_the_last_block_is_over() -> None:
    with undisturbed():
        with undisturbed():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_looks_again_after_a_fault() -> None:
    with pytest.raises(ValueError), undisturbed():
        raise ValueError
    assert gc.isenabled()
