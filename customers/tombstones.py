"""What stays of an erased account at a store, so that late news does not bring its person back: a keyed hash.

The key is the installation's; without it the hash of a short number would be no secret. After a change of that key the
tombstones made before are not recognised any more.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from django.conf import settings

NO_BUYER = "9999-erased"  # as the version of an order's buyer: later than any document's


def tombstone(source: str, account: str) -> str:
    """What stands in Identity.value instead of the account. Asked for each account of a batch, so it is quick."""
    return "erased:" + hmac.digest(_key(settings.SECRET_KEY), f"{source}/{account}".encode(), "sha256").hex()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hashlib.sha256(b"customers.erased" + secret.encode()).digest()
