"""How files come back: types, ranges, caching, and nothing that a browser could run."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from app.core.db import db
from app.line.models import Account
from app.media import recent_files
from app.media.models import MediaFile, Visibility
from app.media.operations.files import revoke
from app.media.storage.base import Storage
from app.media.storage.disk import DiskStorage
from app.media.storage.s3 import S3Storage
from app.media.storage.stores import stores
from app.team.actors import SYSTEM
from tests.factories.media import PDF, media_file, picture, video
from tests.support.client import CheckingClient

SIZE = len(video())


@pytest.fixture(params=["disk", "s3"])
def anywhere(request: pytest.FixtureRequest, disk: DiskStorage, monkeypatch: pytest.MonkeyPatch) -> Storage:
    if request.param == "disk":
        return disk
    storage: S3Storage = request.getfixturevalue("s3")
    monkeypatch.setattr(stores, "current", storage)
    monkeypatch.setitem(stores._by_name, "s3", storage)
    return storage


@pytest.fixture
def film(anywhere: Storage, account: Account) -> MediaFile:
    return media_file(account.id, video(), "映画.mp4")


def address(file: MediaFile) -> str:
    return f"/media/{file.public_key}"


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-9", (0, 10)),
        ("bytes=0-0", (0, 1)),
        ("bytes=100-", (100, SIZE)),
        ("bytes=-7", (SIZE - 7, SIZE)),
        (f"bytes={SIZE - 1}-", (SIZE - 1, SIZE)),
        ("bytes=10-100000000", (10, SIZE)),
        ("bytes=-100000000", None),
    ],
)
def test_one_range_gives_that_part(
    film: MediaFile, browser: CheckingClient, asked: str, part: tuple[int, int] | None
) -> None:
    answer = browser.get(address(film), headers={"Range": asked})
    start, stop = part or (0, SIZE)
    assert answer.data == video()[start:stop]
    assert int(answer.headers["Content-Length"]) == stop - start
    if part:
        assert (answer.status_code, answer.headers["Content-Range"]) == (206, f"bytes {start}-{stop - 1}/{SIZE}")


@pytest.mark.parametrize("asked", ["bytes=0-9,20-29", "pages=1-2", "bytes=9-1", "bytes=x-y", "", "bytes="])
def test_what_is_no_single_range_gives_the_whole(film: MediaFile, browser: CheckingClient, asked: str) -> None:
    answer = browser.get(address(film), headers={"Range": asked})
    assert (answer.status_code, answer.data, answer.headers["Accept-Ranges"]) == (200, video(), "bytes")
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=99999999-"])
def test_a_range_beyond_the_end_is_refused_with_the_size(film: MediaFile, browser: CheckingClient, asked: str) -> None:
    answer = browser.get(address(film), headers={"Range": asked})
    assert (answer.status_code, answer.headers["Content-Range"], answer.data) == (416, f"bytes */{SIZE}", b"")


def test_a_part_is_given_only_of_the_version_that_is_known(film: MediaFile, browser: CheckingClient) -> None:
    tag = browser.get(address(film)).headers["ETag"]
    for condition, status in ((tag, 206), ('"another"', 200), ("Wed, 21 Oct 2015 07:28:00 GMT", 200)):
        headers = {"Range": "bytes=0-9", "If-Range": condition}
        assert browser.get(address(film), headers=headers).status_code == status


def test_who_has_it_already_is_told_so(film: MediaFile, browser: CheckingClient) -> None:
    tag = browser.get(address(film)).headers["ETag"]
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = browser.get(address(film), headers={"If-None-Match": condition})
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)
    assert browser.get(address(film), headers={"If-None-Match": '"other"'}).status_code == 200


def test_asking_for_the_head_gives_no_body(film: MediaFile, browser: CheckingClient) -> None:
    answer = browser.head(address(film), headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.data, answer.headers["Content-Length"]) == (200, b"", str(SIZE))
    assert answer.headers["Content-Type"] == "video/mp4"


def test_a_public_file_is_kept_for_ever_by_anyone(film: MediaFile, browser: CheckingClient) -> None:
    headers = browser.get(address(film)).headers
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"] and "script" not in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers
    assert headers["Content-Disposition"] == "inline; filename=file.mp4"


@pytest.mark.parametrize("ending", ["", "/240"])
def test_a_file_that_many_ask_for_is_the_same_for_each(account: Account, browser: CheckingClient, ending: str) -> None:
    path = address(media_file(account.id)) + ending
    first, second = browser.get(path), browser.get(path)
    assert second.data == first.data and second.status_code == 200
    # Only the application gives requests a number.
    assert first.headers["X-Request-Id"] and "X-Request-Id" not in second.headers
    own = {"X-Request-Id", "Vary"}
    assert {*second.headers.items()} == {(name, value) for name, value in first.headers.items() if name not in own}


@pytest.mark.parametrize("odd", ["/-1", "/x", "/", "/99999999999", "/240/"])
def test_addresses_that_are_almost_those_of_a_file_are_not_found(
    account: Account, browser: CheckingClient, odd: str
) -> None:
    path = address(media_file(account.id))
    assert browser.get(path).status_code == browser.get(f"{path}/240").status_code == 200
    assert browser.get(path + odd).status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "disposition"),
    [
        (picture(), "写真.png", "inline; filename*=UTF-8''%E5%86%99%E7%9C%9F.png"),
        (picture(), "evil.html", "inline; filename=evil.png"),
        (video(), "film", "inline; filename=film.mp4"),
        (PDF, 'a"b;c.pdf', 'attachment; filename="a\\"b;c.pdf"'),
        (PDF, "invoice.html", "attachment; filename=invoice.pdf"),
    ],
    ids=["japanese", "lying", "no ending", "quotes", "document"],
)
def test_members_see_images_and_films_and_download_the_rest(
    account: Account, as_alice: CheckingClient, content: bytes, name: str, disposition: str
) -> None:
    file = media_file(account.id, content, name, Visibility.MEMBERS)
    answer = as_alice.get(f"/accounts/{account.id}/media/{file.id}")
    assert (answer.status_code, answer.data) == (200, content)
    assert answer.headers["Content-Disposition"] == disposition
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_addresses_cannot_be_guessed_and_a_revoked_one_is_dead(
    account: Account, browser: CheckingClient, as_alice: CheckingClient
) -> None:
    file, other = media_file(account.id), media_file(account.id)
    assert len(str(file.public_key)) >= 32 and file.public_key != other.public_key
    path = address(file)
    assert browser.get(path).status_code == 200 and browser.get(f"{path}/240").status_code == 200
    assert browser.get(f"/media/{file.id}").status_code == 404
    revoke(file, actor=SYSTEM)
    assert [browser.get(gone).status_code for gone in (path, f"{path}/240")] == [404, 404]
    assert browser.get(path).headers["Cache-Control"] == "no-store"
    assert as_alice.get(f"/accounts/{account.id}/media/{file.id}").status_code == 200
    assert browser.get(address(other)).status_code == 200


def test_what_another_process_revoked_is_dead_two_seconds_later(
    account: Account, browser: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = media_file(account.id)
    path = address(file)
    assert browser.get(path).status_code == 200
    db.session.execute(update(MediaFile).where(MediaFile.id == file.id).values(public_key=None))
    later = time.monotonic() + recent_files.SECONDS
    monkeypatch.setattr(recent_files, "time", SimpleNamespace(monotonic=lambda: later))
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_line_gets_an_imagemap_without_redirect_in_each_width(
    anywhere: Storage, account: Account, browser: CheckingClient, form: str
) -> None:
    mode = "RGBA" if form == "PNG" else "RGB"
    file = media_file(account.id, picture(form, (1_040, 520), mode))
    for width in (240, 300, 460, 700, 1_040):
        for _again in range(2):
            answer = browser.get(f"{address(file)}/{width}")
            assert (answer.status_code, answer.mimetype) == (200, f"image/{form.lower()}")
            assert "immutable" in answer.headers["Cache-Control"]
    assert browser.get(f"{address(file)}/1041").status_code == 404


def test_only_images_come_in_other_sizes(account: Account, browser: CheckingClient) -> None:
    assert browser.get(f"{address(media_file(account.id, video()))}/240").status_code == 404


def test_bytes_that_are_lost_are_not_found(account: Account, browser: CheckingClient, disk: DiskStorage) -> None:
    file = media_file(account.id)
    disk.delete(file.blob_key)
    assert browser.get(address(file)).status_code == 404
