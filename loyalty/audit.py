"""Whether the books of one shop hold: every rule of the ledger, asked of the stored rows. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from loyalty.audit_rules import RULES
from loyalty.earning import target
from loyalty.evaluation import Facts
from loyalty.models import Lot, OrderEarning
from loyalty.programme import shop_time_zone

MOST_OF_A_RULE = 100  # breaches reported of each rule
LATE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Breach:
    """One row that breaks a rule of the ledger."""

    rule: str
    subject: str


def audit(*, at: datetime | None = None) -> list[Breach]:
    """Every breach in the active schema, at most 100 of each rule. With `at`, overdue lots count as well."""
    breaches: list[Breach] = []
    for found in (_of_rows(), _of_orders(), _of_overdue(at)):
        breaches.extend(found)
    return breaches


def _of_rows() -> Iterator[Breach]:
    with connection.cursor() as cursor:
        for rule, sql in RULES.items():
            cursor.execute(f"{sql} LIMIT {MOST_OF_A_RULE}")  # our own text
            for (subject,) in cursor.fetchall():
                yield Breach(rule, subject)


def _of_orders() -> Iterator[Breach]:
    """Orders whose points are not what their state and their frozen rules say."""
    found, zone = 0, shop_time_zone()
    for earning in OrderEarning.objects.select_related("order", "programme_version").iterator(chunk_size=500):
        wanted = target(earning.order, earning.programme_version, Facts.from_json(earning.facts), zone).points
        if wanted != earning.posted and found < MOST_OF_A_RULE:
            found += 1
            yield Breach(
                "an order has the points that its rules give",
                f"order {earning.order_id}: {earning.posted} instead of {wanted}",
            )


def _of_overdue(at: datetime | None) -> Iterator[Breach]:
    if at is None:
        return
    late = Lot.objects.filter(remaining__gt=0, state=Lot.State.ACTIVE, may_expire_at__lt=at - LATE)
    for lot_id in late.values_list("pk", flat=True)[:MOST_OF_A_RULE]:
        yield Breach("lots expire within a day of their time", f"lot {lot_id}")
    unseen = Lot.objects.filter(remaining__gt=0, state=Lot.State.ACTIVE, notices_planned=False)
    for lot_id in unseen.filter(expires_at__lt=at - LATE).values_list("pk", flat=True)[:MOST_OF_A_RULE]:
        yield Breach("notices are planned before lots expire", f"lot {lot_id}")
