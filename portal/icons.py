"""The shop's icon on a phone's home screen: a stamp with a star in the shop's colour, drawn without a picture library.

The whole square is painted, and the drawing stays within the middle four fifths, so that a phone may cut it into any
shape ("maskable", W3C Web App Manifest §icons).
"""

from __future__ import annotations

import math
import struct
import zlib
from functools import lru_cache

from config.colour import Colour

SIZES = (192, 512)
SHADES = 16  # between the two colours: edges look smooth
SAMPLES = 4  # a side of a pixel is looked at in so many places
TEETH, OUTER, DEPTH, DISC = 20, 0.345, 0.018, 0.275  # of the stamp's edge, as shares of the side
STAR_OUT, STAR_IN = 0.175, 0.0785


@lru_cache(maxsize=256)
def png(size: int, back: Colour, front: Colour) -> bytes:
    """The icon as a PNG with a palette from `back` to `front`."""
    shades = [_between(back, front, step / (SHADES - 1)) for step in range(SHADES)]
    header = struct.pack(">IIBBBBB", size, size, 4, 3, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", b"".join(shades)), (b"IDAT", _drawing(size)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _between(back: Colour, front: Colour, share: float) -> bytes:
    pairs = ((back.red, front.red), (back.green, front.green), (back.blue, front.blue))
    return bytes(round(a + (b - a) * share) for a, b in pairs)


@lru_cache(maxsize=len(SIZES))
def _drawing(size: int) -> bytes:
    """The rows of the picture, four bits a pixel, compressed. Drawn once in a process, and only its left half."""
    rows = [_row(y, size) for y in range(size)]
    packed = [bytes(a << 4 | b for a, b in zip(row[::2], row[1::2], strict=True)) for row in rows]
    return zlib.compress(b"".join(b"\0" + row for row in packed), 9)


def _row(y: int, size: int) -> list[int]:
    half = size // 2
    left = [_shade(x, y, size) for x in range(half)]
    return left + left[::-1]


def _shade(x: int, y: int, size: int) -> int:
    """How much of this pixel is drawn, 0 to SHADES − 1. Only pixels on an edge are looked at closely."""
    across, down = (x + 0.5) / size - 0.5, (y + 0.5) / size - 0.5
    corners = {_is_drawn(across + dx / size, down + dy / size) for dx in (-0.6, 0.6) for dy in (-0.6, 0.6)}
    if len(corners) == 1:
        return (SHADES - 1) * corners.pop()
    steps = [(step + 0.5) / SAMPLES - 0.5 for step in range(SAMPLES)]
    found = sum(_is_drawn(across + dx / size, down + dy / size) for dx in steps for dy in steps)
    return round(found * (SHADES - 1) / SAMPLES**2)


def _is_drawn(across: float, down: float) -> bool:
    """A toothed ring, and a star in its middle."""
    far = math.hypot(across, down)
    if far > OUTER + DEPTH:
        return False
    turn = math.atan2(across, -down)
    if far > DISC:
        return far <= OUTER + DEPTH * math.cos(TEETH * turn)
    return _is_in_star(far, turn)


def _is_in_star(far: float, turn: float) -> bool:
    """Whether a point lies inside the five-pointed star, by the straight edge between a point and the next dent."""
    slice_ = math.pi / 5
    along = abs((turn + slice_) % (2 * slice_) - slice_)
    x, y = far * math.sin(along), far * math.cos(along)
    dent_x, dent_y = STAR_IN * math.sin(slice_), STAR_IN * math.cos(slice_)
    return x * (dent_y - STAR_OUT) - (y - STAR_OUT) * dent_x >= 0 or far < STAR_IN * math.cos(slice_)
