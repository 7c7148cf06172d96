"""The demo's contacts in HubSpot, made as HubSpot's user does: those of friends, and some that fit no one friend."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.error import HTTPError

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import db
from app.core.runs.operations import advance
from app.friends.models import FollowStatus, Friend
from app.friends.operations.attributes import set_attributes
from app.imports.id_links.operations import Options, start_import
from app.imports.id_links.upload import Sender, Upload
from app.line.models import Account
from app.seeds.known import Shop
from app.seeds.sandbox import HubSpotPortal, Sandbox
from app.team.actors import Actor

NAMES = (("花子", "佐藤"), ("健太", "鈴木"), ("美咲", "高橋"), ("大輔", "田中"), ("Emma", "Clark"), ("結衣", "伊藤"))
CITIES = ("鎌倉", "京都", "東京", "Yokohama")
STAGES = ("customer", "lead", "customer", "subscriber")
# How many friends are found by their address, by their number, and by an ID link.
BY_EMAIL, BY_PHONE, BY_ID_LINK = 18, 5, 6
COMPANIES, ON_LIST = 4, 8
LIST = "試飲会 (Tasting event)"
SOURCE = "demo"


@dataclass(frozen=True)
class Likeness:
    """A contact and the friend whom it resembles."""

    contact: str
    friend: Friend


def make_contacts(sandbox: Sandbox, shop: Shop, account: Account, actor: Actor) -> Iterator[str]:
    """Make contacts of the shop's friends unless there are some; yields a sentence. Commits.

    Data of an older sandbox have no portal.
    """
    if shop.portal_id is None:
        return
    portal = HubSpotPortal(sandbox, shop.portal_id)
    with suppress(HTTPError):
        if not portal.has_made_contacts():
            yield f"{_make(portal, account, actor)} contacts in HubSpot that belong to friends of {account.name}."


def _make(portal: HubSpotPortal, account: Account, actor: Actor) -> int:
    with_phone = _friends(account, Friend.phone_normal, BY_PHONE + 2)
    taken = [one.id for one in with_phone]
    with_email = [one for one in _friends(account, Friend.email, BY_EMAIL + len(taken)) if one.id not in taken]
    known = list(_by_email(portal, with_email[:BY_EMAIL])) + list(_by_phone(portal, with_phone[:BY_PHONE]))
    linked = list(_by_id_link(portal, account, actor))
    _ambiguous(portal, *with_phone[BY_PHONE:])
    companies = portal.companies(COMPANIES)
    for place, one in enumerate(known):
        portal.employ(one.contact, companies[place % len(companies)])
    portal.join(LIST, [one.contact for one in [*known, *linked][:: len(known + linked) // ON_LIST]])
    _rename(portal, account, [one for one in known if one.friend.last_name], actor)
    return len(known) + len(linked)


def _friends(account: Account, key: InstrumentedAttribute[str | None], most: int) -> Sequence[Friend]:
    """Return friends with an address or a number that no other friend has."""
    mine = (Friend.account_id == account.id, Friend.follow_status == FollowStatus.FOLLOWING)
    alone = select(func.min(Friend.id)).where(*mine, key.is_not(None)).group_by(key).having(func.count() == 1)
    return db.session.scalars(select(Friend).where(Friend.id.in_(alone)).order_by(Friend.id).limit(most)).all()


def _by_email(portal: HubSpotPortal, friends: Sequence[Friend]) -> Iterator[Likeness]:
    for place, friend in enumerate(friends):
        yield Likeness(portal.contact(email=friend.email, **_about(place, friend)), friend)


def _by_phone(portal: HubSpotPortal, friends: Sequence[Friend]) -> Iterator[Likeness]:
    for place, friend in enumerate(friends):
        yield Likeness(portal.contact(phone=friend.phone_normal, **_about(place, friend)), friend)


def _by_id_link(portal: HubSpotPortal, account: Account, actor: Actor) -> Iterator[Likeness]:
    """Make contacts without address or number, and import their ids as user IDs of friends."""
    mine = (Friend.account_id == account.id, Friend.email.is_(None), Friend.phone.is_(None))
    unknown = select(Friend).where(*mine, Friend.follow_status == FollowStatus.FOLLOWING)
    friends = db.session.scalars(unknown.order_by(Friend.id).limit(BY_ID_LINK)).all()
    made = [Likeness(portal.contact(**_about(place, friend)), friend) for place, friend in enumerate(friends)]
    with Upload(account.id, Sender(actor.label), "hubspot-contacts.csv", None) as upload:
        rows = "".join(f"{one.friend.line_user_id},{one.contact}\n" for one in made)
        upload.write(f"line_user_id,user_id\n{rows}".encode())
        run = start_import(account, upload, Options(), actor=actor)
        db.session.commit()
    advance(run.id)
    yield from made


def _ambiguous(portal: HubSpotPortal, family: Friend, couple: Friend) -> None:
    """Make contacts that fit no one friend: two of one number, and one with the address and number of two friends."""
    for place in range(2):
        portal.contact(phone=family.phone_normal, **_about(place))
    portal.contact(email=family.email, phone=couple.phone_normal, **_about(2))


def _rename(portal: HubSpotPortal, account: Account, known: Sequence[Likeness], actor: Actor) -> None:
    """Change names on both sides: of two changes the later one stays."""
    for one in known[:2]:
        portal.change(one.contact, lastname=f"{one.friend.last_name} (Tomoru Club)")
    for one in known[2:4]:
        portal.change(one.contact, firstname=f"{one.friend.first_name} (VIP)")
    # Pages show times in seconds.
    time.sleep(1)
    for one in known[2:4]:
        changed = {"first_name": f"{one.friend.first_name} (常連)"}
        set_attributes(account.id, one.friend.id, changed, source="member", actor=actor)
    db.session.commit()


def _about(place: int, friend: Friend | None = None) -> dict[str, str]:
    """Return the names of the friend where they are known, and other details."""
    first, last = NAMES[place % len(NAMES)]
    if friend is not None and friend.last_name:
        first, last = friend.first_name or "", friend.last_name
    details = {"city": CITIES[place % len(CITIES)], "lifecyclestage": STAGES[place % len(STAGES)]}
    return {"firstname": first, "lastname": last, **details}
