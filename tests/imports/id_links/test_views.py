"""The page of ID links: sending a file with and without script, following it, and what strangers get."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.core.runs.models import Run, RunState
from app.friends.models import IdLink
from app.imports.id_links import queries
from app.imports.id_links import upload as uploading
from app.imports.id_links.models import IdLinkUpload
from app.imports.id_links.operations import Options, start_import
from app.imports.id_links.views import uploads
from app.line.gateway.urls import urls
from app.line.models import Account
from app.team.actors import SYSTEM
from app.team.models import AuditEntry
from app.team.permissions import Permission
from tests.conftest import signed_in
from tests.factories import line as line_factory
from tests.factories import team
from tests.imports.id_links.conftest import HEADER, bring_in, csv_of, finish_all, links_of, send, staged, uid, upload
from tests.support.client import CheckingClient


def page_of(account: Account) -> str:
    return f"/accounts/{account.id}/id-links"


def test_a_file_is_sent_followed_and_stored(account: Account, as_alice: CheckingClient) -> None:
    answer = upload(as_alice, account, csv_of((1, "one"), (2, "two")), name="crm.csv")
    assert (answer.status_code, answer.headers["Location"]) == (303, page_of(account))
    waiting = as_alice.fragment(f"{page_of(account)}/imports").text
    assert "Uploading" in waiting and "crm.csv" in waiting and "every 1s" in waiting and "Alice" in waiting
    finish_all()
    over = as_alice.fragment(f"{page_of(account)}/imports?busy=1")
    assert "id-links-changed" in over.headers["HX-Trigger"]
    assert "HX-Trigger" not in as_alice.fragment(f"{page_of(account)}/imports").headers
    done = as_alice.get(page_of(account)).text
    assert "Import Completed" in done and "every 10s" in done
    assert re.search(r"New</dt><dd[^>]*>2<", done)
    assert links_of(account) == {uid(1): "one", uid(2): "two"}


def test_a_file_of_many_pieces_arrives_whole(account: Account, as_alice: CheckingClient) -> None:
    pairs = [(number, f"customer-{number}") for number in range(60_000)]
    assert upload(as_alice, account, csv_of(*pairs)).status_code == 303
    finish_all()
    assert links_of(account) == {uid(number): user_id for number, user_id in pairs}


def test_an_endless_field_is_refused(account: Account, as_alice: CheckingClient) -> None:
    assert upload(as_alice, account, b"", partial="x" * 100_000).status_code == 413


def test_options_are_taken_from_the_form(account: Account, as_alice: CheckingClient) -> None:
    upload(as_alice, account, csv_of((1, "one")) + b"wrong\n", partial="1")
    finish_all()
    assert links_of(account) == {uid(1): "one"}
    upload(as_alice, account, csv_of((2, "two")), dry_run="1")
    finish_all()
    assert links_of(account) == {uid(1): "one"}
    assert "The file can be imported. Nothing was changed;" in as_alice.get(page_of(account)).text
    upload(as_alice, account, csv_of((2, "two")) + b"wrong\n", dry_run="1", partial="1")
    finish_all()
    assert "The valid rows can be imported. Nothing was changed;" in as_alice.get(page_of(account)).text


def test_shared_user_ids_are_reported_as_what_is_or_would_be(account: Account, as_alice: CheckingClient) -> None:
    content = csv_of((1, "one"), (2, "one"))
    upload(as_alice, account, content, dry_run="1")
    finish_all()
    would, now = "1 user ID would belong to several LINE users.", "1 user ID belongs to several LINE users now."
    page = as_alice.get(page_of(account)).text
    assert (would in page, now in page) == (True, False)
    upload(as_alice, account, content + b"wrong\n")
    upload(as_alice, account, content)
    finish_all()
    page = as_alice.get(page_of(account)).text
    assert page.count(now) == 1 and "<bdi>one</bdi></code> 2 LINE users" in page
    file = as_alice.get(re.search(r'href="([^"]+/shared\.csv)"', page).group(1))
    assert file.text.splitlines() == [
        "\ufeffExternal user ID,LINE users",
        "one,2",
    ]


def test_another_channel_may_be_chosen_but_none_of_strangers(
    app: Flask, account: Account, as_alice: CheckingClient
) -> None:
    other = line_factory.account(name="Tea")
    answer = upload(as_alice, account, csv_of((1, "one")), account_id=str(other.id))
    assert answer.headers["Location"] == page_of(other)
    finish_all()
    assert (links_of(account), links_of(other)) == ({}, {uid(1): "one"})
    limited = signed_in(app, team.member(permissions=["imports"], account_ids=[account.id]))
    assert upload(limited, account, csv_of((1, "x")), account_id=str(other.id)).status_code == 404
    assert "Tea" not in limited.get(page_of(account)).text
    for nonsense in ("Tea", "9" * 30, "²"):
        assert upload(as_alice, account, csv_of((1, "x")), account_id=nonsense).status_code == 404
    finish_all()
    assert links_of(account) == {}


def test_a_refused_file_names_lines_and_offers_them_all(account: Account, as_alice: CheckingClient) -> None:
    upload(as_alice, account, HEADER + f"{uid(1)},one\n<b>dummy</b>,x\nU1,y\n".encode())
    finish_all()
    page = as_alice.get(page_of(account)).text
    assert "Line 3: The LINE user ID does not begin with U." in page
    assert "&lt;b&gt;dummy&lt;/b&gt;,x" in page
    address = re.search(r'href="([^"]+/errors\.csv)"', page).group(1)
    answer = as_alice.get(address)
    assert answer.is_streamed and answer.mimetype == "text/csv"
    (run,) = db.session.query(Run).all()
    assert f'filename="errors-{run.id}.csv"' in answer.headers["Content-Disposition"]
    in_japanese = as_alice.get(address, headers={"Accept-Language": "ja"}).headers["Content-Disposition"]
    assert in_japanese.endswith(f"filename*=UTF-8''{quote('エラー')}-{run.id}.csv")
    assert answer.text.splitlines() == [
        "\ufeffLine,Value,Reason",
        '3,"<b>dummy</b>,x",The LINE user ID does not begin with U.',
        '4,"U1,y",The LINE user ID does not have 33 characters.',
    ]


@pytest.mark.parametrize(("fields", "words"), [({}, "Choose a CSV file.")])
def test_a_form_without_a_file_is_shown_again(
    account: Account, as_alice: CheckingClient, fields: dict[str, Any], words: str
) -> None:
    answer = as_alice.post(
        f"{page_of(account)}/imports", data={**fields, "partial": "1"}, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    assert words in answer.text and 'name="partial" value="1" checked' in answer.text
    nameless = upload(as_alice, account, b"", name="")
    assert nameless.status_code == 422


def test_what_is_no_such_form_is_refused(account: Account, as_alice: CheckingClient) -> None:
    kinds = ["text/csv", "multipart/form-data", "multipart/form-data; boundary*=UTF-8''%E3%83%88"]
    for kind in kinds:
        assert as_alice.post(f"{page_of(account)}/imports", data=b"x", content_type=kind).status_code == 400


def test_too_large_a_file_is_refused_before_it_is_read(account: Account, as_alice: CheckingClient) -> None:
    class Unread(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("The body was read.")

    answer = as_alice.post(
        f"{page_of(account)}/imports",
        input_stream=Unread(),
        environ_overrides={"CONTENT_LENGTH": str(uploading.MOST_BYTES + 10**6)},
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413
    assert "The file is larger than 500 MB" in answer.text


def test_a_file_that_grows_too_large_on_its_way_leaves_nothing(
    account: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "MOST_BYTES", 100_000)
    monkeypatch.setattr(uploads, "MOST_BYTES", 100_000)
    answer = upload(as_alice, account, b"x" * 100_001)
    assert (answer.status_code, "The file is larger than 500 MB" in answer.text) == (413, True)
    assert (staged(), db.session.query(IdLinkUpload).count()) == ([], 0)
    exactly = HEADER + b"\n" * (100_000 - len(HEADER))
    assert upload(as_alice, account, exactly).status_code == 303


def test_the_token_is_checked_before_the_file_is_read(app: Flask, account: Account, people: SimpleNamespace) -> None:
    client = signed_in(app, people.alice)
    data = {"csrf_token": "forged", "file": (io.BytesIO(csv_of((1, "one"))), "x.csv")}
    path = f"{page_of(account)}/imports"
    assert client.post(path, data=data, content_type="multipart/form-data", csrf=False).status_code == 400
    assert staged() == []
    with client.session_transaction() as session:
        session["csrf_token"] = "0" * 40
    data = {"csrf_token": client._csrf_token(), "file": (io.BytesIO(csv_of((1, "one"))), "x.csv")}
    assert client.post(path, data=data, content_type="multipart/form-data", csrf=False).status_code == 303


@pytest.mark.parametrize("missing", [0, 5_000])
def test_a_browser_that_goes_away_leaves_nothing(account: Account, as_alice: CheckingClient, missing: int) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + csv_of((1, "one"))
    answer = as_alice.post(
        f"{page_of(account)}/imports",
        input_stream=io.BytesIO(body),
        environ_overrides={"CONTENT_LENGTH": str(len(body) + missing)},
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 400
    assert (staged(), db.session.query(IdLinkUpload).count()) == ([], 0)
    assert links_of(account) == {}


def test_others_see_a_file_on_its_way_and_may_cancel_it(
    account: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "REPORT_SECONDS", 0.0)
    sender = uploading.Sender("Bob")
    with (
        pytest.raises(Exception, match="cancelled"),
        uploading.Upload(account.id, sender, "slow.csv", 4_000) as coming,
    ):
        coming.write(b"x" * 1_000)
        shown = as_alice.get(page_of(account)).text
        assert "slow.csv" in shown and "Uploading: 25%" in shown and "Bob" in shown
        assert as_alice.post(f"{page_of(account)}/uploads/{coming.id}/cancel").status_code == 303
        coming.write(b"x")
    assert (staged(), db.session.query(IdLinkUpload).count()) == ([], 0)


def test_a_cancel_counts_up_to_the_last_moment(account: Account, as_alice: CheckingClient) -> None:
    """A file that has arrived whole is no import before it is stored, and a cancel may come in the meantime."""
    sender = uploading.Sender("Bob")
    with (
        pytest.raises(Conflict),
        uploading.Upload(account.id, sender, "late.csv", None) as coming,
    ):
        coming.write(csv_of((1, "one")))
        assert as_alice.post(f"{page_of(account)}/uploads/{coming.id}/cancel").status_code == 303
        start_import(account, coming, Options(), actor=SYSTEM)
    assert (staged(), db.session.query(IdLinkUpload).count(), db.session.query(Run).count()) == ([], 0, 0)


def test_a_file_is_either_on_its_way_or_an_import(account: Account, as_alice: CheckingClient) -> None:
    with uploading.Upload(account.id, uploading.Sender("Bob"), "new.csv", None) as coming:
        coming.write(csv_of((1, "one")))
        start_import(account, coming, Options(), actor=SYSTEM)
        db.session.commit()
        assert db.session.query(IdLinkUpload).count() == 0
    answer = as_alice.fragment(f"{page_of(account)}/uploads/{coming.id}/cancel", "POST")
    assert "That file has arrived or gone already." in answer.headers["HX-Trigger"]
    finish_all()
    assert links_of(account) == {uid(1): "one"}


def test_earlier_imports_are_on_further_pages_in_either_order(account: Account, as_alice: CheckingClient) -> None:
    under_way = send(account, csv_of((1, "one")), name="night-0.csv")
    for number in range(1, 27):
        over = {
            "state": RunState.COMPLETED,
            "input": {"file": f"night-{number}.csv", "by": "Alice", "size": 1, "dry_run": False, "partial": False},
        }
        db.session.add(Run(kind=queries.IMPORT, subject_id=account.id, created_at=now() + minutes(number), **over))
    db.session.commit()
    first = as_alice.get(page_of(account)).text
    assert (nights(first)[0], len(nights(first)), "1–25 of 27" in first) == (26, 25, True)
    path = re.search(r'href="([^"]+)"[^>]*>Next<', first).group(1).replace("&amp;", "&")
    second = as_alice.get(path).text
    assert (nights(second), "26–27 of 27" in second) == ([1, 0], True)
    assert nights(as_alice.fragment(f"{page_of(account)}/imports?sort=oldest&size=50").text) == [*range(27)]
    # What goes on is further down, and the first page knows; a cancel there answers with the page that it was on.
    assert "every 1s" in as_alice.fragment(f"{page_of(account)}/imports").text
    cancel = re.search(rf'action="([^"]+/{under_way.id}/cancel[^"]*)"', second).group(1).replace("&amp;", "&")
    assert nights(as_alice.fragment(cancel, "POST").text) == [1, 0]
    assert "every 10s" in as_alice.fragment(f"{page_of(account)}/imports").text


def nights(page: str) -> list[int]:
    """Numbers of the files on the page, in its order."""
    return [int(number) for number in re.findall(r"night-(\d+)\.csv</strong>", page)]


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def test_what_is_searched_for_stays_when_a_link_goes(account: Account, as_alice: CheckingClient) -> None:
    bring_in(account, csv_of((1, "a-1"), (2, "a-2"), (3, "b-1")))
    found = as_alice.fragment(f"{page_of(account)}/links?search=a-").text
    address = re.search(r'action="([^"]+/removal\?[^"]+)"', found).group(1)
    left = as_alice.fragment(address.replace("&amp;", "&"), "POST").text
    assert ("a-1" in left, "a-2" in left, "b-1" in left, 'value="a-"' in left) == (False, True, False, True)


@pytest.mark.parametrize(
    ("phase", "english", "japanese"),
    [("checking", "1,500 rows per second", "毎秒1,500行"), ("storing", "1,500 ID links per second", "毎秒1,500件")],
)
def test_the_pace_is_that_of_what_is_counted(
    account: Account, as_alice: CheckingClient, phase: str, english: str, japanese: str
) -> None:
    run = send(account, csv_of((1, "one")))
    run.cursor, run.pace = {"phase": phase}, 1_500.0
    db.session.commit()
    assert english in as_alice.fragment(f"{page_of(account)}/imports").text
    assert japanese in as_alice.get(page_of(account), headers={"Accept-Language": "ja"}).text


def test_an_import_is_cancelled_from_the_page(account: Account, as_alice: CheckingClient) -> None:
    run = send(account, csv_of((1, "one")))
    answer = as_alice.fragment(f"{page_of(account)}/imports/{run.id}/cancel", "POST")
    assert "Cancelled" in answer.text
    finish_all()
    assert links_of(account) == {}
    assert as_alice.post(f"{page_of(account)}/imports/{run.id + 1}/cancel").status_code == 404


def test_links_are_found_removed_and_exported(account: Account, as_alice: CheckingClient) -> None:
    bring_in(account, csv_of((1, "a-1"), (2, "a-2"), (3, "b-1")))
    found = as_alice.fragment(f"{page_of(account)}/links?search=a-").text
    assert ("a-1" in found, "a-2" in found, "b-1" in found) == (True, True, False)
    assert "b-1" in as_alice.fragment(f"{page_of(account)}/links?search={uid(3)}").text
    assert "No LINE user is linked" in as_alice.fragment(f"{page_of(account)}/links?search=%25").text
    assert as_alice.fragment(f"{page_of(account)}/links/{uid(1)}/removal", "POST").status_code == 200
    assert links_of(account) == {uid(2): "a-2", uid(3): "b-1"}
    export = as_alice.get(f"{page_of(account)}/links.csv")
    assert export.get_data() == csv_of((2, "a-2"), (3, "b-1"))
    # Anyone who gets less of it notices, also behind a proxy that speaks HTTP/1.0.
    assert export.headers["Content-Length"] == str(len(csv_of((2, "a-2"), (3, "b-1"))))
    assert "attachment" in export.headers["Content-Disposition"]
    exported = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "id_link.exported")).one()
    assert (exported.actor_name, exported.account_id) == ("Alice", account.id)
    assert as_alice.post(f"{page_of(account)}/removal").status_code == 303
    finish_all()
    assert links_of(account) == {}


def test_the_template_is_a_file_that_can_be_imported(account: Account, as_alice: CheckingClient) -> None:
    run = bring_in(account, as_alice.get(f"{page_of(account)}/template.csv").get_data())
    assert (run.state, run.counts["new"]) == ("completed", 1)


def test_the_rule_for_shared_user_ids_is_kept(account: Account, as_alice: CheckingClient) -> None:
    assert "checked" in as_alice.get(page_of(account)).text.split('name="allows_shared"')[1][:40]
    as_alice.post(f"{page_of(account)}/settings", data={})
    assert "checked" not in as_alice.get(page_of(account)).text.split('name="allows_shared"')[1][:40]


def test_the_page_says_where_programs_send_files(account: Account, as_alice: CheckingClient) -> None:
    assert f"{urls.ours}/api/v1/accounts/{account.id}/id-links/imports</code>" in as_alice.get(page_of(account)).text


def test_the_settings_page_leads_here(account: Account, as_alice: CheckingClient) -> None:
    assert "Import LINE Delivery User Information" in as_alice.get(f"/accounts/{account.id}/settings").text
    panel = as_alice.fragment(f"{page_of(account)}/panel").text
    assert f'href="{page_of(account)}"' in panel
    assert as_alice.get(f"{page_of(account)}/panel").headers["Location"] == page_of(account)


PATHS = ["", "/panel", "/imports", "/template.csv", "/links", "/imports/1/errors.csv", "/imports/1/shared.csv"]
CHANGES = ["/imports", "/imports/1/cancel", "/uploads/1/cancel", "/links/U1/removal", "/removal", "/settings"]


@pytest.mark.parametrize(("method", "path"), [("GET", path) for path in PATHS] + [("POST", path) for path in CHANGES])
def test_it_is_for_those_who_may_import(
    account: Account,
    as_bob: CheckingClient,
    as_charlie: CheckingClient,
    browser: CheckingClient,
    people: SimpleNamespace,
    method: str,
    path: str,
) -> None:
    address = page_of(account) + path
    assert as_bob.open(address, method=method).status_code == 403
    assert as_charlie.open(address, method=method).status_code == 404
    assert browser.open(address, method=method).headers["Location"].startswith("/sign-in")
    people.bob.permissions = [Permission.IMPORTS.value]
    db.session.commit()
    assert as_bob.open(address, method=method).status_code in {200, 303, 400, 404}


def test_the_friend_page_shows_the_link_and_takes_it_away(
    account: Account, as_alice: CheckingClient, as_bob: CheckingClient, people: SimpleNamespace
) -> None:
    from tests.factories import friends as friends_factory

    friend = friends_factory.friend(account, line_user_id=uid(1))
    path = f"/accounts/{account.id}/friends/{friend.id}"
    assert "No external user ID is linked" in as_alice.get(path).text
    bring_in(account, csv_of((1, "customer <1>")))
    assert "customer &lt;1&gt;" in as_alice.get(path).text
    people.bob.permissions = [Permission.FRIENDS.value]
    db.session.commit()
    seen = as_bob.get(path).text
    assert "customer &lt;1&gt;" in seen and "friend-id-link-remove" not in seen
    assert as_bob.post(f"{path}/id-link/removal").status_code == 403
    assert "No external user ID" in as_alice.fragment(f"{path}/id-link/removal", "POST").text
    assert db.session.query(IdLink).count() == 0
