"""Both storages keep bytes, give parts of them, and say what is missing; S3 is a real server of another program."""

from __future__ import annotations

import io
import os
import socket
from pathlib import Path

import pytest

from app.core.config import Config, WrongSetting
from app.media.storage.base import MissingBlob, Storage, StorageAway
from app.media.storage.disk import DiskStorage
from app.media.storage.s3 import Bucket, S3Storage
from app.media.storage.stores import Stores
from tests.support.processes import ROOT

CONTENT = bytes(range(256)) * 5_000


@pytest.fixture(params=["disk", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "s3":
        found: Storage = request.getfixturevalue("s3")
        return found
    return DiskStorage(tmp_path / "blobs")


def read(storage: Storage, key: str, start: int = 0, length: int = len(CONTENT)) -> bytes:
    return b"".join(storage.open(key, start, length))


def test_what_is_stored_comes_back_whole_and_in_parts(storage: Storage) -> None:
    content = io.BytesIO(CONTENT)
    content.seek(100)
    storage.put("abcdef", content, "image/png")
    assert read(storage, "abcdef") == CONTENT
    assert read(storage, "abcdef", 1_000, 700_000) == CONTENT[1_000:701_000]
    assert read(storage, "abcdef", len(CONTENT) - 1, 1) == CONTENT[-1:]


def test_what_is_deleted_is_missing_and_deleting_again_is_fine(storage: Storage) -> None:
    storage.put("abcdef", io.BytesIO(CONTENT), "image/png")
    storage.delete("abcdef")
    storage.delete("abcdef")
    with pytest.raises(MissingBlob):
        storage.open("abcdef", 0, 10)


def test_a_storage_that_is_away_says_so(s3: S3Storage, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    away = S3Storage(Bucket("pictures", f"http://127.0.0.1:{port}", "us-east-1", "key", "secret"))
    with pytest.raises(StorageAway):
        away.open("abcdef", 0, 10)
    with pytest.raises(StorageAway):
        S3Storage(Bucket("nobodys", s3.bucket.endpoint, "us-east-1", "key", "secret")).put(
            "abcdef", io.BytesIO(b"x"), "image/png"
        )
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(StorageAway):
        DiskStorage(tmp_path / "file").put("abcdef", io.BytesIO(b"x"), "image/png")


def test_nothing_of_a_broken_write_is_seen_and_deleting_removes_it(tmp_path: Path) -> None:
    class Breaking(io.BytesIO):
        def read(self, *_: object) -> bytes:
            if self.tell():
                raise OSError(28, os.strerror(28))
            return super().read(10)

    storage = DiskStorage(tmp_path)
    with pytest.raises(OSError, match="No space"):
        storage.put("abcdef", Breaking(b"x" * 100), "image/png")
    assert [path.parent.name for path in tmp_path.rglob("*") if path.is_file()] == ["incoming"]
    with pytest.raises(MissingBlob):
        storage.open("abcdef", 0, 10)
    storage.delete("abcdef")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def settings(config: Config, **changes: str) -> Config:
    import dataclasses

    return dataclasses.replace(config, **changes)  # type: ignore[arg-type]


def test_the_settings_choose_the_storage_and_old_files_stay_where_they_are(
    config: Config, s3: S3Storage, tmp_path: Path
) -> None:
    stores = Stores()
    stores.use(settings(config, media_dir=str(tmp_path / "here")), ROOT)
    stores.probe()
    stores.current.put("abcdef", io.BytesIO(CONTENT), "image/png")
    s3_settings = {"media_s3_bucket": s3.bucket.name, "media_s3_endpoint": s3.bucket.endpoint}
    s3_settings |= {"media_s3_key": "key", "media_s3_secret": "secret"}
    stores.use(settings(config, media_dir=str(tmp_path / "here"), **s3_settings), ROOT)
    stores.probe()
    assert stores.current.name == "s3"
    assert read(stores.by_name("disk"), "abcdef") == CONTENT
    stores.use(settings(config, media_dir=str(tmp_path / "here")), ROOT)
    with pytest.raises(StorageAway):
        stores.by_name("s3")


def test_half_of_a_key_stops_the_start(config: Config) -> None:
    with pytest.raises(WrongSetting, match="together with MEDIA_S3_KEY"):
        Stores().use(settings(config, media_s3_bucket="pictures", media_s3_key="key"), ROOT)


def test_a_relative_directory_lies_below_the_program(config: Config) -> None:
    stores = Stores()
    stores.use(settings(config, media_dir=".data/media"), Path("/srv/tomoru"))
    assert stores.where == "/srv/tomoru/.data/media"
