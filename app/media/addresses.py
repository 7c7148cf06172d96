"""Public addresses of files, for LINE and for browsers without a session."""

from __future__ import annotations

from app.media.models import MediaFile
from app.media.storage.stores import stores


def download_page(file: MediaFile) -> str | None:
    """Where anyone who knows the address finds a page from which the file is downloaded; None for one of members."""
    return f"{stores.public_url}/files/{file.public_key}" if file.public_key else None


def public_url(file: MediaFile) -> str | None:
    """Where anyone gets the file; with `/240`, `/300`, `/460`, `/700` or `/1040` behind it, an image in that width.

    It is made from PUBLIC_URL, never from the host of a request. None for files that are not public.
    """
    return f"{stores.public_url}/media/{file.public_key}" if file.public_key else None
