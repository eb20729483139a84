"""One row of each export. People's names, addresses and codes are masked unless `unmasked`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from config.money import to_major
from customers.models import Customer, Order
from loyalty.explaining import outcome
from loyalty.liability import Movement
from loyalty.models import Journal, Redemption
from loyalty.notice_mail import masked as masked_email
from loyalty.reward_rules import Reward
from loyalty.stored import read

CUSTOMER = (
    _("Number"), _("Name"), _("E-mail"), _("Phone"), _("Birthday"), _("Membership card"), _("Language"), _("Tags"),
    _("Tier"), _("Joined"), _("Available"), _("Pending"), _("Set aside"), _("Owed"), _("Earned in all"),
)  # fmt: skip
JOURNAL = (
    _("Number"), _("Date"), _("Customer number"), _("Name"), _("What happened"), _("Available"), _("Pending"),
    _("Set aside"), _("Owed"), _("Order"), _("Reason"), _("By"),
)  # fmt: skip
ORDER = (
    _("Date"), _("Order"), _("Storefront"), _("State"), _("Currency"), _("Total"), _("Refunded"),
    _("Customer number"), _("Name"), _("Points"),
)  # fmt: skip
REDEMPTION = (
    _("Date"), _("Reward"), _("Points"), _("Reward code"), _("State"), _("Valid until"), _("Done"), _("Order"),
    _("Customer number"), _("Name"),
)  # fmt: skip
MOVEMENT = (
    _("Month"), _("At the beginning"), _("Issued"), _("Redeemed"), _("Expired"), _("Clawed back"), _("Adjusted"),
    _("At the end"),
)  # fmt: skip


def customer(one: Customer, unmasked: bool) -> Sequence[Any]:
    """A customer with their points."""
    balance = getattr(one, "balance", None)
    points = [getattr(balance, name) if balance else 0 for name in ("available", "pending", "held", "debt", "earned")]
    return [
        one.pk,
        name(one.name, unmasked),
        email(one.email, unmasked),
        one.phone if unmasked else ending(one.phone),
        one.birthday if unmasked else None,
        one.card_code if unmasked else ending(one.card_code),
        one.language,
        ", ".join(one.tags),
        balance.tier if balance else "",
        one.joined_at,
        *points,
    ]


def journal(one: Journal, unmasked: bool) -> Sequence[Any]:
    """One posting, with what it moved on each account of the member."""
    moved = {entry.account: entry.points for entry in one.entries.all()}
    return [
        one.pk,
        one.effective_at,
        one.customer_id,
        name(one.customer.name, unmasked),
        one.get_kind_display(),
        *(moved.get(account, 0) for account in ("available", "pending", "held", "debt")),
        one.order.number if one.order else "",
        outcome(one.reason),
        name(one.actor_name, unmasked or one.actor_kind != "shopper"),
    ]


def order(one: Order, unmasked: bool) -> Sequence[Any]:
    """An order and the points it has earned so far."""
    earning = getattr(one, "earning", None)
    who = one.customer.name if one.customer else one.buyer_name
    return [
        one.placed_at,
        one.number or one.external_id,
        one.source,
        one.get_state_display(),
        one.currency,
        _money(one.total, one.currency),
        _money(one.refunded, one.currency),
        one.customer_id,
        name(who, unmasked),
        earning.posted if earning else 0,
    ]


def redemption(one: Redemption, unmasked: bool) -> Sequence[Any]:
    """A reward that somebody took. A code that can still be used is worth money: it is masked too."""
    return [
        one.created_at,
        read(Reward, one.terms).label,
        one.points,
        one.code if unmasked else ending(one.code),
        one.get_state_display(),
        one.valid_until,
        one.settled_at,
        one.order.number if one.order else "",
        one.customer_id,
        name(one.customer.name, unmasked),
    ]


def movement(month: Movement) -> Sequence[Any]:
    """What moved in a month."""
    return [
        f"{month.month:%Y-%m}", month.opening, month.issued, -month.redeemed, -month.expired, -month.clawed_back,
        month.adjusted, month.closing,
    ]  # fmt: skip


def _money(minor: int, currency: str) -> int | str:
    if not currency:
        return minor
    amount = to_major(minor, currency)
    return int(amount) if amount == amount.to_integral_value() else str(amount)


def name(text: str, unmasked: bool) -> str:
    """A name, or its first letter."""
    return text if unmasked or not text else f"{text[:1]}**"


def email(address: str, unmasked: bool) -> str:
    """An address, or its first letter and its host."""
    return address if unmasked or not address else masked_email(address)


def ending(text: str) -> str:
    """The last four of a number or code."""
    return f"**{text[-4:]}" if text else ""
