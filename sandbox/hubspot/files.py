"""The file manager: uploads, and addresses that are signed for a while."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from sandbox.hubspot.inbox_state import StoredFile
from sandbox.hubspot.state import Portal

if TYPE_CHECKING:
    from sandbox.hubspot.hubspot import HubSpot

OPEN = ("PUBLIC_INDEXABLE", "PUBLIC_NOT_INDEXABLE", "HIDDEN_INDEXABLE", "HIDDEN_NOT_INDEXABLE")
ACCESSES = (*OPEN, "PRIVATE", "HIDDEN_PRIVATE", "HIDDEN_SENSITIVE", "SENSITIVE")
SIGNED_SECONDS = 3600


class Files:
    """Stores files and signs their addresses."""

    def __init__(self, hubspot: HubSpot) -> None:
        self.hubspot = hubspot
        self._key = f"hubspot files {hubspot.seed}".encode()

    def store(
        self, portal: Portal, name: str, content: bytes, content_type: str, access: str, folder: str
    ) -> StoredFile:
        stem, _, extension = name.rpartition(".") if "." in name else (name, "", "")
        encoded = base64.b64encode(content).decode()
        made = StoredFile(
            portal.inbox.next_id(), stem, extension, content_type, encoded, access, folder, self.hubspot.now_ms()
        )
        portal.inbox.files[made.id] = made
        self.hubspot.touch()
        return made

    def same(self, portal: Portal, name: str, content: bytes, folder: str) -> StoredFile | None:
        """Return the file of this name and content that is in the folder already."""
        encoded = base64.b64encode(content).decode()
        for found in portal.inbox.files.values():
            whole = f"{found.name}.{found.extension}" if found.extension else found.name
            if found.archived_at is None and (whole, found.folder, found.encoded) == (name, folder, encoded):
                return found
        return None

    def url(self, portal: Portal, stored: StoredFile, origin: str) -> str:
        """Return the address of a file; private ones answer 403 there."""
        return f"{origin}/hubfs/{portal.portal_id}/{stored.id}"

    def signed_url(
        self, portal: Portal, stored: StoredFile, origin: str, seconds: int = SIGNED_SECONDS
    ) -> tuple[str, int]:
        """Return an address that opens the file to everyone until the moment that is returned with it."""
        until = int(self.hubspot.clock.now()) + seconds
        address = f"{self.url(portal, stored, origin)}?expires={until}&signature={self._sign(portal, stored, until)}"
        return address, until * 1000

    def may_open(self, portal: Portal, stored: StoredFile, expires: str, signature: str) -> bool:
        if stored.access in OPEN:
            return True
        if not expires.isdecimal() or int(expires) < self.hubspot.clock.now():
            return False
        return hmac.compare_digest(self._sign(portal, stored, int(expires)), signature)

    def _sign(self, portal: Portal, stored: StoredFile, until: int) -> str:
        words = f"{portal.portal_id}:{stored.id}:{until}".encode()
        return hmac.new(self._key, words, hashlib.sha256).hexdigest()
