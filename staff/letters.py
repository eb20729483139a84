"""Mails to staff: rendered from a pair of templates, sent at once. A mail server that is down never breaks a page."""

from __future__ import annotations

import smtplib
from typing import Any

import structlog
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

logger = structlog.get_logger(__name__)


def send(template: str, to: str, context: dict[str, Any]) -> bool:
    """Send `<template>_subject.txt` and `<template>_message.txt`. False when the mail server did not take it."""
    subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
    body = render_to_string(f"{template}_message.txt", context).strip() + "\n"
    return deliver(EmailMessage(subject, body, to=[to]), kind=template)


def deliver(mail: EmailMessage, *, kind: str) -> bool:
    """Hand a mail to the server; False (and a line in the log, without the address) when that failed."""
    try:
        mail.send()
    except (smtplib.SMTPException, OSError, ValueError) as error:  # the last: an address that fits no header
        logger.error("mail_failed", kind=kind, error=type(error).__name__)
        return False
    return True
