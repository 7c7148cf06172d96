"""HubSpot's official client over our pool of connections and with our time limits: it has neither.

`transport` loads it with the first call, so that processes start sooner.
"""

from __future__ import annotations

from typing import Any

import requests
from hubspot import HubSpot
from hubspot.utils.requests.http_request_builder import Request
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

Failure = requests.exceptions.RequestException


class PooledClient(HubSpot):  # type: ignore[misc]
    """The client of this process for one host; a call brings its token along as the option `access_token`."""

    def __init__(self, host: str, connections: int) -> None:
        super().__init__(base_url=host, user_agent="Tomoru")
        self._session = requests.Session()
        # Settings of the machine may name a proxy or other credentials.
        self._session.trust_env = False
        self._session.cookies.set_policy(_NoCookies())
        adapter = HTTPAdapter(pool_connections=2, pool_maxsize=connections, max_retries=0)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, adapter)

    def api_request(self, options: dict[str, Any]) -> requests.Response:
        """Make one request, without redirects and without a second try."""
        own = {name: options.get(name) for name in ("access_token", "api_key")}
        request = Request(self.config | own, options)
        return self._session.request(
            request.get_method(),
            request.get_url(),
            timeout=options["timeout"],
            allow_redirects=False,
            **request.get_options_for_sending(),
        )


class _NoCookies(requests.cookies.cookielib.DefaultCookiePolicy):  # type: ignore[misc, name-defined]
    """Keep no cookies: several portals share the connections."""

    def set_ok(self, cookie: Any, request: Any) -> bool:
        del cookie, request
        return False


def is_slow(error: Exception) -> bool:
    """Return whether a time limit was over."""
    return isinstance(error, requests.exceptions.Timeout)


def never_left(error: Exception) -> bool:
    """Return whether no byte of the request was written."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.exceptions.ConnectionError) and isinstance(reason, NewConnectionError)
