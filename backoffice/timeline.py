"""All that happened with one customer in one line of time: points, orders, consents, notes, changes by staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice import notes, timeline_events, told
from backoffice.channels import CHANNELS, PURPOSES
from backoffice.moments import SHOWN, Moment, Timeline, until
from config import formatting
from customers.models import Consent, Customer, Order
from loyalty.explaining import outcome
from loyalty.models import Entry, Journal, Lot, Stamp
from loyalty.programme import in_force
from staff.models import AuditEntry
from staff.wording import changes, sentence

# Actions on a customer that the timeline tells in other words.
TOLD_ELSEWHERE = (notes.KIND, "customer.added")


def of(customer: Customer, *, before: datetime | None = None, show: str = "") -> Timeline:
    """The latest moments earlier than `before`, merged from every source, or from those of the group `show`.

    One or two queries for each source.
    """
    found = [moment for source in GROUPS.get(show, SOURCES) for moment in source(customer, before)]
    found.sort(key=lambda moment: moment.at, reverse=True)
    shown = _whole(found)
    return Timeline(shown, shown[-1].at if len(found) > len(shown) else None)


def _whole(moments: list[Moment]) -> list[Moment]:
    """The first SHOWN, and those of the very same instant as the last, so that paging by time loses none."""
    if len(moments) <= SHOWN:
        return moments
    last = moments[SHOWN - 1].at
    return [moment for n, moment in enumerate(moments) if n < SHOWN or moment.at == last]


def _points(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    paid_debt = Entry.objects.filter(journal=OuterRef("pk"), account=Entry.Account.DEBT)
    journals = Journal.objects.filter(until("effective_at", before), customer=customer)
    # That points became available says nothing new, unless they paid a debt.
    journals = journals.exclude(~Exists(paid_debt), kind=Journal.Kind.MATURE)
    journals = journals.select_related("order").prefetch_related("entries", "resolutions", "lots")
    for line in told.tell(journals.order_by("-effective_at", "-pk")[: SHOWN + 1]):
        order = line.journal.order
        yield Moment(
            at=line.journal.effective_at, icon=line.icon, tone=line.tone, title=line.title,
            text=line.reason or _pending(line.journal),
            who=line.who, why=line.why, points=line.points or None, moved=line.moved, undo=line.undo,
            about=_order_words(order) if order else "",
            href=reverse("backoffice:order", args=[order.pk]) if order else "",
        )  # fmt: skip


def _pending(journal: Journal) -> str:
    """From when the points can be used, as long as they cannot."""
    days = [lot.matures_at for lot in journal.lots.all() if lot.state == Lot.State.PENDING and lot.matures_at]
    return _("Can be used from {day}").format(day=formatting.day(min(days))) if days else ""


def _orders(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    """Orders that moved no points, and why; the others stand beside their points."""
    return _told_orders(customer, before, Q(earning=None) | Q(earning__postings=0))


def _all_orders(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    return _told_orders(customer, before, Q())


def _told_orders(customer: Customer, before: datetime | None, which: Q) -> Iterator[Moment]:
    orders = Order.objects.filter(until("placed_at", before), which, customer=customer, placed_at__isnull=False)
    orders = orders.select_related("earning").defer("lines", "refunds").order_by("-placed_at", "-pk")
    for order in orders[: SHOWN + 1]:
        assert order.placed_at is not None
        earning = getattr(order, "earning", None)
        posted = earning.posted if earning else 0
        yield Moment(
            at=order.placed_at, icon="shopping-bag", points=posted or None,
            title=order.get_state_display() if posted else _("No points"), about=_order_words(order),
            text=outcome(earning.outcome) if earning else "", href=reverse("backoffice:order", args=[order.pk]),
        )  # fmt: skip


def _order_words(order: Order) -> str:
    """An order in short, e.g. `Order #1001, ₩12,000`."""
    if not order.currency:
        return _("Order {number}").format(number=order_name(order))
    money = formatting.money(order.total, order.currency)
    return _("Order {number}, {money}").format(number=order_name(order), money=money)


def _consents(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    for consent in Consent.objects.filter(until("at", before), customer=customer).order_by("-at", "-pk")[: SHOWN + 1]:
        words = _("Agreed: {what}") if consent.granted else _("Withdrew consent: {what}")
        yield Moment(
            at=consent.at,
            icon="shield-check" if consent.granted else "shield-off",
            title=words.format(what=consent_name(consent)),
        )


def _notes(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    return timeline_events.told(customer, before, [notes.KIND])


def _events(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    return timeline_events.told(customer, before, timeline_events.ALL, _unit())


def _rewards(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    return timeline_events.told(customer, before, timeline_events.REWARDS)


def _standing(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    return timeline_events.told(customer, before, (*timeline_events.TIERS, *timeline_events.VISITS))


def _contacts(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    kinds = (*timeline_events.MESSAGES, *timeline_events.CLAIMS, *timeline_events.REQUESTS)
    return timeline_events.told(customer, before, kinds, _unit())


def _unit() -> str:
    return str(getattr(connection.tenant, "point_unit", "P"))


STAMPED = {
    "visit": gettext_lazy("for a visit"),
    "order": gettext_lazy("for an order"),
    "staff": gettext_lazy("by the shop"),
    "full": gettext_lazy("The card was full"),
    "undone": gettext_lazy("undone"),
    "lapsed": gettext_lazy("lapsed"),
    "merged": gettext_lazy("Two accounts became one."),
}


def _stamps(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    stamps = Stamp.objects.filter(until("at", before), customer=customer).order_by("-at", "-pk")[: SHOWN + 1]
    cards = _card_names() if stamps else {}
    for stamp in stamps:
        given = stamp.change > 0
        words = ngettext("{count} stamp", "{count} stamps", abs(stamp.change)) if given else ngettext(
            "{count} stamp taken", "{count} stamps taken", abs(stamp.change)
        )  # fmt: skip
        reason = STAMPED.get(stamp.reason, "")
        yield Moment(
            at=stamp.at, icon="stamp", tone="success" if given else "neutral",
            title=words.format(count=abs(stamp.change)),
            text=" · ".join(filter(None, [cards.get(stamp.card, stamp.card), str(reason)])),
            who=stamp.actor_name if stamp.actor_kind == "staff" else "",
        )  # fmt: skip


def _card_names() -> dict[str, str]:
    version = in_force(timezone.now())
    return {card.key: card.label for card in version.terms.stamps} if version else {}


def _staff_changes(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    entries = AuditEntry.objects.filter(until("at", before), object_kind="customer", object_id=customer.pk)
    entries = entries.filter(action__startswith="customer.").exclude(action__in=TOLD_ELSEWHERE)
    for entry in entries.order_by("-at", "-pk")[: SHOWN + 1]:
        lines = [
            _("{field}: {before} → {after}").format(field=c.field, before=c.before, after=c.after)
            for c in changes(entry)
        ]
        yield Moment(at=entry.at, icon="user-pen", title=sentence(entry), text=" · ".join(lines))


def _beginnings(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    if customer.joined_at and (before is None or customer.joined_at < before):
        yield Moment(at=customer.joined_at, icon="user-plus", tone="success", title=_("Joined the programme"))


SOURCES = (_points, _orders, _consents, _events, _stamps, _staff_changes, _beginnings)
# What `?show=` narrows the timeline down to.
GROUPS = {
    "points": (_points,),
    "orders": (_all_orders,),
    "rewards": (_rewards, _stamps),
    "tier": (_standing, _beginnings),
    "contact": (_consents, _contacts),
    "staff": (_notes, _staff_changes),
}
GROUP_NAMES = {
    "": gettext_lazy("Everything"),
    "points": gettext_lazy("Points"),
    "orders": gettext_lazy("Orders"),
    "rewards": gettext_lazy("Rewards and stamps"),
    "tier": gettext_lazy("Tier and visits"),
    "contact": gettext_lazy("Consents and contact"),
    "staff": gettext_lazy("Notes and staff"),
}


def order_name(order: Order) -> str:
    """The number that the shopper knows, else the storefront's."""
    return order.number or order.external_id


def consent_name(consent: Consent) -> str:
    """What was agreed to, e.g. `E-mail, advertising`."""
    channel = CHANNELS.get(consent.channel, consent.channel)
    return f"{channel}, {PURPOSES.get(consent.purpose, consent.purpose)}"
