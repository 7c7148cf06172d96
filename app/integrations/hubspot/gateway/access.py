"""What a client needs to know of a connected portal."""

from __future__ import annotations

from typing import Protocol


class Access(Protocol):
    """A portal's grant. Methods are called from other threads and with no transaction open.

    `per_ten_seconds` is what HubSpot allows the app: 110 from the marketplace, else 100, 190 or 250.
    `time_zone` is the portal's, whose midnight ends a daily limit; "" while it is not known.
    """

    portal_id: str
    per_ten_seconds: int
    time_zone: str

    def token(self) -> str:
        """Return an access token that is valid for a while; raises PermanentFailure when there can be none."""

    def renew(self, refused: str) -> str:
        """Return another token than the one that HubSpot refused; raises PermanentFailure when there can be none."""

    def lost(self, code: str) -> None:
        """Store that the connection does not work any more: HubSpot refused a new token as well."""
