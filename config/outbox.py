"""The demo's mails: kept in a folder instead of sent, and shown on a page to whoever sits at this machine."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as StandardMessage
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

KEPT = 200
SHOWN = 20
CODE = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}(?!\d)")


class Backend(BaseEmailBackend):
    """Writes each mail to a file of its own; the oldest go when there are more than `KEPT`."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder: Path = settings.OUTBOX
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{timezone.now():%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:6]}"
            # Renamed when complete: the page never reads half a mail.
            half = folder / f"{name}.part"
            half.write_bytes(message.message().as_bytes())
            half.rename(folder / f"{name}.eml")
        for old in sorted(folder.glob("*.eml"), reverse=True)[KEPT:]:
            old.unlink(missing_ok=True)
        return len(email_messages)


@dataclass(frozen=True)
class Mail:
    """One mail as the page shows it."""

    id: str
    at: datetime
    to: str
    subject: str
    text: str
    code: str  # the one-time code in it, if there is one


def newest(limit: int = SHOWN) -> list[Mail]:
    """The latest mails, newest first."""
    return [_read(path) for path in sorted(settings.OUTBOX.glob("*.eml"), reverse=True)[:limit]]


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """The outbox, newest first; it looks for new mails by itself. 404 unless settings.SHOW_OUTBOX."""
    if not settings.SHOW_OUTBOX:
        raise Http404
    part = "#mails" if request.headers.get("HX-Request") else ""
    return render(request, f"outbox.html{part}", {"mails": newest()})


def _read(path: Path) -> Mail:
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(mail, StandardMessage)
    body = mail.get_body(preferencelist=("plain",))
    text = str(body.get_content()).strip() if body is not None else ""
    found = CODE.search(f"{mail['Subject']}\n{text}")
    sent = datetime.strptime(path.name.split("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=timezone.get_default_timezone())
    return Mail(
        id=path.stem,
        at=sent,
        to=str(mail["To"]),
        subject=str(mail["Subject"]),
        text=text,
        code=found[0] if found else "",
    )
