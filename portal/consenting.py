"""News by e-mail: off until the member says so, and what they said kept with its evidence.

The wording is part of the evidence: whoever changes it raises WORDING_VERSION (GDPR art. 7(1)).
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customers import consents
from customers.models import Consent, Customer
from tenants.models import Merchant

CHANNEL, PURPOSE = "email", "advertising"
WORDING_VERSION = "2026-11"


def wording(merchant: Merchant) -> str:
    """The sentence beside the switch, in the reader's language."""
    return _("%(shop)s may send me news and offers by e-mail. I can withdraw this here at any time.") % {
        "shop": merchant.name
    }


def email_advertising(customer: Customer) -> Consent | None:
    """The latest word of this member on news by e-mail; None when never asked."""
    return consents.current(customer).get((CHANNEL, PURPOSE))


def decide(customer: Customer, merchant: Merchant, *, granted: bool, ip: str, at: datetime) -> bool:
    """Record a change of mind with its evidence; False when it was none."""
    latest = email_advertising(customer)
    if (latest.granted if latest else False) == granted:
        return False
    # A store's clock may run ahead of ours: what the member says here and now still comes after what it told.
    at = max(at, latest.at) if latest else at
    evidence = {"wording": wording(merchant), "version": WORDING_VERSION, "language": get_language(), "ip": ip}
    consents.record_consent(
        customer, channel=CHANNEL, purpose=PURPOSE, granted=granted, at=at, source="portal", evidence=evidence
    )
    return True
