"""The home page's numbers in words: one sentence first, then each figure with its comparison and its meaning."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.figures import Change, Overview
from config import formatting


@dataclass(frozen=True, slots=True)
class Stat:
    """One figure as the page shows it."""

    label: str
    value: str
    icon: str
    meaning: str
    hint: str = ""
    delta: str = ""
    trend: str = "flat"
    unit: str = ""
    href: str = ""


def headline(numbers: Overview) -> str:
    """What happened, in a sentence or two, true to the figures below it."""
    if numbers.is_empty:
        return _("Nothing has arrived yet. Your figures will stand here with the first order.")
    if not numbers.orders.now:
        return _("No orders in the last {days} days.").format(days=numbers.days)
    back = ngettext(
        "{count} customer came back in the last {days} days.",
        "{count} customers came back in the last {days} days.",
        numbers.came_back.now,
    )
    joined = ngettext("{count} person joined.", "{count} people joined.", numbers.joined.now)
    sentences = [
        back.format(count=formatting.count(numbers.came_back.now), days=numbers.days),
        joined.format(count=formatting.count(numbers.joined.now)) if numbers.joined.now else "",
    ]
    return " ".join(filter(None, sentences))


def stats(numbers: Overview, *, liability: int | None, currency: str, unit: str) -> list[Stat]:
    """The figures, the most telling first."""
    owed = formatting.money(liability, currency) if liability is not None else ""
    turnover = formatting.money(numbers.turnover.now, currency)
    return [
        Stat(
            _("Came back"), formatting.count(numbers.came_back.now), "repeat",
            _("Customers who ordered in this time and had ordered before."),
            **_compared(numbers.came_back, numbers.days),
        ),
        Stat(
            _("Orders"), formatting.count(numbers.orders.now), "shopping-bag",
            _("Paid orders placed in this time, without tests. They brought in {money} after refunds.").format(
                money=turnover
            ),
            href=reverse("backoffice:orders"), **_compared(numbers.orders, numbers.days),
        ),
        Stat(
            _("Members"), formatting.count(numbers.members), "users",
            _("Customers who have joined the programme, and how many of them joined in this time."),
            hint=_joined(numbers), href=reverse("backoffice:customers") + "?show=members",
        ),
        Stat(
            _("Points earned"), formatting.count(numbers.earned.now), "coins",
            _("Points that members earned in this time, by orders or otherwise; what was taken back still counts."),
            unit=unit, **_compared(numbers.earned, numbers.days),
        ),
        Stat(
            _("Points outstanding"), formatting.count(numbers.outstanding), "wallet",
            _("What members hold now: available, pending and set aside. The money is what it would cost you in full."),
            unit=unit, hint=_("worth {money}").format(money=owed) if owed else "",
            href=reverse("backoffice:customers") + "?show=points",
        ),
    ]  # fmt: skip


def _joined(numbers: Overview) -> str:
    text = ngettext("{count} joined in {days} days", "{count} joined in {days} days", numbers.joined.now)
    return text.format(count=formatting.count(numbers.joined.now), days=numbers.days)


def _compared(change: Change, days: int) -> dict[str, str]:
    """Delta and hint beside a figure; no percentage where there was nothing to compare with."""
    hint = _("{count} in the {days} days before").format(count=formatting.count(change.before), days=days)
    if change.percent is None:
        return {"hint": hint}
    sign = "+" if change.percent > 0 else "\N{MINUS SIGN}" if change.percent < 0 else ""
    return {"hint": hint, "delta": f"{sign}{formatting.count(abs(change.percent))}%", "trend": change.trend}
