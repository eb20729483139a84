"""A photo of a receipt: looked at by its bytes, freed of what it tells besides the picture, kept for the staff alone.

A phone writes into each photo where it was taken. So what is not picture is left out: of a JPEG its metadata but for
how to turn it, of a PNG its texts, of a WebP its EXIF and XMP. HEIC is refused: a phone that is asked for JPEG sends
JPEG. Nothing is decoded, so that no decoder can be attacked.
"""

from __future__ import annotations

import re
import secrets
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

MOST_BYTES = 8 * 1024 * 1024
MOST_TABLES = 2_000  # in a JPEG; a file of nothing else would keep us busy for seconds
MOST_SIDE = 16_000  # pixels; more is no photo of a receipt
PROBLEMS = {
    "empty": _("The file is empty."),
    "too_large": _("The photo is larger than 8 MB. Please take a smaller one."),
    "heic": _("This is a HEIC photo. Please save it as JPEG, or take a screenshot of it."),
    "unknown": _("This is not a photo we can read. Please use JPEG, PNG or WebP."),
}


# In the compressed picture: a marker that is neither a stuffed byte, nor a filling one, nor a restart.
IN_SCANS = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)


class NotAPhoto(ValueError):
    """The file is not taken; `message` says why to a person."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = str(PROBLEMS[code])


@dataclass(frozen=True, slots=True)
class Picture:
    """A checked photo without its metadata, and how its file name ends."""

    data: bytes
    ending: str  # jpg, png, webp


TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


def read(file: IO[bytes], size: int | None) -> Picture:
    """The photo in an uploaded file, whatever its name says. Raises NotAPhoto."""
    if size is not None and size > MOST_BYTES:
        raise NotAPhoto("too_large")
    file.seek(0)
    data = file.read(MOST_BYTES + 1)
    if not data or len(data) > MOST_BYTES:
        raise NotAPhoto("too_large" if data else "empty")
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heif"):
        raise NotAPhoto("heic")
    for start, ending, bare in KINDS:
        if data.startswith(start):
            return Picture(_bare(bare, data), ending)
    raise NotAPhoto("unknown")


def keep(picture: Picture, claim_id: int) -> str:
    """Store the photo under a name that cannot be guessed; the path in the shop's storage."""
    name = f"claims/{claim_id}-{secrets.token_hex(12)}.{picture.ending}"
    return default_storage.save(name, ContentFile(picture.data))


def forget(paths: Iterable[str]) -> None:
    """Delete stored photos; one that is gone already makes no difference."""
    for path in paths:
        default_storage.delete(path)


def type_of(path: str) -> str:
    """The content type of a stored photo."""
    return TYPES[path.rpartition(".")[2]]


def _bare(bare: Callable[[bytes], Iterator[bytes]], data: bytes) -> bytes:
    try:
        return b"".join(bare(data))
    except (IndexError, struct.error, ValueError) as error:
        raise NotAPhoto("unknown") from error


def _jpeg(data: bytes) -> Iterator[bytes]:
    """SOI, how to turn it, the segments that draw, the scans. ITU T.81 annex B."""
    yield b"\xff\xd8"
    at, turned, has_frame = 2, b"", False
    for _segment in range(MOST_TABLES):
        marker, at = _next_marker(data, at)
        (length,) = struct.unpack_from(">H", data, at)
        segment = data[at : at + length]
        if len(segment) != length or length < 2:
            raise ValueError("a segment is cut short")
        if marker == 0xE1 and segment[2:8] == b"Exif\0\0":
            turned = turned or _orientation(segment[8:])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            _check_sides(*struct.unpack_from(">HH", segment, 3))
            has_frame = True
            yield turned
        if marker in (0xE0, 0xEE) or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            yield bytes((0xFF, marker)) + segment
        at += length
        if marker == 0xDA:
            break
    else:
        raise ValueError("too many segments")
    end = data.rfind(b"\xff\xd9")
    if not has_frame or end < at:
        raise ValueError("no picture, or no end")
    yield from _scans(data[at : end + 2])


def _next_marker(data: bytes, at: int) -> tuple[int, int]:
    if data[at] != 0xFF:
        raise ValueError("no marker")
    while data[at] == 0xFF:
        at += 1
    if data[at] in (0x00, 0x01, *range(0xD0, 0xDA)):
        raise ValueError("a marker out of place")
    return data[at], at + 1


def _scans(data: bytes) -> Iterator[bytes]:
    """The compressed picture. Between the scans of a progressive one stand tables; metadata there is left out too.

    Phones append further pictures (a depth map, a film) after the end of the first: those go.
    """
    at = start = 0
    for _table in range(MOST_TABLES):
        found = IN_SCANS.search(data, at)
        if found is None:
            break
        at, marker = found.start(), found[1][0]
        if marker == 0xD9:
            yield data[start : at + 2]
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        if 0xE0 <= marker <= 0xEF or marker == 0xFE:
            yield data[start:at]
            start = at + 2 + length
        at += 2 + length
    raise ValueError("no end, or too many tables")


def _orientation(tiff: bytes) -> bytes:
    """A segment that says only how to turn the picture (EXIF tag 0x0112), or nothing when it stands upright."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return b""
    try:
        (first,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, first)
        for place in range(first + 2, first + 2 + 12 * min(entries, 200), 12):
            tag, kind, _count, value = struct.unpack_from(order + "HHIH", tiff, place)
            if (tag, kind) == (0x0112, 3) and 2 <= value <= 8:
                said = b"MM\0\x2a\0\0\0\x08\0\x01" + struct.pack(">HHIHHI", 0x0112, 3, 1, value, 0, 0)
                return b"\xff\xe1" + struct.pack(">H", 8 + len(said)) + b"Exif\0\0" + said
    except struct.error:
        pass
    return b""


PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_DRAWS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs"}


def _png(data: bytes) -> Iterator[bytes]:
    """The chunks that draw, each with its sum checked, up to the end."""
    yield PNG_START
    at, kind = 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        chunk = data[at : at + 12 + length]
        if len(chunk) != 12 + length or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            raise ValueError("a chunk is broken")
        if at == 8:
            if kind != b"IHDR":
                raise ValueError("no header")
            _check_sides(*struct.unpack_from(">II", chunk, 8))
        if kind in PNG_DRAWS:
            yield chunk
        at += 12 + length


def _webp(data: bytes) -> Iterator[bytes]:
    """The chunks that draw, in a container that says so. WebP container specification, "Extended file format"."""
    if data[8:12] != b"WEBP":
        raise ValueError("another RIFF file")
    end = 8 + int.from_bytes(data[4:8], "little")
    at, chunks = 12, []
    while at + 8 <= min(end, len(data)):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        chunk = data[at : at + 8 + length + length % 2]
        if len(chunk) < 8 + length:
            raise ValueError("a chunk is cut short")
        if kind == b"VP8X":
            _check_sides(*(1 + int.from_bytes(chunk[i : i + 3], "little") for i in (12, 15)))
            chunk = chunk[:8] + bytes((chunk[8] & ~0x0C,)) + chunk[9:]  # neither EXIF nor XMP
        if kind in (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP", b"ANIM", b"ANMF"):
            chunks.append(chunk)
        at += len(chunk)
    if not any(chunk[:4] in (b"VP8 ", b"VP8L", b"ANMF") for chunk in chunks):
        raise ValueError("no picture")
    body = b"WEBP" + b"".join(chunks)
    yield b"RIFF" + struct.pack("<I", len(body)) + body


def _check_sides(*sides: int) -> None:
    if not all(0 < side <= MOST_SIDE for side in sides):
        raise ValueError("no size that a photo has")


KINDS: tuple[tuple[bytes, str, Callable[[bytes], Iterator[bytes]]], ...] = (
    (b"\xff\xd8\xff", "jpg", _jpeg),
    (PNG_START, "png", _png),
    (b"RIFF", "webp", _webp),
)
