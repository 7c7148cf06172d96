"""Files of a portal: private ones are put in, and read at an address that is signed for a while."""

from __future__ import annotations

import asyncio
import json
from typing import NamedTuple

import aiohttp
from yarl import URL

from app.core import lenient_json
from app.core.errors import RetryLater
from app.core.outgoing.networks import AddressNotAllowed, guarded_socket
from app.integrations.hubspot.gateway import paths
from app.integrations.hubspot.gateway.requests import FormPart, HubSpotRequest
from app.integrations.hubspot.gateway.urls import urls

# The same picture in the same folder is the file that is there: an upload may be repeated.
_OPTIONS = {
    "access": "PRIVATE",
    "overwrite": False,
    "duplicateValidationStrategy": "RETURN_EXISTING",
    "duplicateValidationScope": "EXACT_FOLDER",
}


def upload(folder: str, name: str, content: bytes, content_type: str) -> HubSpotRequest[str]:
    """Put in a file that only people of the portal see; returns its id. For the asynchronous client."""
    form = (
        FormPart("file", content, name, content_type),
        FormPart("options", json.dumps(_OPTIONS)),
        FormPart("folderPath", folder),
        FormPart("fileName", name),
    )
    return HubSpotRequest("POST", paths.files(), lambda body: lenient_json.id_text(body, "id"), form=form)


def signed_url(file_id: str) -> HubSpotRequest[str]:
    """Read an address at which the file opens for a while."""
    path = paths.files(file_id, "signed-url")
    return HubSpotRequest("GET", path, lambda body: lenient_json.text(body, "url") or "", {"expirationSeconds": 600})


class DownloadRefused(Exception):
    """The file is not there any more, or larger than asked for, where `is_too_large`."""

    def __init__(self, *, is_too_large: bool = False) -> None:
        super().__init__(is_too_large)
        self.is_too_large = is_too_large


class Downloaded(NamedTuple):
    """A file's bytes and type."""

    content: bytes
    content_type: str


def download(url: str, most: int) -> Downloaded:
    """Read a file at an address that HubSpot has signed; no transaction may be open.

    Raises RetryLater, and DownloadRefused. The address may lead to public hosts, and to the one of HubSpot's API.
    """
    return asyncio.run(_download(url, most))


async def _download(url: str, most: int) -> Downloaded:
    is_encrypted = url.startswith("https:")
    guard = None if url.startswith(f"{urls.api}/") else guarded_socket(is_encrypted=is_encrypted)
    connector = aiohttp.TCPConnector(limit=1, socket_factory=guard)
    timeout = aiohttp.ClientTimeout(total=60, sock_connect=5, sock_read=15)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False) as session,
            session.get(URL(url, encoded=True), max_redirects=3) as answer,
        ):
            if answer.status >= 500 or answer.status == 429:
                raise RetryLater("hubspot.unavailable", after=5)
            if answer.status != 200:
                raise DownloadRefused
            return Downloaded(await _up_to(answer.content, most), answer.content_type)
    except (AddressNotAllowed, aiohttp.InvalidURL, aiohttp.TooManyRedirects, ValueError) as error:
        raise DownloadRefused from error
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, AddressNotAllowed):
            raise DownloadRefused from error
        raise RetryLater("hubspot.unreachable", after=5) from error
    except TimeoutError as error:
        raise RetryLater("hubspot.timeout", after=5) from error
    except (aiohttp.ClientError, OSError) as error:
        raise RetryLater("hubspot.unreachable", after=5) from error


async def _up_to(content: aiohttp.StreamReader, most: int) -> bytes:
    body = bytearray()
    async for piece in content.iter_chunked(64 * 1024):
        body += piece
        if len(body) > most:
            raise DownloadRefused(is_too_large=True)
    return bytes(body)
