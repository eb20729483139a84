"""A member's points by the day on which they expire: one line a day, however many orders earned them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formatting
from loyalty.models import Lot
from loyalty.standing import LotLine


@dataclass(frozen=True, slots=True)
class Expiring:
    """Points that go on one day, and where they came from."""

    title: str
    text: str
    remaining: int


def by_expiry(lots: Iterable[LotLine]) -> list[Expiring]:
    """One line for each day and state, the first to expire first; what never expires comes last."""
    ordered = sorted(lots, key=_day_and_state)
    return [_expiring(list(group)) for _key, group in groupby(ordered, key=_day_and_state)]


def _day_and_state(lot: LotLine) -> tuple[date, bool]:
    day = timezone.localtime(lot.expires_at).date() if lot.expires_at else date.max
    return day, lot.state == Lot.State.PENDING


def _expiring(group: list[LotLine]) -> Expiring:
    first = group[0]
    title = formatting.day(first.expires_at) if first.expires_at else _("Never expire")
    return Expiring(title, _pending(group) or _origin(group), sum(lot.remaining for lot in group))


def _pending(group: list[LotLine]) -> str:
    """From when they can be used; empty when they can be used now."""
    moments = [lot.matures_at for lot in group if lot.state == Lot.State.PENDING and lot.matures_at]
    return _("can be used from {day}").format(day=formatting.day(min(moments))) if moments else ""


def _origin(group: list[LotLine]) -> str:
    orders = {lot.order_number for lot in group if lot.order_id}
    if len(orders) == 1 and len(group) == 1:
        return _("from order {number}").format(number=orders.pop())
    if not orders:
        return _("given by hand")
    return ngettext("from {count} order", "from {count} orders", len(orders)).format(count=len(orders))
