"""The mail that tells a member what became of their claim. A worker sends it by the alarm clock, a little later:
a decision that was undone at once troubles nobody.
"""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from customers.identities import proven_email
from loyalty.models import Claim
from tenants.alarms import handler
from tenants.models import Merchant

log = structlog.get_logger(__name__)
ALARM = "claim_mail"
AFTER = timedelta(minutes=2)
AGAIN_AFTER = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(days=2)
BATCH = 50


def due() -> datetime | None:
    """When the next decision is to be mailed."""
    waiting = Claim.objects.filter(mail_at__isnull=False).order_by("mail_at")
    return waiting.values_list("mail_at", flat=True).first()


@handler(ALARM, due=due)
def run(at: datetime) -> None:
    """Mail up to `BATCH` decisions, oldest first, each in a transaction of its own."""
    waiting = Claim.objects.filter(mail_at__lte=at).order_by("mail_at", "pk")
    for pk in list(waiting.values_list("pk", flat=True)[:BATCH]):
        mail_one(pk, at=at)


@transaction.atomic
def mail_one(pk: int, *, at: datetime) -> None:
    """Tell one member, unless the decision was undone or another worker has it in hand."""
    rows = Claim.objects.select_for_update(skip_locked=True, of=("self",)).select_related("customer", "order")
    claim = rows.filter(pk=pk, mail_at__lte=at).first()
    if claim is None:
        return
    assert claim.decided_at is not None
    gone_for_good = at > claim.decided_at + GIVE_UP_AFTER
    claim.mail_at = None if gone_for_good or _left(claim) else at + AGAIN_AFTER
    claim.save(update_fields=["mail_at"])


def message(merchant: Merchant, claim: Claim, address: str, language: str) -> EmailMultiAlternatives:
    """The mail as text and HTML in `language`, in the shop's name."""
    with translation.override(language):
        name = _one_line(merchant.name)
        about = {"shop": name, "claim": claim, "url": merchant.url("/claims/"), "approved": claim.state == "approved"}
        subject = _("Your missing points at %(shop)s") % about
        mail = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string("email/claim_decided.txt", about),
            from_email=formataddr((name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
            to=[address],
            headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
        )
        html = render_to_string("email/claim_decided.html", {**about, "subject": subject})
        mail.attach_alternative(html, "text/html")
        return mail


def _left(claim: Claim) -> bool:
    """Send, and tell whether there is nothing more to try: it left, or it never can."""
    address = proven_email(claim.customer)
    if not address:
        return True
    merchant = connection.tenant
    try:
        message(merchant, claim, address, claim.customer.language or merchant.language).send()
    except (smtplib.SMTPException, OSError) as trouble:
        log.warning("claim_mail_failed", reason=type(trouble).__name__)
        return False
    except ValueError as impossible:  # the address fits no header
        log.warning("claim_mail_impossible", reason=type(impossible).__name__)
    return True


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
