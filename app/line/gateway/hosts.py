"""Where LINE is: its two hosts, or the sandbox, set once by the factory from the settings."""

from __future__ import annotations


class Hosts:
    """Base addresses without a trailing slash: `api` for everything, `data` for large bodies."""

    def __init__(self) -> None:
        self.api = "https://api.line.me"
        self.data = "https://api-data.line.me"

    def use(self, api: str, data: str) -> None:
        """Speak to these hosts from now on."""
        self.api, self.data = api, data


hosts = Hosts()
