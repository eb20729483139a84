"""What programs are told of customers, orders and points: plain JSON, in the shapes that api/shapes.py declares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import prefetch_related_objects

from config.money import to_major
from customers.models import Consent, Customer, Identity, Order
from loyalty.explaining import explain, outcome
from loyalty.models import OrderEarning, ProgrammeVersion
from loyalty.rules import Reward
from loyalty.standing import Due, HistoryLine, LotLine, Standing
from webhooks.models import Endpoint, Message

Told = dict[str, Any]


def moment(at: datetime | None) -> str | None:
    """A time in UTC, RFC 3339."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def iso(text: str) -> str | None:
    """The same for a time that is stored as text."""
    return moment(datetime.fromisoformat(text))


def money(minor: int, currency: str) -> str:
    """An amount as text in the currency's usual unit."""
    return f"{to_major(minor, currency):f}"


def customers(rows: Sequence[Customer]) -> list[Told]:
    """Customers with their accounts and proofs; one query for all of them."""
    prefetch_related_objects(rows, "identities")
    return [_customer(row) for row in rows]


def customer(row: Customer) -> Told:
    """One customer."""
    return customers([row])[0]


def _customer(row: Customer) -> Told:
    identities = sorted(row.identities.all(), key=lambda i: i.pk)
    proven = {(i.kind, i.value) for i in identities}
    return {
        "id": row.pk,
        "name": row.name,
        "email": row.email,
        "email_verified": (Identity.Kind.EMAIL, row.email) in proven,
        "phone": row.phone,
        "phone_verified": (Identity.Kind.PHONE, row.phone) in proven,
        "language": row.language,
        "birthday": row.birthday.isoformat() if row.birthday else None,
        "card_code": row.card_code,
        "joined_at": moment(row.joined_at),
        "created_at": moment(row.created_at),
        "accounts": [{"source": i.source, "id": i.value} for i in identities if i.kind == Identity.Kind.STORE],
    }


def consent(row: Consent) -> Told:
    """One decision."""
    return {
        "channel": row.channel, "purpose": row.purpose, "granted": row.granted, "at": moment(row.at),
        "source": row.source,
    }  # fmt: skip


AMOUNTS = ("total", "subtotal", "discount", "shipping", "tax", "refunded")


def orders(rows: Sequence[Order]) -> list[Told]:
    """Orders with what they earned; one query for all of them."""
    earnings = OrderEarning.objects.in_bulk([row.pk for row in rows])
    return [_order(row, earnings.get(row.pk)) for row in rows]


def order(row: Order) -> Told:
    """One order."""
    return orders([row])[0]


def _order(row: Order, earning: OrderEarning | None) -> Told:
    return {
        "id": row.external_id,
        "source": row.source,
        "number": row.number,
        "status": str(row.state),
        "test": row.test,
        "currency": row.currency,
        **{name: money(getattr(row, name), row.currency) for name in AMOUNTS},
        "paid_with_points": money(row.points_paid, row.currency),
        "placed_at": moment(row.placed_at),
        "paid_at": moment(row.paid_at),
        "cancelled_at": moment(row.cancelled_at),
        "fulfilled_at": moment(row.fulfilled_at),
        "delivered_at": moment(row.delivered_at),
        "confirmed_at": moment(row.confirmed_at),
        "updated_at": moment(row.changed_in_store_at),
        "customer_id": row.customer_id,
        "codes": [
            {"code": code, "amount": None if amount is None else money(amount, row.currency)}
            for code, amount in sorted(row.codes.items())
        ],
        "lines": [_line(line, row.currency) for line in row.lines],
        "refunds": [_refund(name, refund) for name, refund in sorted(row.refunds.items())],
        "points": _earned(earning),
    }


def _line(line: Told, currency: str) -> Told:
    amounts = {name: money(line[name], currency) for name in ("unit_price", "total", "discount")}
    rest = {name: line[name] for name in ("name", "quantity", "product_id", "sku", "gift_card")}
    words = {name: line.get(name, []) for name in ("collections", "tags")}
    return {"id": line["external_id"], **rest, **words, **amounts}


def _refund(name: str, refund: Told) -> Told:
    currency = refund["currency"]
    return {
        "id": name,
        "status": "cancelled" if refund["cancelled"] else "done",
        "currency": currency,
        **{part: money(refund[part], currency) for part in ("total", "subtotal", "shipping", "tax")},
        "reason": refund["reason"],
        "refunded_at": iso(refund["at"]),
        "lines": [
            {"line_id": line["line_id"], "quantity": line["quantity"], "amount": money(line["amount"], currency)}
            for line in refund["lines"]
        ],
    }


def _earned(earning: OrderEarning | None) -> Told:
    if earning is None:
        return {"earned": 0, "outcome": "", "explanation": ""}
    explanation = explain(earning.arithmetic) or outcome(earning.outcome)
    return {"earned": earning.posted, "outcome": earning.outcome, "explanation": explanation}


def balance(has: Standing, currency: str) -> Told:
    """How a member stands."""
    names = ("available", "pending", "held", "debt", "earned", "missing")
    return {
        **{name: getattr(has, name) for name in names},
        "next_expiry": _due(has.next_expiry),
        "next_maturity": _due(has.next_maturity),
        "next_reward": reward(has.reward, currency) if has.reward else None,
    }


def _due(due: Due | None) -> Told | None:
    return None if due is None else {"points": due.points, "at": moment(due.at)}


def reward(some: Reward, currency: str) -> Told:
    """Something that points can buy."""
    return {
        "key": some.key,
        "name": some.name,
        "description": some.description,
        "kind": some.kind,
        "points": some.points,
        "value": money(some.value_minor, currency),
        "percent": some.percent,
        "minimum": money(some.minimum_minor, currency),
        "where": list(some.where),
        "tiers": list(some.tiers),
        "active": some.active,
    }


def journals(lines: Iterable[HistoryLine]) -> list[Told]:
    """A member's history."""
    return [journal(line) for line in lines]


def journal(line: HistoryLine) -> Told:
    """One movement of points."""
    return {
        "id": line.journal_id,
        "kind": line.kind,
        "points": line.points,
        "changes": line.changes,
        "balance_after": line.balance_after,
        "pending_after": line.pending_after,
        "reason": line.reason,
        "explanation": explain(line.arithmetic),
        "arithmetic": line.arithmetic,
        "order": line.order_number or None,
        "actor": line.actor_name,
        "at": moment(line.at),
        "recorded_at": moment(line.recorded_at),
        "matures_at": moment(line.matures_at),
        "expires_at": moment(line.expires_at),
    }


def lot(line: LotLine) -> Told:
    """Points that came together."""
    return {
        "id": line.lot_id,
        "state": str(line.state),
        "points": line.points,
        "remaining": line.remaining,
        "matures_at": moment(line.matures_at),
        "expires_at": moment(line.expires_at),
        "order": line.order_number or None,
        "at": moment(line.effective_at),
    }


def programme(version: ProgrammeVersion) -> Told:
    """The rules for points."""
    rules = version.terms
    names = ("tax", "shipping", "gift_cards", "points_paid")
    return {
        "version": version.number,
        "in_force_from": moment(version.in_force_from),
        "currency": rules.currency,
        "earn_points": rules.earn_points,
        "earn_per": money(rules.earn_per, rules.currency),
        "rounding": rules.rounding,
        "rounding_unit": rules.rounding_unit,
        "counts": {name: getattr(rules, f"count_{name}") for name in names},
        "minimum": money(rules.minimum_minor, rules.currency),
        "hold_days": rules.hold_days,
        "expiry_months": rules.expiry_months,
        "worth_of_100": money(rules.worth_of_100, rules.currency),
        "rewards": [reward(some, rules.currency) for some in rules.rewards],
    }


def endpoint(row: Endpoint) -> Told:
    """Where a program is told what happens."""
    return {
        "id": row.public_id,
        "url": row.url,
        "description": row.description,
        "types": row.types,
        "created_at": moment(row.created_at),
        "paused_at": moment(row.paused_at),
        "paused_reason": row.paused_reason or None,
        "failing_since": moment(row.failing_since),
    }


def message(row: Message) -> Told:
    """One event for one endpoint, and how sending it went."""
    return {
        "id": row.pk,
        "webhook_id": row.message_id,
        "type": row.type,
        "state": str(row.state),
        "created_at": moment(row.created_at),
        "next_try_at": moment(row.next_try_at),
        "settled_at": moment(row.settled_at),
        "tries": row.tries,
        "body": row.body or None,
        "answer": row.answer,
    }
