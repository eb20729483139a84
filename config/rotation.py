"""Bringing every stored secret under the newest encryption key, so that an old key can be taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django_tenants.utils import get_tenant_model, tenant_context

from config import encryption

BATCH = 500


@dataclass
class Outcome:
    """How many secrets were brought over, and which could not be read by any key."""

    rotated: int = 0
    unreadable: list[str] = field(default_factory=list)


def rotate_all() -> Outcome:
    """Rotate every column of settings.ENCRYPTED in every schema. Safe to repeat, and to interrupt."""
    outcome = Outcome()
    for merchant in get_tenant_model().objects.order_by("id").iterator():
        with tenant_context(merchant):
            for place in settings.ENCRYPTED:
                _rotate_column(place, outcome)
    return outcome


def _rotate_column(place: str, outcome: Outcome) -> None:
    """`app.Model.column`, or `app.Model.column:key` for a key of a JSON column."""
    path, _, key = place.partition(":")
    label, _, column = path.rpartition(".")
    model = apps.get_model(label)
    if model._meta.db_table not in connection.introspection.table_names():
        return  # an app of shops has no table in public
    for first, last in _ranges(model):
        with transaction.atomic():
            rows = model._default_manager.select_for_update().filter(pk__gte=first, pk__lte=last).order_by("pk")
            for row in rows:
                _rotate_row(row, column, key, f"{connection.schema_name}/{place}/{row.pk}", outcome)


def _ranges(model: type[models.Model]) -> Iterator[tuple[Any, Any]]:
    """The primary keys of the table in batches, as first and last."""
    keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        yield batch[0], batch[-1]


def _rotate_row(row: models.Model, column: str, key: str, name: str, outcome: Outcome) -> None:
    value = getattr(row, column)
    secret = value.get(key) if key else value
    if not secret:
        return
    try:
        fresh = encryption.rotate(secret)
    except InvalidToken:
        outcome.unreadable.append(name)
        return
    setattr(row, column, {**value, key: fresh} if key else fresh)
    row.save(update_fields=[column])
    outcome.rotated += 1
