"""The mail that says which points will expire when: information about the member's own points, no advertising."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass, field
from email.utils import formataddr, make_msgid, parseaddr
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from config import formatting
from loyalty.models import Notice
from loyalty.standing import Due
from tenants.models import Merchant


class MailServerTrouble(Exception):
    """The mail server is out of reach or refuses us: no fault of the address."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a notice ended (a state of Notice; DUE: not yet) and the proof of it."""

    state: str
    proof: dict[str, Any] = field(default_factory=dict)


class Post:
    """One connection to the mail server for a batch of mails of one shop."""

    def __init__(self, merchant: Merchant, zone: ZoneInfo) -> None:
        self.merchant, self.zone, self.server = merchant, zone, get_connection()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.close()

    def send(self, address: str, language: str, due: Due) -> Outcome:
        """Send one mail. Raises MailServerTrouble; a refused address is an outcome: DUE means refused for now."""
        try:
            mail = message(self.merchant, address, language or self.merchant.language, due, self.zone)
        except ValueError:  # the address fits no header
            return Outcome(
                Notice.State.ATTEMPTED, {"channel": "email", "address": masked(address), "problem": "address"}
            )
        proof = {
            "channel": "email",
            "address": masked(address),
            "subject": mail.subject,
            "message_id": mail.extra_headers["Message-ID"],
        }
        try:
            self.server.open()
            self.server.send_messages([mail])
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as refused:
            state = Notice.State.ATTEMPTED if _for_good(refused) else Notice.State.DUE
            return Outcome(state, {**proof, "problem": _said(refused)})
        except ValueError:
            return Outcome(Notice.State.ATTEMPTED, {**proof, "problem": "address"})
        except (smtplib.SMTPException, OSError) as trouble:
            raise MailServerTrouble(type(trouble).__name__) from trouble
        return Outcome(Notice.State.SENT, proof)


def message(merchant: Merchant, address: str, language: str, due: Due, zone: ZoneInfo) -> EmailMultiAlternatives:
    """The mail as text and HTML. It says how many points, and the exact moment in the shop's time zone."""
    with translation.override(language), timezone.override(zone):
        shop = _one_line(merchant.name)
        about = {
            "shop": shop,
            "points": formatting.points(due.points, merchant.point_unit),
            "day": formatting.day(due.at),
            "moment": formatting.moment(due.at),
            "zone": zone.key.replace("_", " "),
            "url": merchant.url(),
        }
        subject = _one_line(_("%(shop)s: %(points)s expire on %(day)s") % about)
        mail = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string("email/points_expiring.txt", about),
            from_email=formataddr((shop, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
            to=[address],
            headers={
                "Message-ID": make_msgid(domain=parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]),
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "All",
            },
        )
        html = render_to_string("email/points_expiring.html", {**about, "subject": subject})
        mail.attach_alternative(html, "text/html")
        mail.message()  # an address that fits no header shows here
        return mail


def masked(address: str) -> str:
    """Enough of an address to recognise it, not enough to write to it: m…@example.com."""
    name, _at, host = address.rpartition("@")
    return f"{name[:1]}…@{host}"


def _said(refused: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> str:
    """The server's code alone: its words may repeat the address."""
    if isinstance(refused, smtplib.SMTPRecipientsRefused):
        return f"SMTP {min((status for status, _text in refused.recipients.values()), default=0)}"
    return f"SMTP {refused.smtp_code}"


def _for_good(refused: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> bool:
    """Whether the server said no for ever (5xx, RFC 5321 §4.2.1) rather than not now (4xx)."""
    if isinstance(refused, smtplib.SMTPRecipientsRefused):
        return all(status >= 500 for status, _text in refused.recipients.values())
    return refused.smtp_code >= 500


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
