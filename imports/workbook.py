"""An XLSX, opened in a process of its own that may use only so much memory and time.

A small workbook can name a cell at the far end of the sheet, or unpack to gigabytes: whatever happens then happens to
that process. Run as `python -m imports.workbook FILE ROWS`; it knows nothing of Django.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

MOST_MEMORY = 1 << 30  # bytes of address space
MOST_SECONDS = 45
MOST_UNPACKED = 300 * 1024 * 1024
MOST_PARTS = 2_000
# What the process answers with: a key of problems.WORDS for each exit status.
STATUS = {10: "password", 11: "unreadable", 12: "too_many_rows", 13: "too_many_columns", 14: "empty"}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of old Excel files and of encrypted new ones


def refusal_of(file: IO[bytes]) -> str:
    """Why these bytes are no workbook that we open, as a key of problems.WORDS; empty when they may be one."""
    file.seek(0)
    head = file.read(8)
    if head.startswith(OLE):
        file.seek(0)
        encrypted = "EncryptedPackage".encode("utf-16-le") in file.read(1 << 20)
        return "password" if encrypted else "old_excel"
    try:
        with zipfile.ZipFile(file) as parts:
            infos = parts.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return "unreadable"
    if not any(info.filename == "xl/workbook.xml" for info in infos):
        return "wrong_type"
    if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > MOST_UNPACKED:
        return "unpacks_too_large"
    return "password" if any(info.flag_bits & 1 for info in infos) else ""


def unfold(workbook: Path, rows: Path) -> str:
    """Write the rows of the first sheet as JSON lines; a key of problems.WORDS when that failed."""
    command = [sys.executable, "-m", "imports.workbook", str(workbook), str(rows)]
    root = Path(__file__).resolve().parent.parent
    try:
        done = subprocess.run(  # noqa: S603  our own program, on two paths of our own
            command, cwd=root, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "workbook_too_heavy"
    return STATUS.get(done.returncode, "workbook_too_heavy") if done.returncode else ""


def main(workbook: str, rows: str, most_rows: int = 500_000, most_columns: int = 200) -> int:
    """What the process does; its exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_UNPACKED, MOST_UNPACKED))  # a text may stand in every cell
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        sheet = load_workbook(workbook).get_sheet_by_index(0)
    except PasswordError:
        return 10
    except (CalamineError, OSError, ValueError, IndexError):
        return 11
    if sheet.end is None:
        return 14
    if sheet.total_width > most_columns:
        return 13
    if sheet.total_height > most_rows + 1:
        return 12
    with Path(rows).open("w", encoding="utf-8") as out:
        for row in sheet.to_python(skip_empty_area=False) if sheet.start != (0, 0) else sheet.iter_rows():
            out.write(json.dumps([text_of(cell) for cell in row], ensure_ascii=False) + "\n")
    return 0


def text_of(cell: Any) -> str:
    """A cell as one would type it: whole numbers without a point, times in ISO 8601."""
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime():
            return cell.isoformat(" ") if cell.time() != time() else cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
