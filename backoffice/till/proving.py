"""Whose points are spent: what somebody has to show whose phone number does not say who they are. docs/till.md."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from backoffice.till.acts import Act
from backoffice.till.latin import in_latin
from config.limits import exceeded
from customers.cards import normalise_card_code
from customers.finding import is_sure_by_phone
from customers.models import Customer
from loyalty.counter import TILL
from loyalty.models import Redemption
from staff import audit, tills

NAMES = (5, 15 * 60)  # that may be tried for one member, in so many seconds


class NeedsProof(Exception):
    """Their card or their full name is asked for first; `problem` says what was wrong with what was typed."""

    def __init__(self, problem: str = "") -> None:
        super().__init__(problem)
        self.problem = problem


def of_member(customer: Customer) -> str:
    """A member, as a till keeps who was proven."""
    return f"member:{customer.pk}"


def of_code(taken: Redemption) -> str:
    """A code of a reward: it was shown, and proves nothing but itself."""
    return f"code:{taken.pk}"


def is_sure(till: tills.Till, customer: Customer, *, at: datetime) -> bool:
    """Whether they may spend without showing anything more."""
    return tills.is_proven(till, of_member(customer), at=at) or is_sure_by_phone(customer, counter=TILL)


def check(request: HttpRequest, till: tills.Till, customer: Customer, act: Act) -> None:
    """Look at what was shown for this member in the form, where anything is needed. Raises NeedsProof."""
    if is_sure(till, customer, at=act.at):
        return
    said = request.POST.get("proof", "").replace("\x00", "").strip()[:100]
    if not said:
        raise NeedsProof
    if normalise_card_code(in_latin(said)) != customer.card_code:
        _check_name(customer, said, act)
    tills.prove(request, till, of_member(customer), at=act.at)


def _check_name(customer: Customer, said: str, act: Act) -> None:
    """The name as they say it. Each try is counted before it is looked at; one that is right is in the trail."""
    if exceeded("till.name", str(customer.pk), limit=NAMES[0], seconds=NAMES[1]):
        raise NeedsProof(_("That was tried too often. Only the card helps now."))
    if not is_name(customer.name, said):
        raise NeedsProof(_("This is neither their card nor their full name."))
    audit.record(
        "till.name_confirmed", actor=act.actor, at=act.at,
        object_kind="customer", object_id=customer.pk, object_label=str(customer),
    )  # fmt: skip


def is_name(name: str, said: str) -> bool:
    """Whether it is that name: whole, in any case and spacing, the words in any order."""
    known, told = _words(name), _words(said)
    return bool(known) and ("".join(known) == "".join(told) or sorted(known) == sorted(told))


def _words(name: str) -> list[str]:
    return unicodedata.normalize("NFKC", name).casefold().split()
