"""The pages of QR Codes: who may open them, what is refused at which field, the image, and what a press does."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from app.core.db import db
from app.core.errors import Conflict
from app.friends.queries.filter_sql import FRIENDS
from app.line.models import Account
from app.messages.auto.library import AUTO_MESSAGES
from app.messages.library.operations import delete_message
from app.segments.models import Segment
from app.segments.queries.audience import audience_of
from app.team.actors import SYSTEM
from app.workflows.operations.life import pause, start
from app.workflows.qr_codes.models import QrCode, QrScan
from app.workflows.qr_codes.queries import tags_of
from tests.conftest import signed_in
from tests.factories import friends
from tests.factories import line as line_rows
from tests.factories.auto_messages import auto_message
from tests.factories.media import picture
from tests.factories.segments import condition, definition, segment
from tests.factories.team import member
from tests.factories.workflows import active, chain, draft, step
from tests.support.client import CheckingClient
from tests.workflows.qr_codes.conftest import Write, code


def url(account: Account, rest: str = "") -> str:
    return f"/accounts/{account.id}/qr-codes{rest}"


def test_a_code_names_a_workflow_for_its_account(account: Account, as_alice: CheckingClient) -> None:
    mine = active(account, step("qr_code"), step("stop"), name="Entrance")
    other = active(line_rows.account(), step("qr_code"), step("stop"), name="Elsewhere")
    page = as_alice.get(url(account, "/new")).text
    assert "Entrance" in page and "Elsewhere" not in page
    refused = as_alice.post(url(account), data={"name": "Flyer", "workflow": other.id})
    assert refused.status_code == 422 and "Choose one from the list." in refused.text
    as_alice.post(url(account), data={"name": "Flyer", "workflow": mine.id})
    made = db.session.scalars(select(QrCode)).one()
    assert made.workflow_id == mine.id
    pause(mine.id, actor=SYSTEM)
    question = as_alice.fragment(f"/workflows/{mine.id}/removal").text
    assert f'href="{url(account, f"/{made.id}")}"' in question and "Flyer" in question
    as_alice.post(f"/workflows/{mine.id}/removal")
    db.session.refresh(made)
    assert made.workflow_id is None


def test_only_workflows_that_answer_a_scan_can_be_chosen(account: Account, as_alice: CheckingClient) -> None:
    assert "No workflow of this account has the trigger" in as_alice.get(url(account, "/new")).text
    deaf = active(account, step("friend_add"), step("stop"), name="Deaf")
    drafted = draft("Drafted", chain(account, step("qr_code"), step("stop")))
    form = as_alice.get(url(account, "/new")).text
    assert "Drafted (Draft)" in form and "Deaf" not in form
    assert as_alice.post(url(account), data={"name": "A", "workflow": deaf.id}).status_code == 422
    as_alice.post(url(account), data={"name": "A", "workflow": drafted.id})
    made = db.session.scalars(select(QrCode)).one()
    assert "This workflow is not active" in as_alice.get(url(account, f"/{made.id}")).text
    start(drafted.id, actor=SYSTEM)
    db.session.commit()
    assert 'id="qr-code-silent"' not in as_alice.get(url(account, f"/{made.id}")).text
    made.workflow_id = deaf.id
    db.session.commit()
    page = as_alice.get(url(account, f"/{made.id}")).text
    assert "has no trigger “QR Code scan” for this account" in page
    assert as_alice.post(url(account, f"/{made.id}"), data={"name": "B", "workflow": deaf.id}).status_code == 303


def test_a_codes_page_names_the_workflows_whose_trigger_names_it(account: Account, as_alice: CheckingClient) -> None:
    flyer, other = code(account), code(account, "Poster")
    named = active(account, step("qr_code", codes={str(account.id): [flyer.id]}), step("stop"), name="Entrance")
    page = as_alice.get(url(account, f"/{flyer.id}")).text
    assert "Where it is used" in page and f'href="/workflows/{named.id}"' in page
    assert "Entrance" in as_alice.get(url(account)).text
    assert "Where it is used" not in as_alice.get(url(account, f"/{other.id}")).text


def test_a_code_is_created_changed_copied_archived_and_deleted(account: Account, as_alice: CheckingClient) -> None:
    assert "No QR Codes yet" in as_alice.get(url(account)).text
    tag, message = friends.tag(account, "Flyer"), auto_message(account, "Welcome", "Hello")
    sent = {"name": " Flyer ", "page_url": "https://shop.example/", "auto_message": message.id, "tags": [tag.id]}
    answer = as_alice.post(url(account), data=sent)
    made = db.session.scalars(select(QrCode)).one()
    assert (answer.status_code, answer.headers["Location"]) == (303, url(account, f"/{made.id}"))
    assert (made.name, made.page_url, made.auto_message_id) == ("Flyer", "https://shop.example/", message.id)
    assert tags_of(made.id) == [tag.id]
    page = as_alice.get(url(account, f"/{made.id}")).text
    assert f"/q/{made.code}" in page and "There are no tags yet" not in page
    address = made.code
    as_alice.post(url(account, f"/{made.id}"), data={"name": "Poster", "page_url": "", "auto_message": 0})
    db.session.refresh(made)
    assert (made.name, made.page_url, made.auto_message_id, made.code) == ("Poster", None, None, address)
    assert tags_of(made.id) == []
    as_alice.post(url(account, f"/{made.id}/copy"))
    copy = db.session.scalars(select(QrCode).where(QrCode.id != made.id)).one()
    assert copy.name == "Poster (copy)" and copy.code != address
    as_alice.post(url(account, f"/{copy.id}/archive"))
    assert "Poster (copy)" not in as_alice.get(url(account)).text
    assert "Poster (copy)" in as_alice.get(url(account, "?state=archived")).text
    assert "is archived" in as_alice.get(url(account, f"/{copy.id}")).text
    as_alice.post(url(account, f"/{copy.id}/restoration"))
    as_alice.post(url(account, f"/{made.id}/removal"))
    assert [one.name for one in db.session.scalars(select(QrCode))] == ["Poster (copy)"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "FLYER"}, "has this name already"),
        ({"name": "New", "page_url": "javascript:alert(1)"}, "Enter a web address"),
        ({"name": "New", "page_url": "https://"}, "Enter a web address"),
        ({"name": "New", "auto_message": "999999"}, "Choose one from the list."),
        ({"name": "New", "tags": ["999999"]}, "Choose only from the list."),
    ],
)
def test_refusals_stand_at_their_fields(
    account: Account, as_alice: CheckingClient, fields: dict[str, object], words: str
) -> None:
    code(account)
    friends.tag(account)
    answer = as_alice.post(url(account), data={"auto_message": 0, **fields})
    assert answer.status_code == 422 and words in answer.text
    assert len(db.session.scalars(select(QrCode)).all()) == 1


def test_the_image_and_the_logo(account: Account, as_alice: CheckingClient) -> None:
    flyer = code(account)
    base = url(account, f"/{flyer.id}")
    plain = as_alice.get(f"{base}/image.svg")
    assert plain.mimetype == "image/svg+xml" and "<image" not in plain.text
    drawn = Image.open(io.BytesIO(as_alice.get(f"{base}/image.png?size=512").data))
    assert (drawn.format, drawn.size) == ("PNG", (512, 512))
    assert as_alice.get(f"{base}/image.png?size=513").status_code == 404
    upload = {"file": (io.BytesIO(picture(size=(300, 200))), "logo.png")}
    assert as_alice.post(f"{base}/logo", data=upload, content_type="multipart/form-data").status_code == 303
    with_logo = as_alice.get(f"{base}/image.svg?download=1")
    assert "<image" in with_logo.text and with_logo.headers["Content-Disposition"] == "attachment; filename=Flyer.svg"
    assert Image.open(io.BytesIO(as_alice.get(f"{base}/image.png").data)).size == (1024, 1024)
    wrong = {"file": (io.BytesIO(b"MZ" * 99), "logo.png")}
    assert as_alice.post(f"{base}/logo", data=wrong, content_type="multipart/form-data").status_code == 422
    as_alice.post(f"{base}/logo/removal")
    assert "<image" not in as_alice.get(f"{base}/image.svg").text


def test_the_list_finds_and_counts(account: Account, as_alice: CheckingClient, write: Write) -> None:
    flyer = code(account)
    code(account, "Poster")
    write(flyer)
    page = as_alice.get(url(account, "?search=fly")).text
    assert "Flyer" in page and "Poster" not in page
    assert "No QR Code of this name" in as_alice.get(url(account, "?search=xyz")).text
    people = as_alice.get(f"/accounts/{account.id}/friends?among=qr_code-{flyer.id}-scanned")
    assert people.status_code == 200 and "Scanned the QR Code “Flyer”" in people.text
    assert as_alice.get(f"/accounts/{account.id}/friends?among=qr_code-{flyer.id}-other").status_code != 200


def test_a_message_in_use_cannot_be_deleted(account: Account) -> None:
    message = auto_message(account, "Welcome", "Hello")
    code(account, auto_message_id=message.id)
    with pytest.raises(Conflict, match="QR Code: Flyer"):
        delete_message(account.id, AUTO_MESSAGES, message.id, actor=SYSTEM)


def test_segments_ask_for_scanned_codes(account: Account, as_alice: CheckingClient, write: Write) -> None:
    flyer, poster = code(account), code(account, "Poster")
    write(flyer)
    other = friends.friend(account, line_user_id="U" + "b" * 32)
    scanned = db.session.scalars(select(QrScan.friend_id)).one()
    everyone = {scanned, other.id}
    asked = {
        ("contains_any", flyer.id, poster.id): {scanned},
        ("contains_all", flyer.id, poster.id): set(),
        ("contains_none", flyer.id): {other.id},
        ("empty",): {other.id},
        ("contains_none", poster.id): everyone,
    }
    for (operator, *values), expected in asked.items():
        made = segment(account, f"{operator} {values}", definition([condition("scanned_qr_code", operator, *values)]))
        assert members(made) == expected, (operator, values)
    page = as_alice.get(url(account, f"/{flyer.id}")).text
    assert f"contains_any [{flyer.id}, {poster.id}]" in page


def members(made: Segment) -> set[int]:
    """Return the ids of those who fit."""
    return set(db.session.scalars(audience_of(made).members(FRIENDS.c.id)))


def test_strangers_and_members_without_the_permission(app: Flask, account: Account) -> None:
    flyer = code(account)
    without = signed_in(app, member(permissions=["friends"]))
    assert without.get(url(account)).status_code == without.post(url(account)).status_code == 403
    elsewhere = signed_in(app, member(permissions=["workflows"], account_ids=[line_rows.account().id]))
    assert elsewhere.get(url(account, f"/{flyer.id}")).status_code == 404
    assert elsewhere.post(url(account, f"/{flyer.id}/removal")).status_code == 404
    assert db.session.get(QrCode, flyer.id) is not None
