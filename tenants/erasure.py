"""Erasing a merchant: everything that bears its schema's name, and nothing else."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.core.files.storage import default_storage
from django.db import connection
from django_tenants.utils import tenant_context

from tenants.models import Alarm, Merchant, Ring

OURS = re.compile(r"t_[a-z2-7]{16}")


def erase(merchant: Merchant) -> None:
    """Delete files and cached values, then schema, alarms, hosts and the merchant's row. Call inside a transaction.

    Files go first: when the transaction fails after that, the next try erases the rest.
    """
    assert OURS.fullmatch(merchant.schema_name), f"not a merchant's schema: {merchant.schema_name}"
    _erase_files(merchant)
    _erase_cache(merchant.schema_name)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        cursor.execute(f'DROP SCHEMA IF EXISTS "{merchant.schema_name}" CASCADE')
    for model in (Alarm, Ring):
        model.objects.filter(schema_name=merchant.schema_name).delete()
    merchant.delete()  # its domains go with it


def _erase_files(merchant: Merchant) -> None:
    with tenant_context(merchant), suppress(FileNotFoundError):
        folder = default_storage.path("")
        assert folder.rstrip("/").endswith(merchant.schema_name)
        shutil.rmtree(folder)


def _erase_cache(schema_name: str) -> None:
    """Keys begin with the schema's name (django_tenants.cache.make_key). Other caches let them time out."""
    backend = caches["default"]
    if isinstance(backend, RedisCache):
        client = backend._cache.get_client(None, write=True)
        for key in client.scan_iter(match=f"{schema_name}:*", count=1000):
            client.delete(key)
