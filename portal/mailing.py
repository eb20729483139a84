"""The mail with the one-time code. A worker sends it by the alarm clock; why not the request: docs/decisions.md."""

from __future__ import annotations

import smtplib
from datetime import datetime
from email.utils import formataddr, parseaddr

import structlog
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from config.encryption import decrypt
from portal import codes
from portal.models import SignInCode
from tenants.alarms import handler
from tenants.models import Merchant

log = structlog.get_logger(__name__)
BATCH = 50


def due() -> datetime | None:
    """Since when the oldest code waits to be mailed."""
    waiting = SignInCode.objects.exclude(sealed_code="").order_by("created_at")
    return waiting.values_list("created_at", flat=True).first()


@handler(codes.MAIL_ALARM, due=due)
def run(at: datetime) -> None:
    """Mail up to `BATCH` waiting codes, oldest first, each in a transaction of its own; then forget old ones.

    A worker that dies between sending and commit sends the same code again: the reader sees it twice, never not at all.
    A mail server out of reach raises at once, and the alarm clock tries again. An address refused for now is left for
    that next time too; one refused for good is given up. Neither stops the others.
    """
    postponed: smtplib.SMTPException | None = None
    waiting = SignInCode.objects.exclude(sealed_code="").order_by("created_at")
    for pk in list(waiting.values_list("pk", flat=True)[:BATCH]):
        try:
            mail_one(pk, at=at)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as refused:
            postponed = refused
    codes.forget_old(at=at)
    if postponed is not None:
        raise postponed


@transaction.atomic
def mail_one(pk: int, *, at: datetime) -> None:
    """Send one waiting code, unless it has become too old or another worker has it in hand."""
    row = SignInCode.objects.exclude(sealed_code="").select_for_update(skip_locked=True).filter(pk=pk).first()
    if row is None:
        return
    if row.expires_at > at and _left(row):
        row.mailed_at = at
    row.sealed_code = ""
    row.save(update_fields=["sealed_code", "mailed_at"])


def message(merchant: Merchant, address: str, code: str, language: str) -> EmailMultiAlternatives:
    """The mail as text and HTML in `language`. The shop's name cannot break out of a header line."""
    with translation.override(language):
        name = one_line(merchant.name)
        about = {"shop": name, "code": code, "minutes": int(codes.LIFE.total_seconds() // 60), "url": merchant.url()}
        subject = _("Your code for %(shop)s: %(code)s") % about
        mail = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string("email/sign_in_code.txt", about),
            from_email=formataddr((name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
            to=[address],
            headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
        )
        mail.attach_alternative(render_to_string("email/sign_in_code.html", {**about, "subject": subject}), "text/html")
        return mail


def one_line(text: str) -> str:
    """Text for a header: no line breaks or other control characters, no runs of spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _left(row: SignInCode) -> bool:
    """Send, and tell whether the mail left. False: it never will, and nobody can be told but the log."""
    try:
        message(connection.tenant, row.address, decrypt(row.sealed_code), row.language).send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as refused:
        if not _for_good(refused):
            raise
        log.warning("sign_in_mail_refused", reason=type(refused).__name__)
        return False
    except InvalidToken:  # the encryption key went in between
        log.warning("sign_in_mail_unreadable")
        return False
    return True


def _for_good(refused: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> bool:
    """Whether the server said no for ever (5xx, RFC 5321 §4.2.1) rather than not now (4xx)."""
    if isinstance(refused, smtplib.SMTPRecipientsRefused):
        return all(status >= 500 for status, _text in refused.recipients.values())
    # Anything before the data of this mail, like a refused password, is the server's trouble, not this address's.
    return isinstance(refused, smtplib.SMTPDataError) and refused.smtp_code >= 500
