"""`flask seed demo`: create the demo data; existing data is left unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from urllib.error import HTTPError
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update

from app.core.clock import now
from app.core.db import db
from app.friends.models import Friend
from app.integrations.hubspot.credentials import settings as hubspot_settings
from app.line.gateway.urls import urls
from app.line.models import Account
from app.line.operations import connecting
from app.line.setup_checks import operations
from app.seeds import known
from app.seeds.auto_messages import make_auto_messages
from app.seeds.broadcasts import make_broadcasts
from app.seeds.canned_replies import make_canned_replies
from app.seeds.conversations import make_conversations
from app.seeds.hubspot import make_contacts
from app.seeds.message_parts import make_message_parts
from app.seeds.messages import make_messages
from app.seeds.qr_codes import make_qr_codes
from app.seeds.rich_menus import make_rich_menus
from app.seeds.sandbox import Sandbox
from app.seeds.segments import make_segments
from app.seeds.story import lives
from app.seeds.telling import tell
from app.seeds.workflows import make_workflows
from app.team import passwords, queries
from app.team.actors import SYSTEM, Actor
from app.team.models import Member, MemberState
from app.team.operations import setup, workspace
from app.team.permissions import Permission

PATIENCE_SECONDS = 20.0


def seed(sandbox: Sandbox) -> Iterator[str]:
    """Members, the two shops, their friends and segments; yields a sentence for everything done. Raises SandboxAway."""
    administrator = queries.member_by_email(known.ADMINISTRATOR[0])
    if administrator is None:
        administrator = _workspace()
        yield f"The workspace “{known.WORKSPACE}” and its administrator."
    sandbox.wait(PATIENCE_SECONDS)
    _open_hubspot(sandbox)
    for shop in known.SHOPS:
        account = db.session.scalar(select(Account).where(Account.channel_id == shop.channel_id))
        if account is None:
            account = _connect(shop, administrator)
            yield f"The LINE Official Account {account.name}."
        elif _move(sandbox, account, administrator):
            yield f"The pictures and the webhook of {account.name} follow the sandbox to its new address."
        if shop.liff_id and _open_liff(sandbox, shop, shop.liff_id, account, administrator):
            yield f"The LIFF app of {account.name}, by which shared links know who taps them."
        if not _has_friends(account):
            count = _befriend(sandbox, shop, account, administrator)
            yield f"{count} friends of {account.name}, with ten weeks of history."
        if made := make_segments(shop, account, Actor.of_member(administrator)):
            db.session.commit()
            yield f"Segments of {account.name}: {made}."
        if made := make_rich_menus(shop, account, Actor.of_member(administrator)):
            yield f"Rich menus of {account.name}: {made}."
        if made := make_auto_messages(shop, account, Actor.of_member(administrator)):
            yield f"Auto Send Messages of {account.name}: {made}."
        yield from make_canned_replies(shop, account, Actor.of_member(administrator))
        if made := make_message_parts(shop, account, Actor.of_member(administrator)):
            yield f"Message Items of {account.name}: {made}."
        yield from make_messages(sandbox, shop, account, administrator)
        yield from make_conversations(sandbox, shop, account, Actor.of_member(administrator))
        if made := make_qr_codes(sandbox, shop, account, Actor.of_member(administrator)):
            yield f"A QR Code of {account.name}, which {made} people scanned."
        yield from make_broadcasts(sandbox, shop, account, Actor.of_member(administrator))
        yield from make_workflows(sandbox, shop, account, Actor.of_member(administrator))
        yield from make_contacts(sandbox, shop, account, Actor.of_member(administrator))
    if queries.member_by_email(known.STAFF[0]) is None:
        yield f"The member {_staff().name}, who works in the bakery and sees nothing else."


def _workspace() -> Member:
    email, name = known.ADMINISTRATOR
    administrator = setup.create_administrator(email=email, name=name, password=known.PASSWORD, actor=SYSTEM)
    actor = Actor.of_member(administrator)
    workspace.change_workspace(name=known.WORKSPACE, time_zone=known.TIME_ZONE, language="en", actor=actor)
    db.session.commit()
    return administrator


def _open_hubspot(sandbox: Sandbox) -> None:
    """Register the present address of approvals with the app at HubSpot; data of an older sandbox have no such app."""
    app = hubspot_settings.app
    with suppress(HTTPError):
        if app is not None:
            sandbox.open_hubspot(app.app_id, hubspot_settings.redirect_uri)


def _connect(shop: known.Shop, administrator: Member) -> Account:
    proof, actor = connecting.prove_token(shop.token, shop.secret), Actor.of_member(administrator)
    account = connecting.connect(proof, actor=actor)
    db.session.commit()
    operations.set_up(account, actor=actor)
    # A pasted token does not tell its channel everywhere; the next seeding finds the account by it.
    account.channel_id = shop.channel_id
    db.session.commit()
    return account


def _move(sandbox: Sandbox, account: Account, administrator: Member) -> bool:
    """`make run` with another PORT moves the sandbox, and with it the pictures it draws and where webhooks go."""
    drawn = Friend.picture_url.contains("/_sandbox/"), ~Friend.picture_url.startswith(f"{sandbox.url}/")
    new = func.regexp_replace(Friend.picture_url, "^https?://[^/]+", sandbox.url)
    moving = update(Friend).where(Friend.account_id == account.id, *drawn).values(picture_url=new).returning(Friend.id)
    moved = db.session.execute(moving.execution_options(synchronize_session=False)).first() is not None
    db.session.commit()
    if moved and account.is_connected:
        operations.set_up(account, actor=Actor.of_member(administrator))
        db.session.commit()
    return moved


def _open_liff(sandbox: Sandbox, shop: known.Shop, liff_id: str, account: Account, administrator: Member) -> bool:
    """Make the LIFF app, which follows `make run` to another PORT, and store its ID; False where it is stored."""
    sandbox.open_liff(shop.channel_id, liff_id, urls.liff_endpoint())
    if account.liff_id is not None:
        return False
    login = connecting.Login(liff_id.partition("-")[0], None, liff_id)
    connecting.change_login(account, login, actor=Actor.of_member(administrator))
    db.session.commit()
    return True


def _has_friends(account: Account) -> bool:
    return db.session.scalar(select(Friend.id).where(Friend.account_id == account.id).limit(1)) is not None


def _befriend(sandbox: Sandbox, shop: known.Shop, account: Account, administrator: Member) -> int:
    """In one transaction, so that a story is told whole or not at all."""
    people = sandbox.people(shop.channel_id, shop.friends)
    story = lives(people, shop.tags, _local_now(), shop.channel_id)
    tell(account, story, shop.tags, Actor.of_member(administrator))
    db.session.commit()
    for life in story:
        if life.has_left:
            sandbox.block(shop.channel_id, life.person.user_id)
    return len(story)


def _local_now() -> datetime:
    return now().astimezone(ZoneInfo(known.TIME_ZONE))


def _staff() -> Member:
    """An ordinary member as an accepted invitation would leave them."""
    email, name = known.STAFF
    bakery = select(Account.id).where(Account.channel_id == known.BAKERY.channel_id)
    member = Member(
        email=email,
        name=name,
        state=MemberState.ACTIVE,
        permissions=sorted([Permission.FRIENDS, Permission.TAGS]),
        account_ids=list(db.session.scalars(bakery)),
        password_hash=passwords.hashed(known.PASSWORD),
    )
    db.session.add(member)
    db.session.commit()
    return member
