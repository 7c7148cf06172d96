"""The audit log: writing, the page, its filters, and growing old."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.i18n import in_language
from app.core.registry import Registry
from app.team import audit
from app.team.actors import SYSTEM
from app.team.models import AuditEntry, LinkPurpose, MemberLink
from app.team.operations import members, one_time_links, pruning
from tests.factories import team
from tests.support.client import CheckingClient


def written(action: str = "workspace.changed", at: datetime | None = None, **values: Any) -> AuditEntry:
    entry = AuditEntry(action=action, actor_name="Someone", at=at or now(), details={}, **values)
    db.session.add(entry)
    db.session.commit()
    return entry


def rows(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="row-auditentry-(\d+)"', html)]


def test_a_change_is_kept_with_who_what_when_and_whence(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    as_alice.post(f"/members/{people.bob.id}/suspension")
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.member_id, entry.actor_name, entry.action) == (people.alice.id, "Alice", "member.suspended")
    assert (entry.target_type, entry.target_id, entry.target_name) == ("member", str(people.bob.id), "Bob")
    assert entry.ip_address == "127.0.0.1"
    assert abs(entry.at - now()) < timedelta(minutes=1)
    html = as_alice.get("/audit-log").text
    assert "suspended Bob" in html and "127.0.0.1" in html


def test_a_refused_change_is_not_in_the_log(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    as_alice.post(f"/members/{people.alice.id}/suspension")
    assert not db.session.scalars(select(AuditEntry)).all()


def test_the_system_acts_under_its_own_name(people: SimpleNamespace) -> None:
    members.suspend(people.bob, actor=SYSTEM)
    db.session.flush()
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.member_id, entry.actor_name, entry.ip_address) == (None, "Tomoru", None)


def test_every_action_of_team_has_its_sentence(app: Flask) -> None:
    assert audit.sentence(AuditEntry(action="member.invited", target_name="x@y.z", details={})) == "invited x@y.z"
    assert audit.sentence(AuditEntry(action="no.such", target_name="it", details={})) == "no.such it"


def test_a_sentence_survives_missing_details(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "SENTENCES", Registry("sentence"))
    audit.describe({"tag.moved": "moved %(target)s to %(place)s"})
    entry = AuditEntry(action="tag.moved", target_name="VIP", details={})
    assert audit.sentence(entry) == "moved VIP to …"
    entry.details = {"place": "top"}
    assert audit.sentence(entry) == "moved VIP to top"


def test_groups_have_names(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "SENTENCES", Registry("sentence"))
    monkeypatch.setattr(audit, "GROUPS", Registry("group"))
    audit.describe({"friend_import.started": "started"})
    audit.describe({"thing.made": "made"}, {"thing": "Things"})
    assert audit.groups() == [("friend_import", "Friend import"), ("thing", "Things")]
    with in_language("ja"):
        assert audit.groups()


def test_only_administrators_read_it(as_bob: CheckingClient, as_charlie: CheckingClient) -> None:
    assert as_bob.get("/audit-log").status_code == 403
    assert as_charlie.get("/audit-log").status_code == 403


def test_an_empty_log_says_so(as_alice: CheckingClient) -> None:
    assert "Nothing yet" in as_alice.get("/audit-log").text
    assert "Nothing found" in as_alice.get("/audit-log?group=member").text


def test_it_is_filtered_by_person(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    by_alice = written(member_id=people.alice.id)
    by_system = written()
    by_former = written(member_id=999_999)
    for person, entry in ((people.alice.id, by_alice), ("system", by_system), ("former", by_former)):
        assert rows(as_alice.get(f"/audit-log?person={person}").text) == [entry.id]
    html = as_alice.get("/audit-log").text
    assert rows(html) == [by_former.id, by_system.id, by_alice.id]
    for label in ("Alice", "Tomoru by itself", "Former members"):
        assert f">{label}</option>" in html


def test_it_is_filtered_by_kind(as_alice: CheckingClient) -> None:
    member, _memberish = written("member.removed"), written("member_like.removed")
    assert rows(as_alice.get("/audit-log?group=member").text) == [member.id]
    assert rows(as_alice.get("/audit-log?group=%").text) == []
    assert '<option value="member" selected>Members</option>' in as_alice.get("/audit-log?group=member").text


def test_it_is_filtered_by_days_of_the_workspaces_zone(as_alice: CheckingClient) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    first = written(at=datetime(2026, 3, 1, 0, 30, tzinfo=tokyo))
    second = written(at=datetime(2026, 3, 1, 23, 59, tzinfo=tokyo))
    third = written(at=datetime(2026, 3, 2, 0, 0, tzinfo=tokyo))
    for query, found in (
        ("since=2026-03-01&until=2026-03-01", [second.id, first.id]),
        ("since=2026-03-02", [third.id]),
        ("until=2026-02-28", []),
        ("since=nonsense&until=9999-12-31", [third.id, second.id, first.id]),
    ):
        assert rows(as_alice.get(f"/audit-log?{query}").text) == found


def test_pages_go_forth_and_back_and_keep_the_filter(as_alice: CheckingClient) -> None:
    moment = now()
    ids = [written("member.removed", at=moment).id for _ in range(120)]
    written("workspace.changed")
    url, seen, pages = "/audit-log?group=member", list[int](), list[list[int]]()
    while url:
        html = as_alice.get(url).text
        pages.append(rows(html))
        seen += pages[-1]
        onward = re.search(r'href="([^"]*after=[^"]*)"', html)
        url = onward.group(1).replace("&amp;", "&") if onward else ""
    assert seen == ids[::-1]
    assert [len(page) for page in pages] == [50, 50, 20]
    back = re.search(r'href="([^"]*before=[^"]*)"', html)
    assert back
    middle = as_alice.get(back.group(1).replace("&amp;", "&")).text
    assert rows(middle) == pages[1]


@pytest.mark.parametrize("key", ["x", "bnVsbA", "WyJ4IiwgMV0", "WzEsIDJd"])
def test_a_made_up_page_is_refused(as_alice: CheckingClient, key: str) -> None:
    assert as_alice.get(f"/audit-log?after={key}").status_code == 422


def test_the_htmx_answer_is_the_list(as_alice: CheckingClient) -> None:
    assert as_alice.fragment("/audit-log").text.lstrip().startswith('<div id="audit-list"')


def test_old_entries_and_dead_links_are_pruned(people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BATCH", 2)
    kept = written(at=now() - timedelta(days=729)).id
    for _ in range(5):
        written(at=now() - timedelta(days=731))
    old, _token = one_time_links.issue(people.bob, LinkPurpose.INVITATION)
    old.expires_at = now() - timedelta(days=31)
    fresh, _token = one_time_links.issue(team.member(), LinkPurpose.INVITATION)
    fresh_id = fresh.id
    db.session.commit()
    assert pruning.prune(730, 14, 30) == 6
    assert pruning.prune(730, 14, 30) == 0
    assert db.session.scalars(select(AuditEntry.id)).all() == [kept]
    assert db.session.scalars(select(MemberLink.id)).all() == [fresh_id]
