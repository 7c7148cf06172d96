"""Addresses of stored files as messages carry them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import Text, _l
from app.line.gateway.urls import urls
from app.media.addresses import download_page, public_url
from app.media.models import MediaFile
from app.media.storage.stores import stores
from app.messages.content.building import MediaLinks

NOT_HTTPS = _l(
    "LINE fetches images, videos and sound from https addresses only. Set PUBLIC_URL to the public https address of"
    " this installation and restart."
)


def media_links(account_id: int, file_ids: Collection[int], *, lenders: Collection[int] = ()) -> dict[int, MediaLinks]:
    """Return the links of these public files of the account, and of accounts that lend it theirs, by id.

    Others are left out. They begin with PUBLIC_URL, never with the host of a request.
    """
    if not file_ids:
        return {}
    owners = {account_id, *lenders}
    mine = (MediaFile.account_id.in_(owners), MediaFile.id.in_(file_ids), MediaFile.public_key.is_not(None))
    return {file.id: _links(file) for file in db.session.scalars(select(MediaFile).where(*mine))}


def gifs_among(account_id: int, file_ids: Collection[int]) -> list[str]:
    """Return the names of those of these files of the account that are GIFs."""
    if not file_ids:
        return []
    mine = (MediaFile.account_id == account_id, MediaFile.id.in_(file_ids), MediaFile.media_type == "image/gif")
    return list(db.session.scalars(select(MediaFile.name).where(*mine).order_by(MediaFile.id)))


def why_unreachable() -> Text | None:
    """Return why LINE cannot fetch files of this installation; None where it can. A stand-in for LINE takes http."""
    return NOT_HTTPS if urls.is_line and not stores.public_url.startswith("https://") else None


def _links(file: MediaFile) -> MediaLinks:
    address = public_url(file) or ""
    return MediaLinks(
        file.kind, address, file.width, file.height, file.duration, file.media_type, download_page(file) or ""
    )
