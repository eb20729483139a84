"""A file that a person gives us: refused at once when it can be nothing, else kept and read."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from imports import reading, workbook
from imports.models import Run
from imports.problems import problem
from staff import audit
from staff.actors import Actor
from tenants import alarms

ALARM = "imports"
NO_STORE = "import"  # the source of accounts and orders that belong to no connected store
KEPT = timedelta(days=30)  # the file and what undoing needs
MOST_BYTES = 50 * 1024 * 1024
PICTURES_AND_SUCH = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"MZ",
    b"\x7fELF",
)


def receive(file: File[bytes], *, kind: str, source: str, actor: Actor, at: datetime) -> Run:
    """Keep the file and begin to read it: a small one at once. Raises Problem when it is refused."""
    check(file)
    run = _keep(file, kind=kind, source=source, actor=actor, at=at)
    limit = reading.SMALL_WORKBOOK if _is_archive(file) else reading.SMALL
    at_once = run.size <= limit
    with transaction.atomic():
        run.due_at = at + KEPT if at_once else at
        run.save(update_fields=["due_at"])
        alarms.ring(ALARM, run.due_at)
    if at_once:
        reading.read(run, at=at)
    return run


def check(file: File[bytes]) -> None:
    """Raise Problem for what we cannot read, by what is inside and not by its name."""
    if not file.size:
        raise problem("empty")
    if file.size > MOST_BYTES:
        raise problem("too_large")
    file.seek(0)
    head = file.read(4096)
    if head.startswith((workbook.OLE, b"PK")):
        if key := workbook.refusal_of(file.file or file):
            raise problem(key)
    elif head.startswith(PICTURES_AND_SUCH) or _is_binary(head) or _is_markup(head):
        raise problem("wrong_type")
    elif not head.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n,;"):
        raise problem("empty")


def same_before(run: Run) -> Run | None:
    """The latest other run of the very same bytes that brought something in."""
    others = Run.objects.filter(sha256=run.sha256, kind=run.kind).exclude(pk=run.pk)
    arrived = others.filter(state__in=[Run.State.DONE, Run.State.STOPPED, Run.State.RUNNING, Run.State.PAUSED])
    return arrived.order_by("-pk").first()


def _is_archive(file: IO[bytes]) -> bool:
    file.seek(0)
    return file.read(2) == b"PK"


def _is_binary(head: bytes) -> bool:
    """Many control characters, and no UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head[:200].count(0) >= len(head[:200]) // 3:
        return False
    controls = sum(byte < 32 and byte not in b"\t\r\n\x0c\0\x1a\x1b" for byte in head)
    return controls > len(head) // 50 + 1


def _is_markup(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<html", b"<?xml", b"{\\rtf"))


@transaction.atomic
def _keep(file: File[bytes], *, kind: str, source: str, actor: Actor, at: datetime) -> Run:
    run = Run.objects.create(
        kind=kind, source=source, file_name=bare_name(file.name or ""), size=file.size, sha256=_digest(file),
        created_at=at, created_by=actor.name[:200], creator_id=actor.id,
    )  # fmt: skip
    run.path = f"imports/{run.pk}"
    run.save(update_fields=["path"])
    file.seek(0)
    default_storage.delete(reading.upload_path(run))  # of a row that was rolled back
    default_storage.save(reading.upload_path(run), File(file.file or file))
    audit.record(
        "import.uploaded", actor=actor, at=at, object_kind="import", object_id=run.pk, object_label=run.file_name
    )
    return run


def bare_name(name: str) -> str:
    """A file's name without path and without what cannot be shown."""
    last = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if c.isprintable())
    return shown[-120:].strip() or "file"


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()
