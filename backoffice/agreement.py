"""Whether a storefront and we agree, in words; and what a repair would change, orders and points alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formatting
from customers.models import Order
from loyalty import earning
from loyalty.applying import RuleBook
from loyalty.models import OrderEarning
from storefront.agreement import order_then
from storefront.models import Drift, Pull, Store
from storefront.nightly import Agreement, health_lines
from storefront.pulling import trouble_of

TONES = {"agree": "success", "drift": "warning", "failed": "danger"}

UNCOMPARED = {
    "unasked": gettext_lazy("Orders can't be compared: there is no key for this shop's API."),
    "never": gettext_lazy("Orders have not been compared yet."),
    "running": gettext_lazy("Orders are being compared for the first time."),
}

FIELDS = {
    "state": gettext_lazy("State"),
    "test": gettext_lazy("Test order"),
    "currency": gettext_lazy("Currency"),
    "subtotal": gettext_lazy("Goods"),
    "shipping": gettext_lazy("Shipping"),
    "tax": gettext_lazy("Tax"),
    "total": gettext_lazy("Total"),
    "gift_card": gettext_lazy("Gift cards"),
    "points_paid": gettext_lazy("Paid with points"),
    "refunded": gettext_lazy("Refunded"),
    "refunded_goods": gettext_lazy("Refunded for goods"),
    "account": gettext_lazy("Customer’s account"),
}
MONEY = {"subtotal", "shipping", "tax", "total", "gift_card", "points_paid", "refunded", "refunded_goods"}


# ── The line ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Line:
    """How a store stands, for a badge and one sentence."""

    store: Store
    tone: str
    sentence: str
    wants_attention: bool


def lines_of(stores: Sequence[Store]) -> list[Line]:
    """The line of each of these stores."""
    return [
        Line(found.store, TONES.get(found.state, "neutral"), _sentence(found), found.state in ("drift", "failed"))
        for found in health_lines(stores)
    ]


def line_of(store: Store) -> Line:
    """The line of one store, e.g. "All 1,204 orders of the last 30 days agree. Checked 21 Nov, 03:10."."""
    return lines_of([store])[0]


def _sentence(found: Agreement) -> str:
    if found.state in UNCOMPARED:
        return str(UNCOMPARED[found.state])
    if found.state == "failed":
        return _("The last comparison failed: {reason}").format(reason=_(trouble_of(found.trouble)[0]))
    checked = formatting.short_moment(found.checked_at) if found.checked_at else ""
    if found.drifts:
        text = ngettext(
            "{count} order does not agree. Checked {moment}.", "{count} orders do not agree. Checked {moment}.",
            found.drifts,
        )  # fmt: skip
        return text.format(count=formatting.count(found.drifts), moment=checked)
    if not found.orders:
        return _("There were no orders in the last {days} days. Checked {moment}.").format(
            days=found.days, moment=checked
        )
    text = ngettext(
        "The one order of the last {days} days agrees. Checked {moment}.",
        "All {count} orders of the last {days} days agree. Checked {moment}.",
        found.orders,
    )
    return text.format(count=formatting.count(found.orders), days=found.days, moment=checked)


# ── Drift, and what a repair would do ───────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which both sides differ, readable."""

    label: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """An order in drift, its differences, and its points now and after a repair."""

    drift: Drift
    order: Order | None
    differences: list[Difference]
    points_now: int
    points_then: int

    @property
    def change(self) -> int:
        return self.points_then - self.points_now


def foresee(drifts: Sequence[Drift]) -> list[Foreseen]:
    """What repairing each of these (of one store) would change. Computed from the last comparison; writes nothing."""
    source = drifts[0].store.public_id if drifts else ""
    ids = [drift.external_id for drift in drifts]
    orders = {o.external_id: o for o in Order.objects.filter(source=source, external_id__in=ids)}
    posted = dict(OrderEarning.objects.filter(order__in=orders.values()).values_list("order_id", "posted"))
    rules = RuleBook()
    found = []
    for drift in drifts:
        order = orders.get(drift.external_id)
        now = posted.get(order.pk, 0) if order else 0
        then = _points_then(drift, order, rules) if drift.theirs else now
        found.append(Foreseen(drift, order, differences_of(drift), now, then))
    return found


def _points_then(drift: Drift, order: Order | None, rules: RuleBook) -> int:
    then = order_then(order, drift.theirs)
    then.source, then.customer_id = drift.store.public_id, drift.theirs.get("customer")
    return earning.target(then, rules.applying(then).version).points


def differences_of(drift: Drift) -> list[Difference]:
    """What differs, in words."""
    currency = str(drift.theirs.get("currency", ""))
    shown = [name for name in FIELDS if name in drift.differences]
    return [
        Difference(str(FIELDS[name]), *(_value(name, value, currency) for value in drift.differences[name]))
        for name in shown
    ]


def _value(name: str, value: Any, currency: str) -> str:
    if value is None or value == "":
        return "–"
    if name == "state":
        return str(Order.State(value).label)
    if name == "test":
        return _("yes") if value else _("no")
    if name in MONEY and currency:
        return formatting.money(int(value), currency)
    return str(value)


# ── Progress ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pull has come, for a bar and a sentence; `trouble` when it waits or has failed."""

    pull: Pull
    done: int
    total: int  # 0: unknown
    text: str
    trouble: str
    detail: str

    @property
    def is_over(self) -> bool:
        return self.pull.state in (Pull.State.DONE, Pull.State.STOPPED)


def progress_of(pull: Pull | None) -> Progress | None:
    """The progress of a pull in words."""
    if pull is None:
        return None
    trouble, detail = trouble_of(pull.last_error)
    done = sum(
        pull.counts.get(name, 0) for name in ("customers", "orders", "compared", "under_way", "repaired", "left")
    )
    return Progress(pull, done, pull.expected or 0, _counts(pull, done), _(trouble) if trouble else "", detail)


def _counts(pull: Pull, done: int) -> str:
    if pull.purpose == Pull.Purpose.HISTORY:
        orders = pull.counts.get("orders", 0)
        text = _("{orders} orders and {customers} customers read, {new} orders are new here.")
        return text.format(
            orders=formatting.count(orders),
            customers=formatting.count(pull.counts.get("customers", 0)),
            new=formatting.count(pull.counts.get("new_orders", 0)),
        )
    if pull.purpose == Pull.Purpose.REPAIR:
        return ngettext("{count} order repaired.", "{count} orders repaired.", done).format(
            count=formatting.count(pull.counts.get("repaired", 0))
        )
    return ngettext("{count} order compared.", "{count} orders compared.", done).format(count=formatting.count(done))
