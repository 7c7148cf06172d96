"""ID tokens of LINE Login: issued to LIFF pages, signed with a served key, and verified with LINE's refusals."""

import base64
import hashlib
import json
from typing import Any

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from sandbox.line.channels import Channel
from sandbox.line.envelope import WORLD, Call, LineError, new_request_id
from sandbox.line.oauth import INCOMPLETE, oauth_error, oauth_route
from sandbox.line.people import Person
from sandbox.world import World

ISSUER = "https://access.line.me"
LIVES_SECONDS = 3600
CURVE = ec.SECP256R1()
KEY_ID = "sandbox"
# A coordinate of the curve, and each half of a signature.
WIDTH = 32


def add_routes(app: web.Application) -> None:
    """Serve the check of ID tokens and the key that they are signed with."""
    oauth_route(app, "/oauth2/v2.1/verify", verify, _channel_of)
    app.router.add_get("/oauth2/v2.1/certs", certs)


def issue_id_token(world: World, channel: Channel, person: Person, **changed: Any) -> str:
    """Return a token as LINE issues it to the channel's LIFF pages; `changed` replaces claims."""
    issued = int(world.clock.now())
    claims = {
        "iss": ISSUER,
        "sub": person.user_id,
        "aud": channel.login_channel_id,
        "exp": issued + LIVES_SECONDS,
        "iat": issued,
        "amr": ["linesso"],
        "name": person.display_name,
    }
    head = {"typ": "JWT", "alg": "ES256", "kid": KEY_ID}
    signed = f"{_packed(head)}.{_packed({**claims, **changed})}"
    r, s = utils.decode_dss_signature(_key(world).sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"{signed}.{_base64(r.to_bytes(WIDTH) + s.to_bytes(WIDTH))}"


async def verify(call: Call) -> web.Response:
    """Answer with the token's claims, or with LINE's reason why it does not count."""
    form = {name: str(value) for name, value in (await call.request.post()).items()}
    claims = _opened(call.world, form["id_token"])
    refused = (
        (claims.get("iss") != ISSUER, "Invalid IdToken Issuer."),
        (call.now >= float(claims.get("exp", 0)), "IdToken expired."),
        (claims.get("aud") != form["client_id"], "Invalid IdToken Audience."),
        ("nonce" in form and claims.get("nonce") != form["nonce"], "Invalid IdToken Nonce."),
        ("user_id" in form and claims.get("sub") != form["user_id"], "Invalid IdToken Subject Identifier."),
    )
    for is_wrong, reason in refused:
        if is_wrong:
            raise oauth_error("invalid_request", reason)
    return call.answer(claims)


async def certs(request: web.Request) -> web.Response:
    """Answer with the public key, as a set of JSON Web Keys."""
    numbers = _key(request.app[WORLD]).public_key().public_numbers()
    place = {"x": _base64(numbers.x.to_bytes(WIDTH)), "y": _base64(numbers.y.to_bytes(WIDTH))}
    key = {"kty": "EC", "alg": "ES256", "use": "sig", "kid": KEY_ID, "crv": "P-256", **place}
    return web.json_response({"keys": [key]}, headers={"x-line-request-id": new_request_id()})


def _channel_of(world: World, form: dict[str, str]) -> Channel:
    """Return the account that the LINE Login channel stands beside."""
    if not {"id_token", "client_id"} <= form.keys():
        raise oauth_error("invalid_request", INCOMPLETE)
    for channel in world.channels.values():
        if channel.login_channel_id == form["client_id"]:
            return channel
    raise oauth_error("invalid_request", "Invalid IdToken Audience.")


def _opened(world: World, token: str) -> dict[str, Any]:
    """Return the claims of a token that is signed with our key."""
    try:
        signed, _dot, signature = token.rpartition(".")
        head, claims = (json.loads(_bytes(part)) for part in signed.split("."))
        raw = _bytes(signature)
        halves = (int.from_bytes(raw[:WIDTH]), int.from_bytes(raw[WIDTH:]))
        encoded = utils.encode_dss_signature(*halves)
        _key(world).public_key().verify(encoded, signed.encode(), ec.ECDSA(SHA256()))
    except (ValueError, InvalidSignature) as error:
        raise _invalid() from error
    if head.get("alg") != "ES256" or len(raw) != 2 * WIDTH:
        raise _invalid()
    return dict(claims)


def _invalid() -> LineError:
    return oauth_error("invalid_request", "Invalid IdToken.")


def _key(world: World) -> ec.EllipticCurvePrivateKey:
    """Return the key, which is the same for each run with the same seed."""
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(b"id tokens" + world.key).digest()), CURVE)


def _packed(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
