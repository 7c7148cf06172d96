"""The list of stored ID links: counted, and shown page by page."""

from __future__ import annotations

from app.core.pages import PagePosition
from app.friends.queries.id_links import id_links_page
from app.line.models import Account
from tests.imports.id_links.conftest import bring_in, csv_of
from tests.support.client import CheckingClient


def test_stored_links_are_counted_and_shown_page_by_page(account: Account, as_alice: CheckingClient) -> None:
    url = f"/accounts/{account.id}/id-links"
    bring_in(account, csv_of(*((number, f"c{number:03}") for number in range(120))))
    page = as_alice.get(url).text
    assert "120 ID links" in page and "1–50 of 120" in page
    assert "c049<" in page and "c050<" not in page
    first = id_links_page(account.id)
    second = id_links_page(account.id, at=PagePosition(after=first.next))
    third = id_links_page(account.id, at=PagePosition(after=second.next))
    assert [len(one.rows) for one in (first, second, third)] == [50, 50, 20]
    assert (first.previous, third.next) == (None, None)
    back = id_links_page(account.id, at=PagePosition(before=third.previous))
    assert [link.user_id for link in back.rows] == [link.user_id for link in second.rows]
    html = as_alice.fragment(f"{url}/links?after={first.next}").text
    assert "c050<" in html and "c049<" not in html
    assert as_alice.get(f"{url}/links?after=invented").status_code == 422
    assert "10 ID links" in as_alice.fragment(f"{url}/links?search=c04").text


def test_stored_links_are_sorted_both_ways(account: Account, as_alice: CheckingClient) -> None:
    bring_in(account, csv_of(*((number, f"c{number:03}") for number in range(60))))
    down = id_links_page(account.id, descending=True)
    rest = id_links_page(account.id, at=PagePosition(after=down.next), descending=True)
    expected = [f"c{number:03}" for number in range(59, -1, -1)]
    assert [link.user_id for link in [*down.rows, *rest.rows]] == expected
    back = id_links_page(account.id, at=PagePosition(before=rest.previous), descending=True)
    assert [link.user_id for link in back.rows] == expected[:50]
    html = as_alice.fragment(f"/accounts/{account.id}/id-links/links?sort=user_id_down&search=c0").text
    assert html.index("c059<") < html.index("c010<")
    assert 'value="user_id_down" selected' in html
    assert "sort=user_id_down" in html.partition("Next")[0].rpartition("href")[2], "The next page keeps the order."
