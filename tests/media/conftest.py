"""What the tests of media share: an account, storages of one test alone, and uploads as a browser sends them."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from flask import Flask
from moto.server import ThreadedMotoServer
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.core.db import db
from app.line.models import Account
from app.media.models import MediaBlob
from app.media.storage.disk import DiskStorage
from app.media.storage.s3 import Bucket, S3Storage
from app.media.storage.stores import stores
from tests.factories import line as factory
from tests.support.client import CheckingClient


@pytest.fixture
def account(app: Flask) -> Account:
    return factory.account(name="Coffee")


@pytest.fixture(autouse=True)
def disk(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DiskStorage]:
    """The disk as the storage, in a directory of this test alone."""
    storage = DiskStorage(tmp_path / "media")
    monkeypatch.setattr(stores, "current", storage)
    monkeypatch.setitem(stores._by_name, "disk", storage)
    return storage


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _host, port = server.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server: str) -> S3Storage:
    bucket = Bucket(f"pictures-{secrets.token_hex(4)}", s3_server, "ap-northeast-1", "key", "secret")
    client = boto3.client(
        "s3", endpoint_url=s3_server, region_name=bucket.region, aws_access_key_id="key", aws_secret_access_key="secret"
    )
    client.create_bucket(Bucket=bucket.name, CreateBucketConfiguration={"LocationConstraint": bucket.region})
    return S3Storage(bucket)


def send(
    client: CheckingClient, account: Account, content: bytes, name: str = "picture.png", **fields: str
) -> TestResponse:
    """Upload a file as upload.js does; fields come before the file."""
    headers = {"HX-Request": "true"} if fields.pop("accept", "") != "json" else {"Accept": "application/json"}
    data = {**fields, "file": (io.BytesIO(content), name)}
    path = f"/accounts/{account.id}/media"
    return client.open(path, method="POST", data=data, content_type="multipart/form-data", headers=headers)


def files_on(disk: DiskStorage) -> list[str]:
    """Names of everything that lies in the storage, finished or not."""
    return sorted(path.name for path in disk.root.rglob("*") if path.is_file())


def blobs() -> int:
    """Rows of bytes, in whatever state."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(MediaBlob)) or 0
