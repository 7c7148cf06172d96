"""ID tokens of LINE Login: proof of who has a page open inside of LINE."""

from __future__ import annotations

from typing import Any

from app.core import lenient_json
from app.core.clock import now
from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway.transport import ask, messaging_client
from app.line.gateway.urls import urls
from app.line.identifiers import USER_ID

PATH = "/oauth2/v2.1/verify"
ISSUER = "https://access.line.me"
REFUSED = "line.id_token_refused"


def user_of(id_token: str, channel_id: str) -> str:
    """Return the LINE user ID that LINE says a token is of, issued to this LINE Login channel and not yet run out.

    Raises PermanentFailure `line.id_token_refused` for every other token, RetryLater while LINE cannot be asked.
    """
    try:
        body = ask(_verify, id_token, channel_id).body
    except PermanentFailure as error:
        raise PermanentFailure(REFUSED) from error
    user_id, ends = lenient_json.text(body, "sub"), lenient_json.number(body, "exp")
    if user_id is None or ends is None:
        raise RetryLater("line.unreadable", after=60)
    # LINE checks the same; a token for another channel must not pass here even if it should err.
    is_ours = lenient_json.text(body, "iss") == ISSUER and lenient_json.text(body, "aud") == channel_id
    if not is_ours or ends <= now().timestamp() or not USER_ID.fullmatch(user_id):
        raise PermanentFailure(REFUSED)
    return user_id


def _verify(id_token: str, channel_id: str, **options: Any) -> Any:
    """Make the call, which the SDK has no method for; `ask` takes it like one."""
    form = [("id_token", id_token), ("client_id", channel_id)]
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    client = messaging_client(urls.api)
    return client.call_api(
        PATH, "POST", header_params=headers, post_params=form, response_types_map={"200": "object"}, **options
    )
