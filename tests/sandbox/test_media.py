"""Pictures and sounds made on the spot are what they claim to be."""

import io
import struct
import wave
import zlib
from xml.etree import ElementTree

from sandbox import media
from sandbox.film import film


def test_landscape_is_a_whole_png() -> None:
    data = media.landscape("seed", 120, 80)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        length = struct.unpack(">I", data[at : at + 4])[0]
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(name + body)
        chunks[name], at = body, at + 12 + length
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (120, 80)
    assert len(zlib.decompress(chunks[b"IDAT"])) == 80 * (1 + 120 * 3)
    assert list(chunks)[-1] == b"IEND"


def test_pictures_differ_by_seed_and_repeat_for_the_same() -> None:
    assert media.landscape("a", 60, 40) == media.landscape("a", 60, 40) != media.landscape("b", 60, 40)
    assert media.avatar("a") == media.avatar("a") != media.avatar("b")


def test_tone_is_two_seconds_of_wav() -> None:
    with wave.open(io.BytesIO(media.tone("seed"))) as sound:
        assert sound.getnframes() / sound.getframerate() == 2


def test_film_is_made_of_whole_boxes_and_lists_its_frames() -> None:
    data, boxes, at = film("seed"), {}, 0
    while at < len(data):
        size = struct.unpack(">I", data[at : at + 4])[0]
        boxes[data[at + 4 : at + 8]] = (at, size)
        at += size
    assert list(boxes) == [b"ftyp", b"moov", b"mdat"]
    assert at == len(data)
    chunk = data.index(b"stco") + 12
    assert struct.unpack(">I", data[chunk : chunk + 4])[0] == boxes[b"mdat"][0] + 8
    assert film("seed") == data != film("other")


def test_film_hides_no_start_codes_in_its_frames() -> None:
    data = film("seed")
    frames = data[data.index(b"mdat") + 4 :]
    assert b"\0\0\0" not in frames[4:]
    assert frames.count(b"\0\0\1") == 0


def test_avatars_and_signs_are_well_formed_whatever_the_name() -> None:
    for svg in (
        *(media.avatar(str(number)) for number in range(40)),
        media.shop_sign("1", "<"),
        media.shop_sign("1", "灯"),
    ):
        assert ElementTree.fromstring(svg).tag.endswith("svg")
