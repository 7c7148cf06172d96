"""Objects in a bucket of Amazon S3 or a compatible service; the only place that speaks to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import boto3
import structlog
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from app.media.storage.base import PIECE, MissingBlob, StorageAway

log = structlog.get_logger(__name__)
_MISSING = {"NoSuchKey", "404", "NotFound"}


@dataclass(frozen=True)
class Bucket:
    """Where and as whom; an empty endpoint is Amazon's, an empty key takes what the machine's role gives."""

    name: str
    endpoint: str = ""
    region: str = "us-east-1"
    key: str = ""
    secret: str = ""


class S3Storage:
    """Blobs as objects below `media/`, spread by the first letters of their random names."""

    name = "s3"

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self._lock = threading.Lock()
        self._made: Any = None

    def put(self, key: str, content: IO[bytes], media_type: str) -> None:
        """Store the object in one request; S3 shows it when all of it has arrived."""
        content.seek(0)
        with _storage_errors():
            self._client().put_object(
                Bucket=self.bucket.name, Key=_name(key), Body=content, ContentType=media_type, CacheControl="private"
            )

    def open(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """These bytes in pieces, as they come from the service."""
        wanted = f"bytes={start}-{start + length - 1}"
        with _storage_errors():
            found = self._client().get_object(Bucket=self.bucket.name, Key=_name(key), Range=wanted)
        return _pieces(found["Body"])

    def delete(self, key: str) -> None:
        """Remove the object."""
        with _storage_errors():
            self._client().delete_object(Bucket=self.bucket.name, Key=_name(key))

    def _client(self) -> Any:
        """One client a process, since it keeps connections; made on first use, after the web server has forked."""
        with self._lock:
            if self._made is None:
                self._made = _connect(self.bucket)
            return self._made


def _connect(bucket: Bucket) -> Any:
    # Checksums beyond S3's first version, and a bucket as part of the host name, are not known everywhere.
    config = ClientConfig(
        connect_timeout=5,
        read_timeout=20,
        retries={"mode": "standard", "max_attempts": 3},
        max_pool_connections=32,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if bucket.endpoint else "auto"},
    )
    return boto3.session.Session().client(
        "s3",
        endpoint_url=bucket.endpoint or None,
        region_name=bucket.region,
        aws_access_key_id=bucket.key or None,
        aws_secret_access_key=bucket.secret or None,
        config=config,
    )


def _name(key: str) -> str:
    return f"media/{key[:2]}/{key}"


def _pieces(body: Any) -> Iterator[bytes]:
    try:
        while piece := body.read(PIECE):
            yield piece
    except (BotoCoreError, HTTPError) as error:
        # Headers are sent; ending early tells the client that the file is not complete.
        log.error("media.s3_broke_off", error=type(error).__name__)
        raise StorageAway from error
    finally:
        body.close()


@contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _MISSING:
            raise MissingBlob from error
        log.error("media.s3_refused", code=code)
        raise StorageAway from error
    except BotoCoreError as error:
        log.error("media.s3_away", error=type(error).__name__)
        raise StorageAway from error
