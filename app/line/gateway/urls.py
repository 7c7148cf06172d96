"""Base addresses of LINE and of this installation, set once by the factory from the settings."""

from __future__ import annotations

LINE = "https://api.line.me"


class Urls:
    """Base addresses without a trailing slash: `api` for everything, `data` for large bodies, `ours` for webhooks."""

    def __init__(self) -> None:
        self.api = LINE
        self.data = "https://api-data.line.me"
        self.ours = "http://127.0.0.1:8000"

    def use(self, api: str, data: str, ours: str) -> None:
        """Use these hosts from now on, and `ours` for webhooks."""
        self.api, self.data, self.ours = api, data, ours

    @property
    def is_line(self) -> bool:
        """Return whether the host is LINE itself, and not a stand-in that is less strict about addresses."""
        return self.api == LINE

    def webhook_url(self, webhook_key: str) -> str:
        """Return the address that LINE is to send an account's events to."""
        return f"{self.ours}/webhooks/line/{webhook_key}"

    def liff_endpoint(self) -> str:
        """Return the endpoint URL that a LIFF app needs, so that shared links can lead through it."""
        return f"{self.ours}/liff"


urls = Urls()
