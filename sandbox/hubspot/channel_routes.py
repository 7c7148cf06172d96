"""The wire of custom channels: channels by their developer, accounts and connect tokens by a portal's grant."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.hubspot import capabilities, errors
from sandbox.hubspot.channels import UPDATED, Channels, channel_drawn
from sandbox.hubspot.developer import developer_route
from sandbox.hubspot.drawing import sealed, unsealed
from sandbox.hubspot.envelope import DATED, Call, Rules, answer, api_route
from sandbox.hubspot.inbox_state import ChannelAccount, CustomChannel, StagingToken
from sandbox.hubspot.values import iso

ROOTS = (f"/conversations/custom-channels/{DATED}", "/conversations/v3/custom-channels")
CHANNEL = "/{channel_id:[0-9]+}"
READ = Rules(("conversations.custom_channels.read",), automation=True)
WRITE = Rules(("conversations.custom_channels.write",), automation=True)
FIELDS = {
    "name": "name", "webhookUrl": "webhook_url", "channelAccountConnectionRedirectUrl": "redirect_url",
    "channelDescription": "description", "channelLogoUrl": "logo_url",
}  # fmt: skip
MOST = 100


def add_routes(app: web.Application) -> None:
    """Serve channels and their accounts."""
    for method, tail, developers in (
        ("GET", "", listed),
        ("POST", "", create),
        ("GET", CHANNEL, read),
        ("PATCH", CHANNEL, update),
        ("DELETE", CHANNEL, archive),
    ):
        developer_route(app, method, [f"{root}{tail}" for root in ROOTS], developers)
    accounts, tokens = f"{CHANNEL}/channel-accounts", f"{CHANNEL}/channel-account-staging-tokens/{{token}}"
    for method, tail, handler, rules in (
        ("GET", accounts, list_accounts, READ),
        ("POST", accounts, create_account, WRITE),
        ("GET", f"{accounts}/{{account_id}}", read_account, READ),
        ("PATCH", f"{accounts}/{{account_id}}", update_account, WRITE),
        ("PATCH", tokens, update_token, WRITE),
    ):
        paths, named = [f"{root}{tail}" for root in ROOTS], f"{ROOTS[0]}{tail}".replace(":[0-9]+", "")
        api_route(app, method, paths, handler, rules, named=named)


def _page(call: Call, rows: list[dict[str, Any]]) -> web.Response:
    limit, after = call.limit(MOST, MOST), unsealed(call.query.get("after"))
    body: dict[str, Any] = {"results": rows[after : after + limit]}
    if after + limit < len(rows):
        body["paging"] = {"next": {"after": sealed(after + limit)}}
    return answer(body)


async def listed(call: Call) -> web.Response:
    return _page(call, [channel_drawn(channel) for channel in call.app.channels.values()])


async def create(call: Call) -> web.Response:
    """Register a channel; a second one of the same name is another channel, as at HubSpot."""
    body = call.json((*FIELDS, "capabilities"))
    if not body.get("name"):
        raise errors.missing_field("name")
    checked = capabilities.check(body.get("capabilities"))
    number = str(int(call.app.app_id) % 1_000_000 * 100 + len(call.app.channels) + 1)
    made = CustomChannel(number, str(body["name"]), checked, call.hubspot.now_ms())
    _fill(made, body)
    call.app.channels[made.id] = made
    call.hubspot.touch()
    return answer(channel_drawn(made), 201)


def _fill(channel: CustomChannel, body: dict[str, Any]) -> None:
    for name, field in FIELDS.items():
        if name in body:
            value = str(body[name] or "")
            if name.endswith("Url") and value and not value.startswith(("https://", "http://")):
                raise errors.invalid(f"{name} must be a web address.")
            setattr(channel, field, value)


def _channel(call: Call) -> CustomChannel:
    found = call.app.channels.get(call.parameter("channel_id"))
    if found is None:
        raise errors.not_found("The channel does not exist.")
    return found


async def read(call: Call) -> web.Response:
    return answer(channel_drawn(_channel(call)))


async def update(call: Call) -> web.Response:
    found, body = _channel(call), call.json((*FIELDS, "capabilities"))
    if "capabilities" in body:
        found.capabilities = capabilities.check(body["capabilities"])
    _fill(found, body)
    call.hubspot.touch()
    return answer(channel_drawn(found))


async def archive(call: Call) -> web.Response:
    del call.app.channels[_channel(call).id]
    call.hubspot.touch()
    return answer(status=204)


async def list_accounts(call: Call) -> web.Response:
    """Return accounts of the channel, of some delivery identifiers if asked; purged ones only by `archived`."""
    channel, archived = _channel(call), call.query.get("archived") == "true"
    wanted = set(call.query.getall("deliveryIdentifierValue", []))
    found = [
        account
        for account in call.portal.inbox.accounts.values()
        if account.channel_id == channel.id
        and (account.archived_at is not None) == archived
        and (not wanted or (account.identifier or {}).get("value") in wanted)
    ]
    return _page(call, [Channels.account_drawn(account) for account in found])


async def create_account(call: Call) -> web.Response:
    body, channel = call.json(("authorized", "inboxId", "name", "deliveryIdentifier")), _channel(call)
    for name in ("authorized", "inboxId", "name"):
        if name not in body:
            raise errors.missing_field(name)
    if call.portal.inbox.room(str(body["inboxId"])) is None:
        raise errors.invalid("The inbox does not exist.")
    identifier = _identifier(call, channel, body.get("deliveryIdentifier"))
    made = call.hubspot.channels.connect(call.portal, channel.id, str(body["inboxId"]), str(body["name"]), identifier)
    made.authorized = bool(body["authorized"])
    return answer(Channels.account_drawn(made), 201)


def _identifier(call: Call, channel: CustomChannel, given: Any) -> dict[str, str] | None:
    """Return the delivery identifier; raises for one of another type, and for one that is connected already."""
    if given is None:
        return None
    if not isinstance(given, dict) or not given.get("value"):
        raise errors.missing_field("deliveryIdentifier.value")
    if given.get("type") not in channel.capabilities["deliveryIdentifierTypes"]:
        raise errors.invalid(f"The channel has no delivery identifiers of type {given.get('type')}.")
    if call.hubspot.channels.by_identifier(call.portal, channel.id, given["value"]) is not None:
        raise errors.conflict("A channel account with this delivery identifier exists already.")
    return {"type": str(given["type"]), "value": str(given["value"])}


def _account(call: Call) -> ChannelAccount:
    found = call.portal.inbox.accounts.get(call.parameter("account_id"))
    if found is None or found.channel_id != _channel(call).id:
        raise errors.not_found("The channel account does not exist.")
    return found


async def read_account(call: Call) -> web.Response:
    return answer(Channels.account_drawn(_account(call)))


async def update_account(call: Call) -> web.Response:
    """Rename an account, or say whether it may be used."""
    found, body = _account(call), call.json(("authorized", "name"))
    if found.archived_at is not None:
        raise errors.not_found("The channel account does not exist.")
    if "name" in body:
        found.name = str(body["name"])
    if "authorized" in body:
        found.authorized = bool(body["authorized"])
    call.hubspot.channels.tell_account(call.portal, found, UPDATED)
    return answer(Channels.account_drawn(found))


async def update_token(call: Call) -> web.Response:
    """Describe the account that the token stands for, which connects it."""
    channel, body = _channel(call), call.json(("accountName", "deliveryIdentifier"))
    token = call.portal.inbox.tokens.get(call.parameter("token"))
    if token is None or token.channel_id != channel.id:
        raise errors.not_found("The account token does not exist.")
    if token.is_used:
        raise errors.conflict("The account token was used already.")
    token.identifier = _identifier(call, channel, body.get("deliveryIdentifier"))
    token.account_name = str(body.get("accountName") or channel.name)
    call.hubspot.channels.complete(call.portal, token)
    return answer(token_drawn(token))


def token_drawn(token: StagingToken) -> dict[str, Any]:
    body: dict[str, Any] = {
        "accountToken": token.token,
        "createdAt": iso(token.created_at),
        "genericChannelId": int(token.channel_id),
        "inboxId": int(token.inbox_id),
        "userId": 1,
        "accountName": token.account_name,
    }
    return body | ({"deliveryIdentifier": token.identifier} if token.identifier else {})
