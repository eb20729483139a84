"""Check-in by the QR that hangs in the shop: a code that only this shop can make, good for a day or some minutes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from customers.events import Happened, record
from customers.models import Event
from loyalty import ledger
from loyalty.evaluation import Occasion
from loyalty.happening import Happening, happen_all
from loyalty.ledger import Posted
from loyalty.programme import shop_time_zone
from staff.actors import Actor

VISITED = "customer.visited"
CODE = re.compile(
    r"(?P<place>[a-z0-9-]{1,24})\.(?P<stamp>d\d{1,7}|(?P<minutes>\d{1,4})m\d{1,9})\.(?P<sign>[0-9a-f]{20})", re.ASCII
)
SIGN = 20  # hexadecimal digits: 80 bits


class WrongCode(ValueError):
    """The code of a visit is not one of this shop's, or its time is over."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A check-in. The same one again on that day posts nothing more."""

    is_new: bool
    posted: list[Posted]


def visit_code(*, at: datetime, place: str = "store", minutes: int | None = None) -> str:
    """What the QR at this place (a slug) says today by the shop's clock or, on a screen, for so many minutes."""
    stamp = f"{minutes}m{_slot(at, minutes)}" if minutes else f"d{_day(at, shop_time_zone()).toordinal()}"
    return f"{place}.{stamp}.{_sign(place, stamp)}"


@transaction.atomic
def check_in(customer_id: int, code: str, *, at: datetime, actor: Actor) -> Visit:
    """A member has read the QR. One visit a day at each place; recorded as `customer.visited`. Raises WrongCode."""
    zone = shop_time_zone()
    place, day = _read(code, at, zone), _day(at, zone)
    ledger.lock([customer_id])
    today = Event.objects.filter(
        customer=customer_id, kind=VISITED, at__gte=datetime.combine(day, time(), zone), data__place=place
    )
    is_new = not today.exists()
    if is_new:
        told = {"place": place, "day": day.isoformat()}
        record([Happened(VISITED, at, customer_id=customer_id, data=told)], at=at)
    occasion = Occasion("visit", at, source=place, data={"place": place})
    happening = Happening(customer_id, occasion, f"{customer_id}:{place}:{day}")
    return Visit(is_new, happen_all([happening], at=at, actor=actor)[0])


def _read(code: str, at: datetime, zone: ZoneInfo) -> str:
    """The place of a code that is ours and of now. On a screen the code before is good as well: reading takes time."""
    found = CODE.fullmatch(code)
    if found is None or not constant_time_compare(_sign(found["place"], found["stamp"]), found["sign"]):
        raise WrongCode(code)
    if minutes := int(found["minutes"] or 0):
        slot = _slot(at, minutes)
        good = {f"{minutes}m{slot}", f"{minutes}m{slot - 1}"}
    else:
        good = {f"d{_day(at, zone).toordinal()}"}
    if found["stamp"] not in good:
        raise WrongCode(code)
    return found["place"]


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _slot(at: datetime, minutes: int) -> int:
    return int(at.timestamp()) // (60 * minutes)


def _sign(place: str, stamp: str) -> str:
    told = f"{connection.schema_name} {place} {stamp}"
    return salted_hmac("loyalty.visits", told, algorithm="sha256").hexdigest()[:SIGN]
