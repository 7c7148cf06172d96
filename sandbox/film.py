"""A short film made without an encoder: H.264 lets a picture be written down raw, block by block, in an MP4.

Five frames of a sun crossing the sky, one a second; every player can show it.
"""

import hashlib
import struct
from functools import lru_cache

BLOCKS_WIDE, BLOCKS_HIGH = 6, 4
WIDTH, HEIGHT = BLOCKS_WIDE * 16, BLOCKS_HIGH * 16
FRAMES = 5
FRAME_MS = 1000
DURATION_MS = FRAMES * FRAME_MS
MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
RAW_BLOCK = 25


class Bits:
    """A row of bits with the number forms of H.264."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def fixed(self, value: int, width: int) -> "Bits":
        self._bits.append(f"{value:0{width}b}")
        return self

    def golomb(self, *values: int) -> "Bits":
        """Return Exponential-Golomb codes: as many zeros as the number plus one has further digits."""
        for value in values:
            digits = f"{value + 1:b}"
            self._bits.append("0" * (len(digits) - 1) + digits)
        return self

    def padded(self, *, stop: bool = False) -> bytes:
        """Return whole bytes; `stop` puts the one before the zeros that ends a unit."""
        text = "".join(self._bits) + ("1" if stop else "")
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8)


def _unit(kind: int, payload: bytes) -> bytes:
    """Return a unit of the stream; a 3 keeps zeros in the payload from looking like the start of another."""
    safe, zeros = bytearray([kind]), 0
    for byte in payload:
        if zeros == 2 and byte <= 3:
            safe.append(3)
            zeros = 0
        safe.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(safe)


def _sequence_settings() -> bytes:
    bits = Bits().fixed(66, 8).fixed(0xC0, 8).fixed(10, 8)
    # Set 0, short frame numbers, no separate display order, one reference frame, no gaps.
    bits.golomb(0, 0, 2, 1).fixed(0, 1)
    bits.golomb(BLOCKS_WIDE - 1, BLOCKS_HIGH - 1).fixed(0b1100, 4)
    return _unit(0x67, bits.padded(stop=True))


def _picture_settings() -> bytes:
    bits = Bits().golomb(0, 0).fixed(0, 2).golomb(0, 0, 0).fixed(0, 3)
    # Quantisers unchanged; each picture may switch off smoothing.
    bits.golomb(0, 0, 0).fixed(0b100, 3)
    return _unit(0x68, bits.padded(stop=True))


def _picture(number: int, hue: int) -> bytes:
    """Return one picture that needs no other, all of its blocks raw."""
    head = Bits().golomb(0, 7, 0).fixed(0, 4).golomb(number % 2).fixed(0, 2).golomb(0, 1)
    parts = []
    for block in range(BLOCKS_WIDE * BLOCKS_HIGH):
        parts.append((head if block == 0 else Bits()).golomb(RAW_BLOCK).padded())
        parts.append(_block(block % BLOCKS_WIDE, block // BLOCKS_WIDE, number, hue))
    return _unit(0x65, b"".join(parts) + b"\x80")


def _block(column: int, row: int, frame: int, hue: int) -> bytes:
    """Return brightness of 16 by 16 dots, then both colours of 8 by 8."""
    left, top = column * 16, row * 16
    dots = [_dot(left + x, top + y, frame, hue) for y in range(16) for x in range(16)]
    sparse = [_dot(left + x, top + y, frame, hue) for y in range(0, 16, 2) for x in range(0, 16, 2)]
    return bytes([dot[0] for dot in dots] + [dot[1] for dot in sparse] + [dot[2] for dot in sparse])


def _dot(x: int, y: int, frame: int, hue: int) -> tuple[int, int, int]:
    """Return brightness and the two colour values: sun, sea or sky."""
    sun_x, sun_y = 16 + frame * 16, 26 - 6 * min(frame, FRAMES - 1 - frame)
    if (x - sun_x) ** 2 + (y - sun_y) ** 2 < 80:
        return 225, 60, 160
    if y >= HEIGHT * 3 // 4:
        return 90 - y // 4, 150, 90 + hue % 30
    return 130 + y, 150 + hue % 40, 100 + hue % 50


def _box(name: str, *parts: bytes) -> bytes:
    data = b"".join(parts)
    return struct.pack(">I", 8 + len(data)) + name.encode() + data


def _numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


@lru_cache(maxsize=32)
def film(seed: str) -> bytes:
    """Return the whole MP4, in colours of the seed's own."""
    hue = hashlib.sha256(seed.encode()).digest()[0]
    units = [_picture(number, hue) for number in range(FRAMES)]
    samples = [struct.pack(">I", len(unit)) + unit for unit in units]
    kind = _box("ftyp", b"isom", _numbers(512), b"isomiso2avc1mp41")
    start = len(kind) + len(_movie(samples, 0)) + 8
    return kind + _movie(samples, start) + _box("mdat", *samples)


def _movie(samples: list[bytes], start: int) -> bytes:
    """Return the table of contents; `start` is where the samples begin in the file."""
    movie_head = _box(
        "mvhd", _numbers(0, 0, 0, 1000, DURATION_MS, 0x10000, 0x1000000, 0, 0), MATRIX, bytes(24), _numbers(2)
    )
    track_head = _box(
        "tkhd", _numbers(3, 0, 0, 1, 0, DURATION_MS, 0, 0, 0, 0), MATRIX, _numbers(WIDTH << 16, HEIGHT << 16)
    )
    media_head = _box("mdhd", _numbers(0, 0, 0, 1000, DURATION_MS, 0x55C40000))
    handler = _box("hdlr", _numbers(0, 0), b"vide", bytes(12), b"sky\0")
    found_here = _box("dinf", _box("dref", _numbers(0, 1), _box("url ", _numbers(1))))
    inner = _box("minf", _box("vmhd", _numbers(1, 0, 0)), found_here, _samples(samples, start))
    return _box("moov", movie_head, _box("trak", track_head, _box("mdia", media_head, handler, inner)))


def _samples(samples: list[bytes], start: int) -> bytes:
    """Return where each frame is, how long it lasts and how it is coded."""
    return _box(
        "stbl",
        _box("stsd", _numbers(0, 1), _coding()),
        _box("stts", _numbers(0, 1, FRAMES, FRAME_MS)),
        _box("stsc", _numbers(0, 1, 1, FRAMES, 1)),
        _box("stsz", _numbers(0, 0, FRAMES, *(len(sample) for sample in samples))),
        _box("stco", _numbers(0, 1, start)),
    )


def _coding() -> bytes:
    sequence, picture = _sequence_settings(), _picture_settings()
    settings = b"\x01" + sequence[1:4] + b"\xff\xe1" + struct.pack(">H", len(sequence)) + sequence
    settings += b"\x01" + struct.pack(">H", len(picture)) + picture
    size = struct.pack(">HHII", WIDTH, HEIGHT, 0x480000, 0x480000)
    head = bytes(6) + struct.pack(">H", 1) + bytes(16) + size + bytes(4) + struct.pack(">H", 1) + bytes(32)
    return _box("avc1", head, struct.pack(">HH", 24, 0xFFFF), _box("avcC", settings))
