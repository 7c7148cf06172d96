"""The storages of this installation: the one that takes new files, and those that still hold earlier ones."""

from __future__ import annotations

import io
import secrets
from pathlib import Path

from app.core.config import Config, WrongSetting
from app.media.storage.base import Storage, StorageAway
from app.media.storage.disk import DiskStorage
from app.media.storage.s3 import Bucket, S3Storage

MEGABYTE = 1024 * 1024
PROBE = b"Tomoru can store files here."


class Stores:
    """Set once by the factory; `quota` and `reserve` are bytes, `public_url` is where public files are reached."""

    def __init__(self) -> None:
        self.current: Storage = DiskStorage(Path())
        self._by_name: dict[str, Storage] = {}
        self.quota = self.reserve = self.orphan_hours = 0
        self.public_url = ""

    def use(self, config: Config, root: Path) -> None:
        """Configure the storages; relative directories are below `root`."""
        disk = DiskStorage(root / Path(config.media_dir).expanduser())
        self._by_name = {disk.name: disk}
        self.current = disk
        if config.media_s3_bucket:
            self.current = self._by_name[S3Storage.name] = S3Storage(_bucket(config))
        self.quota, self.reserve = config.media_quota_mb * MEGABYTE, config.media_reserve_mb * MEGABYTE
        self.orphan_hours = config.media_orphan_hours
        self.public_url = config.public_url

    def by_name(self, name: str) -> Storage:
        """The storage that a blob names; raises StorageAway when its settings were taken away."""
        if name not in self._by_name:
            raise StorageAway
        return self._by_name[name]

    @property
    def where(self) -> str:
        """The place that takes new files, in words for an administrator."""
        if isinstance(self.current, S3Storage):
            bucket = self.current.bucket
            return f"the bucket {bucket.name}" + (f" at {bucket.endpoint}" if bucket.endpoint else "")
        return str(self.current.root) if isinstance(self.current, DiskStorage) else self.current.name

    def probe(self) -> None:
        """Store, read back and delete a few bytes; raises StorageAway, MissingBlob or OSError."""
        key = f"probe-{secrets.token_hex(8)}"
        self.current.put(key, io.BytesIO(PROBE), "text/plain")
        try:
            if b"".join(self.current.open(key, 0, len(PROBE))) != PROBE:
                raise StorageAway
        finally:
            self.current.delete(key)


def _bucket(config: Config) -> Bucket:
    if bool(config.media_s3_key) != bool(config.media_s3_secret):
        raise WrongSetting("MEDIA_S3_SECRET", "must be set together with MEDIA_S3_KEY, or neither of them.")
    return Bucket(
        name=config.media_s3_bucket,
        endpoint=config.media_s3_endpoint,
        region=config.media_s3_region,
        key=config.media_s3_key,
        secret=config.media_s3_secret,
    )


stores = Stores()
