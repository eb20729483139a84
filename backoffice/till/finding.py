"""Who stands at the counter: by card, code, phone number or its end, or name, however it was typed or scanned."""

from __future__ import annotations

from dataclasses import dataclass, field

from backoffice.till.latin import in_latin
from customers.addresses import normalise_phone
from customers.cards import ALPHABET, LENGTH, normalise_card_code
from customers.finding import all_known_by, is_sure_by_phone
from customers.models import Customer, Identity
from customers.search import Pieces, PiecesOf
from loyalty import redemption
from loyalty.codes import read_code
from loyalty.counter import TILL
from loyalty.models import Redemption

MOST = 12  # more than that nobody chooses from
LAST_DIGITS = range(3, 7)  # how many digits are the end of a number rather than a number


@dataclass(frozen=True, slots=True)
class Found:
    """What a text led to; all empty: nobody."""

    member: Customer | None = None
    code: Redemption | None = None
    several: list[Customer] = field(default_factory=list)
    new_phone: str = ""  # E.164; a number that may be somebody's who is not known yet
    by_card: bool = False  # the member's card was shown


def find(text: str, *, country: str) -> Found:
    """Whom or what this text means. Numbers are read as dialled in `country`."""
    text = text.replace("\x00", "").strip()[:100]
    latin = in_latin(text)
    if (code := read_code(latin)) and (taken := redemption.by_code(code)):
        return Found(code=taken)
    if member := _by_card(latin):
        return Found(member=member, by_card=True)
    digits = "".join(letter for letter in text if letter.isdigit())
    if digits and not any(letter.isalpha() for letter in text):
        return _by_phone(text, digits, country)
    return _one_or_several(list(Customer.objects.search(text).order_by("name", "id")[:MOST])) if text else Found()


def _by_card(text: str) -> Customer | None:
    """Whose card it is."""
    code = normalise_card_code(text)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        return None
    return Customer.objects.present().filter(card_code=code).first()


def _by_phone(text: str, digits: str, country: str) -> Found:
    if len(digits) in LAST_DIGITS:
        ends = Customer.objects.present().alias(pieces=Pieces()).filter(pieces__contains=PiecesOf(digits))
        return _one_or_several(list(ends.filter(phone__endswith=digits).order_by("name", "id")[:MOST]))
    phone = normalise_phone(text, country)
    if not phone:
        return Found()
    known = all_known_by(Identity.Kind.PHONE, phone)[:MOST]
    # An account at a store may be a stranger's who typed this number in there: whoever stands here may begin anew.
    is_somebodys = any(is_sure_by_phone(one, counter=TILL) for one in known)
    return _one_or_several(known, new_phone="" if is_somebodys else phone)


def _one_or_several(customers: list[Customer], new_phone: str = "") -> Found:
    if len(customers) == 1:
        return Found(member=customers[0], new_phone=new_phone)
    return Found(several=customers, new_phone=new_phone)
