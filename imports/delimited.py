"""CSV as it comes: in which letters, separated by what, row by row."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Generator
from typing import IO, NamedTuple

from imports.problems import problem

# What a person may choose from when we are not sure.
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "cp949": "CP949 (EUC-KR)",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
}
DELIMITERS = ",;\t|"
BLOCK = 1 << 20
HEAD = 64 * 1024
LONGEST_CELL = 32_767  # what a spreadsheet's cell can hold
HANGUL = re.compile(r"[가-힣]")
SEP_LINE = re.compile(r'^"?sep=(.)"?\r?\n', re.IGNORECASE)
csv.field_size_limit(4 * BLOCK)


class Letters(NamedTuple):
    """How the bytes of a file are read, and whether that is beyond doubt."""

    encoding: str
    sure: bool


def letters_of(file: IO[bytes], *, country: str) -> Letters:
    """Find the encoding by the whole file: UTF-8 and CP949 are recognised, anything else is a guess."""
    file.seek(0)
    head = file.read(HEAD)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Letters("utf-16", True)
    if head[1:2000:2].count(0) > len(head[1:2000:2]) // 2:
        return Letters("utf-16-le", True)
    if head[0:2000:2].count(0) > len(head[0:2000:2]) // 2:
        return Letters("utf-16-be", True)
    if _decodes(file, "utf-8"):
        return Letters("utf-8-sig", True)
    if _decodes(file, "cp949"):
        korean = HANGUL.search(head.decode("cp949", errors="ignore")) is not None
        return Letters("cp949", korean)
    return Letters("cp949" if country == "KR" else "cp1252", False)


def _decodes(file: IO[bytes], encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        while block := file.read(BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def delimiter_of(head: str) -> str:
    """What separates the cells: what gives the most rows as many cells as the first."""
    if named := SEP_LINE.match(head):
        return named[1]

    def fit(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in _some_rows(head, delimiter)]
        if not widths or widths[0] < 2:
            return 0, 0
        return Counter(widths)[widths[0]], widths[0]

    return max(DELIMITERS, key=fit)


def _some_rows(head: str, delimiter: str) -> list[list[str]]:
    rows = []
    for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
        rows.append(row)
        if len(rows) == 20:
            break
    return rows


def rows_of(file: IO[bytes], encoding: str) -> Generator[list[str], None, None]:
    """The rows of a CSV. What cannot be read becomes U+FFFD. Raises Problem when quotation marks do not match."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    head = text.read(HEAD)
    delimiter = delimiter_of(head)
    text.seek(0)
    if named := SEP_LINE.match(head):
        text.readline()
        assert named[1] == delimiter
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error:
        raise problem("quotes", line=reader.line_num) from None
    finally:
        text.detach()
