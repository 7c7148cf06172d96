"""Everything that is stored as a word has a sentence for people: actions in the audit log, and reasons of failures."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import app.factory  # noqa: F401 - the packages bring their sentences.
from app.core import error_messages
from app.team import audit
from tests.conventions.source import argument, calls, python_files, short, text_of

CODE = re.compile(r"[a-z_]+(\.[a-z_]+)*")


def recorded() -> Iterator[tuple[str, str, set[str] | None]]:
    """(place, action, names of details) of every action; None when the details are made up at run time."""
    for path in python_files("app"):
        for call in calls(path, "record"):
            action = argument(call, 1, "action")
            if ast.unparse(call.func) != "audit.record" or action is None:
                continue
            details = None if any(given.arg is None for given in call.keywords) else {str(k.arg) for k in call.keywords}
            for text in words_of(action):
                yield f"{short(path)}:{call.lineno}", text, details


def words_of(node: ast.expr) -> list[str]:
    """The literal texts that an expression may come to."""
    if isinstance(node, ast.IfExp):
        return words_of(node.body) + words_of(node.orelse)
    text = text_of(node)
    return [text] if text else []


def refused() -> Iterator[tuple[str, str]]:
    """(place, code) of every reason that is given."""
    for path in python_files("app"):
        for call in calls(path, "RetryLater", "PermanentFailure", "refusal_of", "sentence"):
            if ast.unparse(call.func) in {"audit.sentence", "_sentence"}:
                continue
            for text in words_of(call.args[0]) if call.args else []:
                yield f"{short(path)}:{call.lineno}", text
        for call in calls(path, "_finish", "write", "values", "_put_back", "Check"):
            for given in call.keywords:
                if given.arg in {"reason", "problem"}:
                    for text in words_of(given.value):
                        yield f"{short(path)}:{call.lineno}", text


def test_actions_and_reasons_are_found_at_all() -> None:
    assert len(list(recorded())) > 10
    assert len(list(refused())) > 5


def test_every_action_has_a_sentence() -> None:
    missing = [(place, action) for place, action, _details in recorded() if action not in audit.SENTENCES]
    assert missing == []


def test_every_group_of_actions_has_a_name() -> None:
    assert {action.partition(".")[0] for action in audit.SENTENCES} - set(audit.GROUPS) == set()


def test_every_sentence_about_an_action_finds_its_values() -> None:
    for place, action, details in recorded():
        wanted = set(re.findall(r"%\((\w+)\)", str(audit.SENTENCES.get(action, ""))))
        if details is not None:
            assert wanted <= details | {"target"}, f"{place}: {action} lacks {wanted - details}."


def test_every_reason_has_a_sentence() -> None:
    reasons = {(place, code) for place, code in refused() if CODE.fullmatch(code)}
    assert {(place, code) for place, code in reasons if code not in error_messages.SENTENCES} == set()
