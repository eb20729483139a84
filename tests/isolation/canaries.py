"""What only one shop knows: every text in its tables that no other shop has. None of it may be seen elsewhere."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django_tenants.utils import tenant_context

from tests.isolation.filling import Filled

LEAST = 7  # shorter texts may stand on any page by chance
TEXTS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.GenericIPAddressField)


class Canaries:
    """The texts of one shop that no other has, to be looked for in whatever others get to see."""

    def __init__(self, shop: Filled, *others: Filled) -> None:
        known = {text for other in others for texts in texts_of(other).values() for text in texts}
        secrets = [*shop.secrets.values(), *(value for jar in shop.cookies.values() for value in jar.values())]
        own = {text for texts in texts_of(shop).values() for text in texts} - known | set(secrets)
        self.mark = shop.mark.lower()
        self.texts = {
            form for text in own if len(text) >= LEAST and self.mark not in text.lower() for form in ways(text)
        }

    def in_(self, seen: str, *, said: Iterable[str] = ()) -> list[str]:
        """Where canaries stand in `seen`, each with what surrounds it; what the asker said may be echoed."""
        if not self._present(seen):
            return []
        for text in sorted(said, key=len, reverse=True):
            for form in ways(text):
                seen = seen.replace(form, "·")
        return [_surroundings(seen, text) for text in self._present(seen)]

    def _present(self, seen: str) -> list[str]:
        marks = [self.mark] if self.mark in seen.lower() else []
        return marks + [text for text in self.texts if text in seen]


def columns() -> Iterator[tuple[type[models.Model], Any]]:
    """Every column of a tenant's tables that can hold text, JSON or bytes."""
    for model in apps.get_models():
        config = model._meta.app_config
        if config is not None and config.name in settings.TENANT_APPS:
            yield from ((model, field) for field in model._meta.concrete_fields if isinstance(field, TEXTS))


def texts_of(shop: Filled) -> dict[str, set[str]]:
    """The texts in each column (`table.column`) of a shop."""
    with tenant_context(shop.merchant):
        return {
            f"{model._meta.db_table}.{field.column}": {
                text for value in model._base_manager.values_list(field.attname, flat=True) for text in texts_in(value)
            }
            for model, field in columns()
        }


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a column's value, also inside JSON (names of members too)."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from (str(name), *texts_in(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    elif isinstance(value, bytes | memoryview):
        yield bytes(value).decode("utf-8", errors="replace")
    elif value is not None:
        yield str(value)


def digest_of(shop: Filled, *, without: Iterable[str] = ()) -> dict[str, str]:
    """A digest of every table of the shop, by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [shop.merchant.schema_name])
        tables = sorted({name for (name,) in cursor.fetchall()} - set(without))
    parts = [f"SELECT '{t}', md5(string_agg(r::text, '|' ORDER BY r::text)) FROM {t} r" for t in tables]
    with tenant_context(shop.merchant), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return {name: digest or "" for name, digest in cursor.fetchall()}


def ways(text: str) -> set[str]:
    """The ways a text is written in pages, addresses and headers."""
    inside = quote(quote(text))  # an address within an address
    return {text, html.escape(text), quote(text), quote_plus(text), inside, quote(quote_plus(text))} - {""}


def _surroundings(seen: str, text: str) -> str:
    place = seen.lower().find(text.lower())
    return f"…{seen[max(0, place - 60) : place + len(text) + 20]}…"
