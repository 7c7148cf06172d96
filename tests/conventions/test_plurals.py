"""A number before a noun is said with both forms, or not at all: "1 friends" is a fault in every sentence."""

from __future__ import annotations

import json
import re

from tests.conventions.source import ROOT
from tests.conventions.test_translations import messages

NOUNS = (
    "accounts|attributes|characters|codes|conditions|days|entries|events|files|folders|friends|hours|keys|lines|links|"
    "members|messages|minutes|people|properties|rows|seconds|segments|tags|times|tries|users|values|weeks"
)
COUNTED = re.compile(rf"(%\(\w+\)s|\{{\w+\}}) (ID |filter |more |other |failed )?({NOUNS})\b")
# The number is a limit of the program, or above one whenever the sentence is said.
NEVER_ONE = re.compile(
    r"^(About|Fewer than|More than) |[Aa]t (most|least) %|^Up to %|more than %|among the first|clock is|"
    r"in the (last|next) %|exactly %"
)


def test_the_rule_finds_what_it_looks_for() -> None:
    assert COUNTED.search("%(count)s segments") and COUNTED.search("{n} segments chosen")
    assert not COUNTED.search("%(name)s is here")


def test_no_sentence_counts_with_one_form() -> None:
    single = {said for _name, said in messages() if isinstance(said, str)}
    assert len(single) > 100
    assert sorted(said for said in single if COUNTED.search(said) and not NEVER_ONE.search(said)) == []


def test_the_sandbox_counts_with_no_form_at_all() -> None:
    words = json.loads((ROOT / "sandbox" / "pages" / "words" / "ja.json").read_text())
    assert [said for said in words if COUNTED.search(said) and not NEVER_ONE.search(said)] == []
