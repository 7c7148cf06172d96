"""The trigger of a clicked link: any tracked one, those of certain messages, or those that lead to one address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import Text, _, _l
from app.messages.auto.models import AutoMessage
from app.messages.broadcasts.models import Broadcast
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import TRIGGERS, NodeCategory, NodeProblem, TriggerNodeKind
from app.workflows.models import Workflow

LINK_CLICKED = "link_clicked"


class LinkOf(StrEnum):
    """Which links are meant: ANY, those to an ADDRESS, or those of a BROADCAST, an AUTO_MESSAGE or a WORKFLOW."""

    ANY = "any"
    ADDRESS = "address"
    BROADCAST = "broadcast"
    AUTO_MESSAGE = "auto_message"
    WORKFLOW = "workflow"


LINKS_OF: dict[str, Text] = {
    LinkOf.ANY: _l("Any link that is tracked"),
    LinkOf.ADDRESS: _l("Links to one address"),
    LinkOf.BROADCAST: _l("Links of a broadcast"),
    LinkOf.AUTO_MESSAGE: _l("Links of an Auto Send Message"),
    LinkOf.WORKFLOW: _l("Links in messages of a workflow"),
}


class AddressMatch(StrEnum):
    """How an address is compared: all of it, or its beginning."""

    EQUALS = "equals"
    STARTS_WITH = "starts_with"


ADDRESS_MATCHES: dict[str, Text] = {AddressMatch.EQUALS: _l("equals"), AddressMatch.STARTS_WITH: _l("starts with")}


def plain_address(address: str) -> str:
    """Return an address as addresses are compared: without UTM parameters, and scheme and host in small letters."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return address.strip()
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not pair[0].startswith("utm_")]
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", urlencode(query), parts.fragment))


def _is_wanted(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    place = str(data.get("account_id"))
    match settings.get("of"):
        case LinkOf.ANY:
            return True
        case LinkOf.ADDRESS:
            return _fits_address(settings, str(data.get("url", "")))
        case LinkOf.BROADCAST:
            return data.get("broadcast_id") in ((settings.get("broadcasts") or {}).get(place) or ())
        case LinkOf.AUTO_MESSAGE:
            wanted = (settings.get("messages") or {}).get(place)
            return wanted is not None and data.get("auto_message_id") == wanted
        case LinkOf.WORKFLOW:
            is_step = settings.get("from_node") in (None, "", data.get("by_node"))
            return data.get("by_workflow") == settings.get("from_workflow") and is_step
    return False


def _fits_address(settings: Mapping[str, Any], url: str) -> bool:
    wanted, clicked = plain_address(str(settings.get("address", ""))), plain_address(url)
    if settings.get("match") == AddressMatch.STARTS_WITH:
        return clicked.startswith(wanted)
    return clicked == wanted


def _check(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    of = node.settings.get("of")
    if of not in LINKS_OF:
        yield NodeProblem(_l("Choose which links are meant."), "of")
    elif of == LinkOf.ADDRESS:
        yield from _check_address(node.settings)
    elif of == LinkOf.BROADCAST:
        yield from _check_broadcasts(node.settings.get("broadcasts") or {}, account_ids)
    elif of == LinkOf.AUTO_MESSAGE:
        yield from _check_messages(node.settings.get("messages") or {}, account_ids)
    elif of == LinkOf.WORKFLOW and db.session.get(Workflow, node.settings.get("from_workflow") or 0) is None:
        yield NodeProblem(_l("Choose the workflow. The one of this trigger may have been deleted."), "from_workflow")


def _check_address(settings: Mapping[str, Any]) -> Iterable[NodeProblem]:
    if not plain_address(str(settings.get("address") or "")).startswith(("http://", "https://")):
        yield NodeProblem(_l("Enter an address that begins with https://."), "address")
    if settings.get("match") not in ADDRESS_MATCHES:
        yield NodeProblem(_l("Choose how the address is compared."), "match")


def _check_broadcasts(chosen: Mapping[str, Any], account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    for account_id in account_ids:
        ids = set(chosen.get(str(account_id)) or ())
        there = select(Broadcast.id).where(Broadcast.account_id == account_id, Broadcast.id.in_(ids))
        if not ids:
            yield NodeProblem(_l("Choose the broadcast."), "broadcasts")
        elif set(db.session.scalars(there)) != ids:
            yield NodeProblem(_l("A broadcast of this trigger was deleted. Choose another one."), "broadcasts")


def _check_messages(chosen: Mapping[str, Any], account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    for account_id in account_ids:
        wanted = chosen.get(str(account_id))
        there = select(AutoMessage.id).where(AutoMessage.account_id == account_id, AutoMessage.id == wanted)
        if not wanted:
            yield NodeProblem(_l("Choose the Auto Send Message."), "messages")
        elif db.session.scalar(there) is None:
            yield NodeProblem(_l("The Auto Send Message of this trigger was deleted. Choose another one."), "messages")


def _summary(node: Node) -> Text:
    if node.settings.get("of") == LinkOf.ADDRESS:
        address = node.settings.get("address")
        return _("When a link to %(address)s is clicked", address=address) if address else _("No address yet")
    return LINKS_OF.get(str(node.settings.get("of")), "")


TRIGGERS.add(
    LINK_CLICKED,
    TriggerNodeKind(
        name=LINK_CLICKED,
        label=_l("Link clicked"),
        about=_l("When a friend opens a link that was sent to them"),
        also=_l("URL click tap"),
        rank=2,
        category=NodeCategory.AUTOMATION,
        icon="link",
        matches=_is_wanted,
        check=_check,
        summary=_summary,
        tells=lambda _node: {"url": _l("Address of the link")},
    ),
)
