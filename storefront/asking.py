"""Asking a store's API and keeping the credentials that the platform renews while it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from storefront.credentials import keep_renewed
from storefront.models import Store
from storefront.platforms import reader_of
from storefront.platforms.interface import PlatformError, Reader


@contextmanager
def asking(store: Store, *, at: datetime) -> Iterator[Reader]:
    """The store's reader: `with asking(store, at=at) as reader`. What it renews is kept, also when it fails after.

    Raises PlatformError, "no_credentials" when there is nothing to ask with. Open no transaction around it: a shop
    may take its time, and what it has renewed must not be rolled back.
    """
    store.refresh_from_db(fields=["credentials", "settings", "disconnected_at"])
    asked_with = store.credentials
    reader = reader_of(store, at=at)
    if reader is None:
        raise PlatformError("no_credentials")
    try:
        yield reader
    except PlatformError as error:
        if error.code == "wrong_credentials" and reader.renewed is None and _replaced(store, asked_with):
            # Somebody else renewed them a moment ago, which took ours out of force.
            raise PlatformError("busy", error.detail, retry_after=1) from error
        raise
    finally:
        if reader.renewed is not None:
            keep_renewed(store, reader.renewed, since=asked_with)


def _replaced(store: Store, asked_with: str) -> bool:
    store.refresh_from_db(fields=["credentials"])
    return store.credentials != asked_with
