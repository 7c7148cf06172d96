"""Every way in which a file can be wrong: one sentence each, with the right line, and nothing is changed."""

from __future__ import annotations

import pytest
from markupsafe import escape
from sqlalchemy import select

from app.core.db import db
from app.core.runs.models import Run, RunState
from app.imports.id_links import messages
from app.imports.id_links.pipeline import validate
from app.imports.id_links.pipeline.csv_reader import LONGEST
from app.line.models import Account
from tests.imports.id_links.conftest import (
    HEADER,
    bring_in,
    csv_of,
    faults_of,
    finish_all,
    links_of,
    staged,
    uid,
    upload,
)
from tests.support.client import CheckingClient

GOOD = f"{uid(1)},one\n".encode()
MORE = f"{uid(2)},two\n".encode()
LINE3 = [
    ("one column", b"U0123\n", "columns_missing"),
    ("three columns", f"{uid(3)},a,b\n".encode(), "columns_extra"),
    ("swapped in one row", f"three,{uid(3)}\n".encode(), "columns_swapped"),
    ("no LINE user ID", b",three\n", "line_user_id_empty"),
    ("the seed's sample", b"dummy_line_user_id_000000000001,dummy_user_id_000000000001\n", "line_user_id_sample"),
    ("not U", b"u0123456789abcdef0123456789abcdef,three\n", "line_user_id_start"),
    ("32 characters", b"U0123456789abcdef0123456789abcde,three\n", "line_user_id_length"),
    ("34 characters", b"U0123456789abcdef0123456789abcdef0,three\n", "line_user_id_length"),
    ("a hyphen", b"U0123456789abcdef-123456789abcdef,three\n", "line_user_id_letters"),
    ("no user ID", f"{uid(3)},\n".encode(), "user_id_empty"),
    ("a blank user ID", f"{uid(3)},  \n".encode(), "user_id_empty"),
    ("192 characters", f"{uid(3)},{'x' * 192}\n".encode(), "user_id_too_long"),
    ("192 Japanese characters", f"{uid(3)},{'漢' * 192}\n".encode(), "user_id_too_long"),
    ("a rounded number", f"{uid(3)},9.91214E+15\n".encode(), "user_id_rounded"),
    ("a rounded number in quotes", f'{uid(3)},"1,2E+08"\n'.encode(), "user_id_rounded"),
    ("a date", f"{uid(3)},1-Mar\n".encode(), "user_id_date"),
    ("a month", f"{uid(3)},Mar-01\n".encode(), "user_id_date"),
    ("a Japanese date", f"{uid(3)},3月1日\n".encode(), "user_id_date"),
    ("blanks of full width", f"{uid(3)},\u3000\u200b\n".encode(), "user_id_empty"),
    ("a NUL byte", f"{uid(3)},th\0ree\n".encode(), "nul"),
    ("Shift_JIS", f"{uid(3)},".encode() + "顧客三".encode("cp932") + b"\n", "shift_jis"),
    ("no encoding at all", f"{uid(3)},".encode() + b"\xff\xfe\x80\n", "not_utf8"),
    ("an unclosed quote", f'{uid(3)},"three\n'.encode(), "unclosed_quote"),
    ("something after a quote", f'{uid(3)},"th"ree\n'.encode(), "after_quote"),
    ("a quote inside", f'{uid(3)},th"ree"\n'.encode(), "quote_inside"),
    ("a lone carriage return", f"{uid(3)},th\rree\n".encode(), "lone_return"),
    ("a blank line", b"\n", "blank"),
    ("blanks alone", b"  \n", "columns_missing"),
    ("a line of a megabyte", b"x" * 1_000_000 + b"\n", "line_too_long"),
    ("an endless quotation", f'{uid(3)},"'.encode() + b"x" * (LONGEST + 10) + b"\n", "unclosed_quote"),
]
WHOLE = [
    ("empty", b"", "empty"),
    ("a BOM alone", b"\xef\xbb\xbf", "empty"),
    ("a BOM and wrong names", b"\xef\xbb\xbfa,b\n" + GOOD, "header_other"),
    ("no column user_id", b"line_user_id,name\n" + GOOD, "header_no_user_id"),
    ("the column line_user_id alone", b"line_user_id\n" + f"{uid(1)}\n".encode(), "header_no_user_id"),
    ("no column line_user_id", b"id, user_id\n" + GOOD, "header_no_line_user_id"),
    ("UTF-16 with its mark", (HEADER + GOOD).decode().encode("utf-16"), "utf16"),
    ("UTF-16 little-endian", (HEADER + GOOD).decode().encode("utf-16-le"), "utf16"),
    ("UTF-16 big-endian", (HEADER + GOOD).decode().encode("utf-16-be"), "utf16"),
    ("no header", GOOD + MORE, "header_missing"),
    ("swapped columns", b"user_id,line_user_id\n" + GOOD, "header_swapped"),
    ("an extra column", b"line_user_id,user_id,name\n" + GOOD, "header_extra"),
    ("other names", b"LINE_USER_ID,USER_ID\n" + GOOD, "header_other"),
    ("blanks in the header", b"line_user_id, user_id\n" + GOOD, "header_other"),
    ("a blank first line", b"\n" + HEADER + GOOD, "header_blank"),
    ("a Shift_JIS header", "顧客番号,会員\n".encode("cp932"), "shift_jis"),
    ("a NUL byte in the header", b"line_user_id,user\0_id\n" + GOOD, "nul"),
    ("an unclosed quote in the header", b'"line_user_id,user_id\n' + GOOD, "unclosed_quote"),
]


@pytest.mark.parametrize(("row", "code"), [case[1:] for case in LINE3], ids=[case[0] for case in LINE3])
def test_a_wrong_line_is_named_and_nothing_is_changed(
    account: Account, as_alice: CheckingClient, row: bytes, code: str
) -> None:
    """From the browser's form to what its page says."""
    upload(as_alice, account, HEADER + GOOD + row + MORE)
    finish_all()
    (run,) = db.session.scalars(select(Run)).all()
    assert (run.state, faults_of(run)) == (RunState.FAILED, [(3, code)])
    assert run.reason == "id_links.one_invalid_row"
    assert f"Line 3: {escape(str(messages.OF_LINE[code]))}" in as_alice.get(f"/accounts/{account.id}/id-links").text
    assert links_of(account) == {}
    assert staged() == []


@pytest.mark.parametrize(("row", "code"), [case[1:] for case in LINE3], ids=[case[0] for case in LINE3])
def test_with_partial_the_lines_around_it_are_taken(account: Account, row: bytes, code: str) -> None:
    run = bring_in(account, HEADER + GOOD + row + MORE, partial=True)
    assert (run.state, faults_of(run)) == (RunState.COMPLETED, [(3, code)])
    assert links_of(account) == {uid(1): "one", uid(2): "two"}
    assert (run.counts["new"], run.counts["invalid"]) == (2, 1)


@pytest.mark.parametrize(("content", "code"), [case[1:] for case in WHOLE], ids=[case[0] for case in WHOLE])
@pytest.mark.parametrize("partial", [False, True])
def test_a_file_that_is_wrong_as_a_whole_is_refused_at_its_first_line(
    account: Account, as_alice: CheckingClient, content: bytes, code: str, partial: bool
) -> None:
    upload(as_alice, account, content, **({"partial": "1"} if partial else {}))
    finish_all()
    (run,) = db.session.scalars(select(Run)).all()
    assert (run.state, run.reason, faults_of(run)) == (RunState.FAILED, f"id_links.{code}", [(1, code)])
    sentence = escape(str({**messages.OF_FILE, **messages.OF_LINE}[code]))
    assert f"Line 1: {sentence}" in as_alice.get(f"/accounts/{account.id}/id-links").text
    assert links_of(account) == {}


def test_a_last_line_that_is_cut_off_is_named(account: Account) -> None:
    run = bring_in(account, HEADER + GOOD + b'Uabc,"')
    assert faults_of(run) == [(3, "unclosed_quote")]


def test_a_file_with_a_byte_order_mark_is_taken_and_the_page_says_so(
    account: Account, as_alice: CheckingClient
) -> None:
    run = bring_in(account, b"\xef\xbb\xbf" + HEADER + GOOD + MORE)
    assert (run.state, links_of(account)) == (RunState.COMPLETED, {uid(1): "one", uid(2): "two"})
    note = "began with a byte order mark"
    assert note in as_alice.get(f"/accounts/{account.id}/id-links").text
    wrong = bring_in(account, b"\xef\xbb\xbf" + HEADER + GOOD + b"wrong\n")
    assert faults_of(wrong) == [(3, "columns_missing")]
    plain = bring_in(account, HEADER + GOOD)
    assert not plain.counts.get("bom")


def test_the_sample_of_the_documentation_is_refused_line_by_line(account: Account) -> None:
    sample = (
        b"line_user_id,user_id\n"
        b"dummy_line_user_id_000000000001,dummy_user_id_000000000001\n"
        b"dummy_line_user_id_000000000002,dummy_user_id_000000000002\n"
        b"...\n"
    )
    run = bring_in(account, sample)
    assert run.state == RunState.FAILED
    assert faults_of(run) == [(2, "line_user_id_sample"), (3, "line_user_id_sample"), (4, "columns_missing")]


def test_lines_are_counted_through_line_breaks_inside_quotes(account: Account) -> None:
    rows = f'{uid(1)},"one\nand\r\nmore"\n{uid(2)},two\nwrong\n'.encode()
    run = bring_in(account, HEADER + rows)
    assert faults_of(run) == [(6, "columns_missing")]


def test_blank_lines_at_the_end_are_no_fault_and_in_the_middle_one(account: Account) -> None:
    assert bring_in(account, csv_of((1, "one")) + b"\n\r\n\n").state == RunState.COMPLETED
    run = bring_in(account, csv_of((1, "one")) + b"\n\n\n" + MORE)
    assert faults_of(run) == [(3, "blank")]


@pytest.mark.parametrize("size", [20_000, 50_000])
def test_windows_change_nothing(account: Account, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Faults in a file that is read in many pieces have the lines that they have in one."""
    from app.imports.id_links.pipeline import window

    monkeypatch.setattr(window, "WINDOW", size)
    monkeypatch.setattr(validate, "MOST_ERRORS", 2)
    lines = [f"{uid(number)},customer-{number}\n".encode() for number in range(5_000)]
    wrong = {7: b"x" * 30_000 + b"\n", 1_200: b'U1,"open\n', 1_201: b"", 3_000: b"a,b,c\n", 3_001: b"\n"}
    wrong |= {4_000: f"{uid(4_000)},".encode() + "三".encode("cp932") + b"\n"}
    content = HEADER + b"".join(wrong.get(number, line) for number, line in enumerate(lines))
    run = bring_in(account, content, partial=True)
    codes = [(9, "line_too_long"), (1_202, "unclosed_quote"), (3_001, "columns_extra"), (3_002, "blank")]
    assert faults_of(run) == [*codes, (4_001, "shift_jis")]
    assert run.counts["rows"] == 5_000 - len(wrong)
    assert links_of(account) == {uid(number): f"customer-{number}" for number in range(5_000) if number not in wrong}


def test_a_file_of_nothing_but_faults_is_told_line_by_line(account: Account) -> None:
    run = bring_in(account, HEADER + b"x\n" * 50_000)
    assert (run.state, run.counts["invalid"]) == (RunState.FAILED, 50_000)
    assert faults_of(run)[::25_000] == [(2, "columns_missing"), (25_002, "columns_missing")]
