"""References keep files, everything else goes; crashes leave only what a sweep removes; renditions are made once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.core import queue
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.line.models import Account
from app.media import images
from app.media.models import BlobState, MediaBlob, MediaFile, MediaReference, MediaRendition, Visibility
from app.media.operations import blobs as blob_operations
from app.media.operations import renditions
from app.media.operations.files import add_file, delete_file, remove_orphans
from app.media.operations.references import set_references
from app.media.queries import stored_file
from app.media.receiving import Incoming
from app.media.storage.base import StorageAway
from app.media.storage.disk import DiskStorage
from app.team.actors import SYSTEM
from tests.factories import line as line_factory
from tests.factories.media import media_file, picture, video
from tests.media.conftest import blobs, files_on

HOURS = 48


def refer(account: Account, owner: int, *files: MediaFile) -> None:
    set_references(account.id, "message", owner, [file.id for file in files])
    db.session.commit()


def grow_old(hours: int = HOURS + 1) -> None:
    """Move everything into the past, as the database's clock sees it."""
    past = timedelta(hours=hours)
    db.session.execute(update(MediaFile).values(orphaned_at=MediaFile.orphaned_at - past))
    db.session.execute(update(MediaBlob).values(remove_at=MediaBlob.remove_at - past))
    db.session.commit()


def ids() -> set[int]:
    db.session.rollback()
    return set(db.session.scalars(select(MediaFile.id)))


def in_thread(app: Flask, work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        with app.app_context():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_only_what_nothing_uses_for_long_is_removed(account: Account, disk: DiskStorage) -> None:
    used, unused, dropped = (media_file(account.id) for _ in range(3))
    refer(account, 1, used, dropped)
    refer(account, 2, used)
    grow_old()
    young = media_file(account.id)
    refer(account, 1)
    assert remove_orphans(HOURS) == 1
    assert ids() == {used.id, dropped.id, young.id}
    refer(account, 2)
    grow_old()
    assert remove_orphans(HOURS) == 3
    assert blob_operations.sweep() == 4
    assert (ids(), files_on(disk), blobs()) == (set(), [], 0)
    del unused


def test_a_reference_is_there_once_and_goes_with_its_owner(account: Account) -> None:
    first, second = media_file(account.id), media_file(account.id)
    for wanted in ([first], [first, second, first], [second]):
        refer(account, 7, *wanted)
        found = set(db.session.scalars(select(MediaReference.file_id)))
        assert found == {file.id for file in wanted}
    db.session.expire_all()
    assert (first.orphaned_at is None, second.orphaned_at is None) == (False, True)


def test_a_file_that_is_gone_or_of_another_account_cannot_be_used(account: Account) -> None:
    file, foreign = media_file(account.id), media_file(line_factory.account(name="Tea").id)
    for wanted in ([file.id, file.id + 1_000], [file.id, foreign.id]):
        with pytest.raises(Conflict, match="has been removed"):
            set_references(account.id, "message", 1, wanted)
        db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(MediaReference)) == 0


def test_what_is_in_use_is_not_deleted(account: Account) -> None:
    file = media_file(account.id)
    refer(account, 1, file)
    with pytest.raises(Conflict, match="still in use"):
        delete_file(file, actor=SYSTEM)
    db.session.rollback()
    refer(account, 1)
    delete_file(file, actor=SYSTEM)
    db.session.commit()
    assert ids() == set()


def test_a_sweep_and_a_new_reference_at_once_keep_the_file(app: Flask, account: Account) -> None:
    """The reference comes first, is not committed yet, and the sweep passes the file by."""
    file_id, account_id = media_file(account.id).id, account.id
    grow_old()
    is_set, may_commit = threading.Event(), threading.Event()

    def use() -> None:
        set_references(account_id, "message", 1, [file_id])
        is_set.set()
        may_commit.wait(30)
        db.session.commit()

    thread = in_thread(app, use)
    assert is_set.wait(30)
    assert remove_orphans(HOURS) == 0
    may_commit.set()
    thread.join()
    assert remove_orphans(HOURS) == 0
    assert ids() == {file_id}


def test_a_deleted_file_s_bytes_go_after_the_transaction(account: Account, disk: DiskStorage) -> None:
    file = media_file(account.id, picture(size=(300, 200)))
    renditions.rendition(stored_file(file.id), 240)
    db.session.commit()
    assert len(files_on(disk)) == 2
    delete_file(file, actor=SYSTEM)
    db.session.rollback()
    assert blob_operations.sweep() == 0 and len(files_on(disk)) == 2
    delete_file(file, actor=SYSTEM)
    db.session.commit()
    assert len(files_on(disk)) == 2
    assert "media.sweep" in {message.actor_name for message in messages()}
    assert (blob_operations.sweep(), files_on(disk), blobs()) == (2, [], 0)


def messages() -> list[queue.dramatiq.Message]:  # type: ignore[type-arg]
    waiting = queue.broker.client.hgetall(f"{queue.broker.namespace}:{queue.Queue.BULK}.msgs")
    return [queue.dramatiq.Message.decode(data) for data in waiting.values()]  # type: ignore[union-attr]


def test_a_crash_before_the_row_leaves_bytes_that_are_swept(
    account: Account, disk: DiskStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(blob_operations, "keep", crash)
    with pytest.raises(KeyboardInterrupt):
        media_file(account.id)
    db.session.rollback()
    assert (ids(), len(files_on(disk)), blobs()) == (set(), 1, 1)
    assert blob_operations.sweep() == 0
    grow_old(2)
    assert (blob_operations.sweep(), files_on(disk), blobs()) == (1, [], 0)


def test_a_crash_while_bytes_are_written_leaves_nothing_after_a_sweep(
    account: Account, disk: DiskStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.media.storage.disk.os.fsync", crash)
    with pytest.raises(KeyboardInterrupt):
        media_file(account.id)
    db.session.rollback()
    monkeypatch.undo()
    assert [path.parent.name for path in disk.root.rglob("*") if path.is_file()] == ["incoming"]


def test_bytes_that_were_swept_cannot_become_a_file(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    real = blob_operations.store

    def slowly(*given: object) -> str:
        key = real(*given)  # type: ignore[arg-type]
        grow_old(2)
        assert blob_operations.sweep() == 1
        return key

    monkeypatch.setattr(blob_operations, "store", slowly)
    with pytest.raises(Conflict, match="took too long"):
        media_file(account.id)
    db.session.rollback()
    assert ids() == set()


def test_a_sweep_that_cannot_delete_tries_again(
    account: Account, disk: DiskStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete_file(media_file(account.id), actor=SYSTEM)
    db.session.commit()

    def away(_key: str) -> None:
        raise StorageAway

    real = disk.delete
    monkeypatch.setattr(disk, "delete", away)
    assert (blob_operations.sweep(), blobs()) == (0, 1)
    monkeypatch.setattr(disk, "delete", real)
    assert blob_operations.sweep() == 0
    grow_old(1)
    assert (blob_operations.sweep(), blobs(), files_on(disk)) == (1, 0, [])


def test_a_sweep_passes_by_what_another_one_holds(app: Flask, account: Account) -> None:
    delete_file(media_file(account.id), actor=SYSTEM)
    db.session.commit()
    lock = select(MediaBlob.key).with_for_update()
    with db.engine.connect() as other:
        other.execute(lock)
        assert blob_operations.sweep() == 0
        other.rollback()
    assert blob_operations.sweep() == 1


def test_two_who_ask_at_once_get_one_rendition(
    app: Flask, account: Account, disk: DiskStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As two processes do: neither knows of the other, and both have made the image before either stores its row."""
    file_id = media_file(account.id, picture(size=(300, 200))).id
    both = threading.Barrier(2, timeout=30)
    real = images.resize

    def resize(*given: object) -> int:
        height = real(*given)  # type: ignore[arg-type]
        both.wait()
        return height

    monkeypatch.setattr(renditions.images, "resize", resize)
    monkeypatch.setattr(renditions, "_one_at_a_time", lambda key: threading.Lock())
    found: list[str] = []

    def ask() -> None:
        found.append(renditions.rendition(stored_file(file_id), 240).blob_key)

    for thread in [in_thread(app, ask) for _ in range(2)]:
        thread.join()
    db.session.rollback()
    assert found[0] == found[1] == db.session.scalar(select(MediaRendition.blob_key))
    assert db.session.scalar(select(func.count()).select_from(MediaRendition)) == 1
    pending = select(func.count()).select_from(MediaBlob).where(MediaBlob.state == BlobState.PENDING)
    assert db.session.scalar(pending) == 1
    grow_old(2)
    assert (blob_operations.sweep(), len(files_on(disk))) == (1, 2)


def test_threads_of_one_process_wait_for_the_first(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_id, made, real = media_file(account.id, picture(size=(300, 200))).id, [], images.resize

    def resize(*given: object) -> int:
        made.append(given[2])
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(renditions.images, "resize", resize)
    started = threading.Barrier(6, timeout=30)

    def ask() -> None:
        source = stored_file(file_id)
        started.wait()
        renditions.rendition(source, 240)

    for thread in [in_thread(app, ask) for _ in range(6)]:
        thread.join()
    assert made == [240]
    assert (renditions._locks, dict(renditions._waiting)) == ({}, {})


def test_a_rendition_of_a_file_that_is_deleted_in_the_meantime_is_not_kept(
    account: Account, disk: DiskStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, real = media_file(account.id, picture(size=(300, 200))), images.resize

    def resize(*given: object) -> int:
        delete_file(file, actor=SYSTEM)
        db.session.commit()
        return real(*given)  # type: ignore[arg-type]

    source = stored_file(file.id)
    monkeypatch.setattr(renditions.images, "resize", resize)
    with pytest.raises(NotFound):
        renditions.rendition(source, 240)
    grow_old(2)
    blob_operations.sweep()
    assert (files_on(disk), blobs()) == ([], 0)


def test_a_worker_makes_all_widths_and_twice_is_harmless(account: Account) -> None:
    file = media_file(account.id, picture("PNG", (500, 400), "RGBA"))
    for _again in range(2):
        renditions.prepare(file.id)
    found = db.session.execute(select(MediaRendition.width, MediaRendition.height, MediaRendition.media_type))
    assert sorted(map(tuple, found)) == [
        (240, 192, "image/png"),
        (300, 240, "image/png"),
        (460, 368, "image/png"),
        (700, 560, "image/png"),
        (1_040, 832, "image/png"),
    ]
    renditions.prepare(media_file(account.id, video()).id)
    renditions.prepare(10**9)


def test_nothing_is_locked_while_bytes_are_stored(
    account: Account, disk: DiskStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = disk.put, []

    def put(*given: object) -> None:
        seen.append(db.session.registry().in_transaction())
        real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(disk, "put", put)
    with Incoming() as incoming:
        incoming.write(picture())
        received = incoming.finish()
        add_file(account.id, received, name="a", visibility=Visibility.PUBLIC, actor=SYSTEM)
    assert seen == [False]
