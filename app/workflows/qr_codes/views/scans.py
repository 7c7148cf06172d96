"""What a scanned code opens: its address, and the page that LINE opens as the account's LIFF app."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, url_for

from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.core.web.security import csrf
from app.core.web.server.places import links, visits
from app.line.models import Account
from app.messages.tracking.addresses import CODE
from app.messages.tracking.liff_pages import PAGES, asking_page, posted_token
from app.messages.tracking.redirects import led_to
from app.team.permissions import public
from app.workflows.qr_codes.models import QrCode
from app.workflows.qr_codes.operations.visits import keep_token
from app.workflows.qr_codes.queries import code_known_as
from app.workflows.qr_codes.ways import LIFF_PART, end_of, opened_at, way_of

blueprint = Blueprint("qr_scans", __name__)
# In place of a mark where an address came without one; no scan can be that old.
UNMARKED = "0"


@blueprint.get("/q/<code>")
@public
@links
def scan(code: str) -> Response:
    """Lead to the LIFF app, or to the chat with the text of the code."""
    found = _known(code)
    if found is None:
        raise NotFound
    return led_to(way_of(_account(found), found, now()))


@blueprint.get(f"/liff/{LIFF_PART}/<code>/<mark>")
@public
@visits
def page(code: str, mark: str) -> Response:
    """Answer LINE's script, which comes back here."""
    return _page(code, mark)


@blueprint.post(f"/liff/{LIFF_PART}/<code>/<mark>")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
@visits
def tell(code: str, mark: str) -> Response:
    """Keep the token that the page hands in. No session is asked for, and the answer tells nothing."""
    found, token = _known(code), posted_token()
    if found is not None and found.archived_at is None and token is not None:
        keep_token(found, token, opened_at(mark, now()))
    return Response(status=204)


def _enter(way: str) -> Response:
    code, _slash, mark = way.partition("/")
    return _page(code, mark or UNMARKED)


def _page(code: str, mark: str) -> Response:
    found = _known(code)
    if found is None:
        return Response(render_template("messages/tracking/liff_ready.html"), status=404)
    account = _account(found)
    if account.liff_id is None or found.archived_at is not None:
        return led_to(way_of(account, found, now()))
    here = url_for("qr_scans.tell", code=code, mark=mark)
    # LINE's address of the chat offers to add the account by itself.
    return asking_page(account.liff_id, end_of(account, found), here, befriends=found.page_url is not None)


def _known(code: str) -> QrCode | None:
    return code_known_as(code) if CODE.fullmatch(code) else None


def _account(code: QrCode) -> Account:
    return db.session.get_one(Account, code.account_id)


PAGES.add(LIFF_PART, _enter)
