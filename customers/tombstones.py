"""What stays of an erased account at a store, so that late news does not bring its person back: a keyed hash.

The key is the installation's; without it the hash of a short number would be no secret. After a change of that key the
tombstones made before are not recognised any more.
"""

from __future__ import annotations

from django.utils.crypto import salted_hmac

NO_BUYER = "9999-erased"  # as the version of an order's buyer: later than any document's


def tombstone(source: str, account: str) -> str:
    """What stands in Identity.value instead of the account."""
    return "erased:" + salted_hmac("customers.erased", f"{source}/{account}", algorithm="sha256").hexdigest()
