"""What customers allowed or withdrew, with evidence. Rows are only added; the latest per channel and purpose counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from customers.models import Consent, Customer
from customers.snapshots import CustomerSnapshot


def record_consent(
    customer: Customer,
    *,
    channel: str,
    purpose: str,
    granted: bool,
    at: datetime,
    source: str,
    evidence: dict[str, Any] | None = None,
) -> Consent:
    """Add a decision of the customer. `evidence`: what they were shown and where (wording, language, version, ip)."""
    return Consent.objects.create(
        customer=customer,
        channel=channel,
        purpose=purpose,
        granted=granted,
        at=at,
        source=source,
        evidence=evidence or {},
    )


def current(customer: Customer) -> dict[tuple[str, str], Consent]:
    """The decision that counts for each (channel, purpose) the customer ever decided on: the latest by its own time."""
    decisions = customer.consents.order_by("channel", "purpose", "-at", "-id").distinct("channel", "purpose")
    return {(c.channel, c.purpose): c for c in decisions}


def allows(customer: Customer, channel: str, purpose: str) -> bool:
    """Whether the customer has granted this and not withdrawn it since. Never decided means no."""
    decision = current(customer).get((channel, purpose))
    return decision is not None and decision.granted


def record_stated(said: Sequence[tuple[Customer, CustomerSnapshot]], *, at: datetime) -> list[Consent]:
    """Add the decisions that stores report. One that is known, with the same time and answer, is not repeated."""
    stated = [(c, s, consent) for c, s in said for consent in s.consents]
    if not stated:
        return []
    known = Consent.objects.filter(customer__in={c.pk for c, _, _ in stated})
    seen = set(known.values_list("customer_id", "channel", "purpose", "granted", "at"))
    new: dict[tuple[Any, ...], Consent] = {}
    for customer, snapshot, decision in stated:
        key = (customer.pk, decision.channel, decision.purpose, decision.granted, decision.at)
        if key not in seen:
            evidence = {"customer": snapshot.external_id, "version": snapshot.version, "recorded_at": at.isoformat()}
            new[key] = Consent(customer=customer, source=snapshot.source, evidence=evidence, **asdict(decision))
    return Consent.objects.bulk_create(new.values())
