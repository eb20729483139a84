"""What the till shows of a member: points, tier, cards, what can be had now, and what staff should know."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import notes
from backoffice.till.masking import masked_name, masked_phone
from customers.models import Customer, Event
from loyalty import offers, redemption, stamps, standing, tiers
from loyalty.models import Redemption
from loyalty.offers import Offer
from loyalty.stamps import CardStanding
from loyalty.standing import Standing
from loyalty.tiers import TierStanding

BIRTHDAY_DAYS = 3  # before and after, in which to congratulate
MOST_CODES, MOST_NEAR = 6, 3


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member as staff see them at the till; `keys` make each form's act happen once."""

    customer: Customer
    name: str  # masked
    phone: str  # masked
    standing: Standing
    tier: TierStanding
    cards: list[CardStanding]
    now: list[Offer]
    near: list[Offer]
    codes: list[Redemption]
    has_birthday: bool
    note: str
    key: str  # of the forms of this page

    def __str__(self) -> str:
        return self.name or self.phone or _("No name")


def view_of(customer: Customer, *, at: datetime) -> MemberView:
    """Everything about this member that fits one screen."""
    stands = standing.standing(customer.pk, at=at)
    offered = offers.offers(customer.pk, at=at, where="till", stands=stands)
    return MemberView(
        customer=customer,
        name=masked_name(customer.name),
        phone=masked_phone(customer.phone),
        standing=stands,
        tier=tiers.standing(customer.pk, at=at),
        cards=stamps.cards(customer.pk, at=at),
        now=[offer for offer in offered if offer.state == "now"],
        near=[offer for offer in offered if offer.state == "near"][:MOST_NEAR],
        codes=_usable(customer, at),
        has_birthday=_near_birthday(customer.birthday, timezone.localtime(at).date()),
        note=_latest_note(customer),
        key=uuid.uuid4().hex,
    )


def _usable(customer: Customer, at: datetime) -> list[Redemption]:
    ready = redemption.of_member(customer.pk, states=[Redemption.State.READY])
    return [one for one in ready if one.valid_until > at and "till" in one.terms.get("where", ("till",))][:MOST_CODES]


def _near_birthday(birthday: date | None, today: date) -> bool:
    """Whether it is the member's birthday in these days. Of 29 February: in other years on the 28th."""
    if birthday is None:
        return False
    days = (today + timedelta(days=offset) for offset in range(-BIRTHDAY_DAYS, BIRTHDAY_DAYS + 1))
    leapt = (birthday.month, birthday.day) == (2, 29)
    wanted = {(birthday.month, birthday.day)} | ({(2, 28)} if leapt else set())
    return any((day.month, day.day) in wanted for day in days)


def _latest_note(customer: Customer) -> str:
    noted = Event.objects.filter(customer=customer, kind=notes.KIND).order_by("-at", "-id").first()
    return str(noted.data.get("text", "")) if noted else ""
