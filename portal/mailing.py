"""The mail with the one-time code. A worker sends it by the alarm clock; why not the request: docs/decisions.md."""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta
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
# An address that the mail server refuses for now. Kept apart from the alarm's own back-off, which all codes share.
AGAIN_AFTER = timedelta(seconds=30)


def due() -> datetime | None:
    """When the next waiting code is to be mailed."""
    waiting = SignInCode.objects.filter(mail_at__isnull=False).order_by("mail_at")
    return waiting.values_list("mail_at", flat=True).first()


@handler(codes.MAIL_ALARM, due=due)
def run(at: datetime) -> None:
    """Mail up to `BATCH` waiting codes, oldest first, each in a transaction of its own; then forget old ones.

    A worker that dies between sending and commit sends the same code again: the reader sees it twice, never not at all.
    A mail server out of reach or in trouble raises at once, and the alarm clock tries again. An address refused for now
    is tried again by itself; one refused for good, or that fits no mail, is given up. Neither stops the others: anybody
    can type any address.
    """
    waiting = SignInCode.objects.filter(mail_at__lte=at).order_by("mail_at")
    for pk in list(waiting.values_list("pk", flat=True)[:BATCH]):
        mail_one(pk, at=at)
    codes.forget_old(at=at)


@transaction.atomic
def mail_one(pk: int, *, at: datetime) -> None:
    """Send one waiting code, unless it has become too old or another worker has it in hand."""
    row = SignInCode.objects.filter(mail_at__isnull=False).select_for_update(skip_locked=True).filter(pk=pk).first()
    if row is None:
        return
    try:
        row.mailed_at = at if row.expires_at > at and _left(row) else None
        row.sealed_code, row.mail_at = "", None
    except _RefusedForNow:
        row.mail_at = at + AGAIN_AFTER
    row.save(update_fields=["sealed_code", "mail_at", "mailed_at"])


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


class _RefusedForNow(Exception):
    """The mail server does not take a mail to this address at present."""


def _left(row: SignInCode) -> bool:
    """Send, and tell whether the mail left. False: it never will, and nobody can be told but the log."""
    try:
        message(connection.tenant, row.address, decrypt(row.sealed_code), row.language).send()
    # Anything before the recipient, like a refused password, is the server's trouble, not this address's: it is raised.
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as refused:
        log.warning("sign_in_mail_refused", reason=type(refused).__name__)
        if not _for_good(refused):
            raise _RefusedForNow from refused
        return False
    except (InvalidToken, ValueError) as error:  # the encryption key went in between; the address fits no header
        log.warning("sign_in_mail_impossible", reason=type(error).__name__)
        return False
    return True


def _for_good(refused: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> bool:
    """Whether the server said no for ever (5xx, RFC 5321 §4.2.1) rather than not now (4xx)."""
    if isinstance(refused, smtplib.SMTPRecipientsRefused):
        return all(status >= 500 for status, _text in refused.recipients.values())
    return refused.smtp_code >= 500
