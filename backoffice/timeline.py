"""All that happened with one customer in one line of time: points, orders, consents, notes, changes by staff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import notes, told
from config import formatting
from customers.models import Consent, Customer, Event, Order
from loyalty.explaining import outcome
from loyalty.models import Entry, Journal, Lot
from staff.models import AuditEntry
from staff.wording import changes, sentence

SHOWN = 20
# Actions on a customer that the timeline tells in other words.
TOLD_ELSEWHERE = (notes.KIND, "customer.added")
CHANNELS = {
    "email": gettext_lazy("E-mail"),
    "sms": gettext_lazy("Text message"),
    "kakao": "KakaoTalk",
    "push": gettext_lazy("Notification"),
}
PURPOSES = {
    "advertising": gettext_lazy("advertising"),
    "night_advertising": gettext_lazy("advertising at night"),
    "third_party": gettext_lazy("passing data on"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `points` is signed as the member sees it; `why` explains the number."""

    at: datetime
    icon: str
    title: str
    tone: str = "neutral"
    text: str = ""
    who: str = ""
    why: str = ""
    points: int | None = None
    moved: int = 0
    about: str = ""  # what `href` leads to
    href: str = ""
    undo: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Some moments, newest first, and where the older ones begin (None: nothing older)."""

    moments: list[Moment]
    older: datetime | None


def of(customer: Customer, *, before: datetime | None = None) -> Timeline:
    """The latest moments earlier than `before`, from every source, merged. One or two queries for each source."""
    found = [moment for source in SOURCES for moment in source(customer, before)]
    found.sort(key=lambda moment: moment.at, reverse=True)
    shown = _whole(found)
    return Timeline(shown, shown[-1].at if len(found) > len(shown) else None)


def _whole(moments: list[Moment]) -> list[Moment]:
    """The first SHOWN, and those of the very same instant as the last, so that paging by time loses none."""
    if len(moments) <= SHOWN:
        return moments
    last = moments[SHOWN - 1].at
    return [moment for n, moment in enumerate(moments) if n < SHOWN or moment.at == last]


def _until(field: str, before: datetime | None) -> Q:
    return Q(**{f"{field}__lt": before}) if before else Q()


def _points(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    paid_debt = Entry.objects.filter(journal=OuterRef("pk"), account=Entry.Account.DEBT)
    journals = Journal.objects.filter(_until("effective_at", before), customer=customer)
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
    orders = Order.objects.filter(_until("placed_at", before), customer=customer, placed_at__isnull=False)
    orders = orders.filter(Q(earning=None) | Q(earning__postings=0))
    orders = orders.select_related("earning").defer("lines", "refunds").order_by("-placed_at", "-pk")
    for order in orders[: SHOWN + 1]:
        assert order.placed_at is not None
        earning = getattr(order, "earning", None)
        yield Moment(
            at=order.placed_at, icon="shopping-bag", title=_("No points"), about=_order_words(order),
            text=outcome(earning.outcome) if earning else "", href=reverse("backoffice:order", args=[order.pk]),
        )  # fmt: skip


def _order_words(order: Order) -> str:
    """An order in short, e.g. `Order #1001, ₩12,000`."""
    if not order.currency:
        return _("Order {number}").format(number=order_name(order))
    money = formatting.money(order.total, order.currency)
    return _("Order {number}, {money}").format(number=order_name(order), money=money)


def _consents(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    for consent in Consent.objects.filter(_until("at", before), customer=customer).order_by("-at", "-pk")[: SHOWN + 1]:
        words = _("Agreed: {what}") if consent.granted else _("Withdrew consent: {what}")
        yield Moment(
            at=consent.at,
            icon="shield-check" if consent.granted else "shield-off",
            title=words.format(what=consent_name(consent)),
        )


def _notes(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    events = Event.objects.filter(_until("at", before), customer=customer, kind=notes.KIND).exclude(data={})
    for event in events.order_by("-at", "-pk")[: SHOWN + 1]:
        data = event.data
        yield Moment(
            at=event.at, icon="sticky-note", tone="warning", title=_("Note"), text=data["text"], who=data["by"]
        )


# What a person asked of the shop: by the portal, or by a store that passes it on.
REQUESTS = {
    "customer.data_requested": gettext_lazy("Asked what is kept about them"),
    "erasure.requested": gettext_lazy("Asked to be erased"),
    "erasure.withdrawn": gettext_lazy("Wants to stay after all"),
}


def _requests(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    events = Event.objects.filter(_until("at", before), customer=customer, kind__in=REQUESTS)
    for event in events.order_by("-at", "-pk")[: SHOWN + 1]:
        yield Moment(at=event.at, icon="shield-off", tone="warning", title=str(REQUESTS[event.kind]))


def _staff_changes(customer: Customer, before: datetime | None) -> Iterator[Moment]:
    entries = AuditEntry.objects.filter(_until("at", before), object_kind="customer", object_id=customer.pk)
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


SOURCES = (_points, _orders, _consents, _notes, _requests, _staff_changes, _beginnings)


def order_name(order: Order) -> str:
    """The number that the shopper knows, else the storefront's."""
    return order.number or order.external_id


def consent_name(consent: Consent) -> str:
    """What was agreed to, e.g. `E-mail, advertising`."""
    channel = CHANNELS.get(consent.channel, consent.channel)
    return f"{channel}, {PURPOSES.get(consent.purpose, consent.purpose)}"
