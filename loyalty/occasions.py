"""Points for what is no order: joining, birthdays, reviews, follows, visits, answers, and what programs tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from customers.models import Customer
from loyalty.ledger import Posted
from staff.actors import Actor


class WrongCode(ValueError):
    """The code of a visit is not one of this shop's, or its time is over."""


class BirthdayLocked(ValueError):
    """The birthday is known already: only staff may change it, and only with a reason."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A check-in. The same one again on that day posts nothing more."""

    is_new: bool
    posted: list[Posted]


def happen(
    customer_id: int,
    kind: str,
    *,
    key: str,
    at: datetime,
    actor: Actor,
    subject: str = "",
    event: str = "",
    data: Mapping[str, Any] | None = None,
) -> list[Posted]:
    """Give what the programme in force gives for this. Once for each `key`, for ever. Raises KeyReused.

    `kind` is a key of earning_rules.KINDS that is no order; `subject` names what it is about (a product that was
    reviewed) and `event` the custom event.
    """
    raise NotImplementedError


def visit_code(*, at: datetime, place: str = "store", minutes: int | None = None) -> str:
    """What the QR at this place says today, or for so many minutes."""
    raise NotImplementedError


def check_in(customer_id: int, code: str, *, at: datetime, actor: Actor) -> Visit:
    """A member has read the QR. One visit a day at each place. Raises WrongCode."""
    raise NotImplementedError


def set_birthday(
    customer: Customer, birthday: date | None, *, at: datetime, actor: Actor, reason: str = ""
) -> Customer:
    """Enter a birthday. The member can do it once; staff may change it with a reason. Raises BirthdayLocked."""
    raise NotImplementedError
