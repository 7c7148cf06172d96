"""Sentences that follow one another stand with a space between them, and without one in Japanese."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from app.core.i18n import in_language, sentences
from tests.support.processes import ROOT

# As in the catalogue: the first two end with a mark, the third does not.
CANCELLED, NOT_SENT, NAME = "Cancelled.", "Not sent: the message is empty.", "Name"
JAPANESE = {CANCELLED: "キャンセルしました。", NOT_SENT: "未送信：メッセージが空です。", NAME: "名前"}


@pytest.mark.parametrize(
    "template",
    [
        "<p>{{ _('A') }} {{ _('B') }}</p>",
        "<p>{{ _('A') }}\n  {{ _('B') }}</p>",
        "<p>{% if shown %}{{ _('A') }}{% endif %} {{ _('B') }}</p>",
        "<p>{{ _('A') }}{% if shown %} {{ _('B') }}{% endif %}</p>",
        "<p>{{ shown.reason }} {{ _('B') }}</p>",
        "<p>{{ shown.reason }}{% if shown %} {{ _('B') }}{% endif %}</p>",
        "<p><bdi>{{ _('A') }}</bdi> <a>{{ _('B') }}</a></p>",
        "<p>{{ [_('A'), _('B')] | sentences }}</p>",
    ],
)
def test_a_space_stands_between_sentences_and_none_in_japanese(app: Flask, template: str) -> None:
    template = template.replace("'A'", f"'{CANCELLED}'").replace("'B'", f"'{NOT_SENT}'")
    for language, first, gap, second in (
        ("en", CANCELLED, " ", NOT_SENT),
        ("ja", JAPANESE[CANCELLED], "", JAPANESE[NOT_SENT]),
    ):
        with app.test_request_context(), in_language(language):
            drawn = render_template_string(template, shown={"reason": first})
        assert " ".join(re.sub("<.*?>", "", drawn).split()) == first + gap + second


def test_sentences_that_count_are_sentences_too(app: Flask) -> None:
    template = "{{ ngettext('%(num)s is left.', '%(num)s are left.', 2) }}{% if 1 %} {{ _('Cancelled.') }}{% endif %}"
    with app.test_request_context(), in_language("ja"):
        assert render_template_string(template) == f"残りは2通です。{JAPANESE[CANCELLED]}"


def test_what_does_not_end_a_sentence_keeps_its_space(app: Flask) -> None:
    with app.test_request_context(), in_language("ja"):
        assert render_template_string("{{ _('Name') }} {{ name }}", name="<花>") == f"{JAPANESE[NAME]} &lt;花&gt;"
        assert render_template_string("{% if no %}{{ _('Name') }}{% endif %} {{ _('Name') }}", no=1).count(" ") == 1


def test_sentences_are_joined_as_their_language_does() -> None:
    assert sentences(["One.", "Two."]) == "One. Two."
    assert sentences(["一つ。", "二つ。"]) == "一つ。二つ。"
    assert sentences([]) == ""


def test_refusals_are_joined_in_one_way() -> None:
    joined = re.compile(r"\" \"\.join\(map\(str, |\| join\(' '\)")
    files = [*Path(ROOT, "app").rglob("*.py"), *Path(ROOT, "app", "templates").rglob("*.html")]
    found = {path.name for path in files if joined.search(path.read_text())}
    # A key, printed in groups, and words of commands.
    assert found <= {"_pending.html", "console.py", "workflows.py", "broadcasts.py"}, "use sentences()"
