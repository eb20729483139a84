"""One-time codes: six digits by e-mail, for the browser that asked, for ten minutes, five tries, one use.

Asking does the same for every address: nothing is looked up before the code proves who is there. So neither the
answer nor its timing tells whether an address is known.
"""

from __future__ import annotations

import math
import secrets
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from config.encryption import encrypt
from portal.models import SignInCode
from portal.tokens import digest, new_token
from tenants.alarms import ring

DIGITS = 6
LIFE = timedelta(minutes=10)
TRIES = 5
RESEND_AFTER = timedelta(seconds=30)
LATE_AFTER = timedelta(seconds=20)
# How long the page still knows whom it asked for, so that a code that came too late can be asked for again.
BROWSER_LIFE = timedelta(hours=1)
MAIL_ALARM = "sign_in_mail"


class CodeGone(Exception):
    """No code that this browser asked for can be used any more: too old, used, or tried too often."""


class WrongCode(Exception):
    """Not the code. `tries_left` may be 0."""

    def __init__(self, tries_left: int) -> None:
        super().__init__(tries_left)
        self.tries_left = tries_left


@transaction.atomic
def ask(address: str, *, language: str, at: datetime, instead_of: str = "") -> str:
    """Put a new code for `address` (a normalised e-mail) into the mail and return the secret for the asking browser.

    `instead_of` is the browser's secret of an earlier code, which is then worth nothing.
    """
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    browser = new_token()
    if instead_of:
        SignInCode.objects.filter(browser_hash=digest(instead_of)).delete()
    SignInCode.objects.create(
        address=address,
        browser_hash=digest(browser),
        code_hash=_hmac(browser, code),
        sealed_code=encrypt(code),
        language=language,
        created_at=at,
        expires_at=at + LIFE,
        mail_at=at,
    )
    ring(MAIL_ALARM, at)
    return browser


def asked(browser: str) -> SignInCode | None:
    """The latest code this browser asked for, usable or not."""
    return SignInCode.objects.filter(browser_hash=digest(browser)).first() if browser else None


def check(browser: str, typed: str, *, at: datetime) -> SignInCode:
    """The code row that `typed` (six digits) opens. Raises WrongCode or CodeGone. Call outside a transaction.

    The try is counted and committed before the code is looked at, so guesses sent at once cannot share a try.
    """
    usable = SignInCode.objects.filter(browser_hash=digest(browser), used_at=None, tries__lt=TRIES, expires_at__gt=at)
    if not usable.update(tries=F("tries") + 1):
        raise CodeGone
    row = SignInCode.objects.filter(browser_hash=digest(browser)).first()
    if row is None:  # another code was asked for this very moment
        raise CodeGone
    if not constant_time_compare(row.code_hash, _hmac(browser, typed)):
        raise WrongCode(TRIES - row.tries)
    return row


def spend(row: SignInCode, *, at: datetime) -> None:
    """Use the code up, in the transaction that signs in. Raises CodeGone when another request was faster."""
    if not SignInCode.objects.filter(pk=row.pk, used_at=None).update(used_at=at, sealed_code="", mail_at=None):
        raise CodeGone


def seconds_to_wait(row: SignInCode, *, at: datetime) -> int:
    """How many seconds until this browser may ask for another code; 0 when it may now."""
    return max(0, math.ceil((row.created_at + RESEND_AFTER - at).total_seconds()))


def is_late(row: SignInCode, *, at: datetime) -> bool:
    """Whether the mail should have left by now and has not: the page then says so instead of letting people wait."""
    return row.mailed_at is None and at > row.created_at + LATE_AFTER


def forget_old(*, at: datetime) -> None:
    """Delete codes whose page nobody can be looking at any more."""
    SignInCode.objects.filter(expires_at__lt=at - BROWSER_LIFE).delete()


def _hmac(browser: str, code: str) -> str:
    """Six digits alone could be guessed from a plain hash; with the browser's secret and our key they cannot."""
    return salted_hmac("portal.codes", f"{connection.schema_name}:{browser}:{code}", algorithm="sha256").hexdigest()
