"""Pictures and sounds made on the spot, so that people can send something without files lying around."""

import colorsys
import hashlib
import math
import struct
import zlib

RATE = 16_000


def _luck(seed: str) -> list[int]:
    """Return numbers from 0 to 255 that are always the same for the same seed."""
    return list(hashlib.sha256(seed.encode()).digest())


def _rgb(hue: float, lightness: float, saturation: float) -> bytes:
    return bytes(round(part * 255) for part in colorsys.hls_to_rgb(hue % 1.0, lightness, saturation))


def landscape(seed: str, width: int, height: int) -> bytes:
    """Return a PNG of a mountain, a sun and a lake in colours of the seed's own."""
    luck = _luck(seed)
    hue, peak, sun_x = luck[0] / 255, 0.25 + luck[1] / 510, 0.15 + luck[2] / 364
    snow, rock, sun = _rgb(hue, 0.95, 0.4), _rgb(hue + 0.05, 0.35, 0.35), _rgb(0.1, 0.75, 0.9)
    rows = []
    for y in range(height):
        line = y / height
        if line > 0.75:
            rows.append(b"\0" + _rgb(hue + 0.55, 0.75 - line / 3, 0.45) * width)
            continue
        row = _painted(_rgb(hue + 0.5, 0.55 + line / 2.5, 0.6), width, sun_x, _sun_half_width(line, width, height), sun)
        half = max(0.0, line - 0.3) * 0.95
        colour = snow if line < 0.42 else rock
        rows.append(b"\0" + _over(row, width, peak + 0.15, half, colour))
    return _png(width, height, b"".join(rows))


def _sun_half_width(line: float, width: int, height: int) -> float:
    radius, middle = 0.09, 0.22
    away = (line - middle) * height / width
    return math.sqrt(max(0.0, radius**2 - away**2))


def _painted(sky: bytes, width: int, centre: float, half: float, colour: bytes) -> bytes:
    return _over(sky * width, width, centre, half, colour)


def _over(row: bytes, width: int, centre: float, half: float, colour: bytes) -> bytes:
    """Return the row with a stretch of another colour on it."""
    left, right = max(0, round((centre - half) * width)), min(width, round((centre + half) * width))
    if right <= left:
        return row
    return row[: left * 3] + colour * (right - left) + row[right * 3 :]


def _png(width: int, height: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def tone(seed: str) -> bytes:
    """Return two seconds of a soft chime as WAV."""
    pitch = 330 + _luck(seed)[0]
    samples = (
        round(12_000 * math.exp(-3 * n / RATE) * math.sin(2 * math.pi * pitch * n / RATE)) for n in range(RATE * 2)
    )
    data = b"".join(struct.pack("<h", sample) for sample in samples)
    form = struct.pack("<HHIIHH", 1, 1, RATE, RATE * 2, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(data))
        + b"WAVEfmt "
        + struct.pack("<I", len(form))
        + form
        + b"data"
        + struct.pack("<I", len(data))
        + data
    )


def note(seed: str, name: str) -> bytes:
    """Return a short text file."""
    return f"{name}\n\nSent from the sandbox. / サンドボックスから送られました。\n{seed}\n".encode()


def avatar(seed: str) -> str:
    """Return a face for a person as SVG: an animal in colours of its own."""
    luck = _luck(seed)
    hue = luck[0] * 360 // 256
    back, fur, dark = f"hsl({hue} 60% 82%)", f"hsl({(hue + 25 + luck[1] % 60) % 360} 45% 62%)", "hsl(20 30% 25%)"
    ears = EARS[luck[2] % len(EARS)].format(fur=fur)
    eye = 3 + luck[3] % 2
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        f'<rect width="100" height="100" fill="{back}"/>{ears}'
        f'<circle cx="50" cy="58" r="29" fill="{fur}"/>'
        f'<circle cx="40" cy="54" r="{eye}" fill="{dark}"/><circle cx="60" cy="54" r="{eye}" fill="{dark}"/>'
        '<ellipse cx="34" cy="65" rx="5" ry="3" fill="hsl(350 80% 78%)"/>'
        '<ellipse cx="66" cy="65" rx="5" ry="3" fill="hsl(350 80% 78%)"/>'
        f'<path d="M44 66q3 4 6 0q3 4 6 0" fill="none" stroke="{dark}" stroke-width="2" stroke-linecap="round"/>'
        "</svg>"
    )


EARS = (
    '<path d="M26 44 22 18 44 34zM74 44 78 18 56 34z" fill="{fur}"/>',
    '<circle cx="28" cy="34" r="11" fill="{fur}"/><circle cx="72" cy="34" r="11" fill="{fur}"/>',
    '<ellipse cx="38" cy="24" rx="7" ry="20" fill="{fur}"/><ellipse cx="62" cy="24" rx="7" ry="20" fill="{fur}"/>',
    '<ellipse cx="24" cy="54" rx="8" ry="17" fill="{fur}"/><ellipse cx="76" cy="54" rx="8" ry="17" fill="{fur}"/>',
    '<path d="M44 33q6-16 12 0z" fill="{fur}"/>',
)


def shop_sign(seed: str, letter: str) -> str:
    """Return a sign for an official account as SVG: one letter on a tile."""
    hue = _luck(seed)[0] * 360 // 256
    safe = letter if letter.isalnum() else "＊"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        f'<rect width="100" height="100" fill="hsl({hue} 38% 34%)"/>'
        f'<circle cx="50" cy="50" r="36" fill="hsl({hue} 55% 88%)"/>'
        f'<text x="50" y="53" font-size="44" font-family="sans-serif" font-weight="bold" text-anchor="middle" '
        f'dominant-baseline="middle" fill="hsl({hue} 45% 28%)">{safe}</text></svg>'
    )
