"""Finding customers by what a merchant remembers of them.

Every piece of one and two letters of a customer's name, addresses and card code stands in a GIN index over the SQL
function `customer_pieces` (migration 0002). Two letters rather than pg_trgm's three because most Korean given names
have two, and because the index needs no extension: a shop's schema can move to any PostgreSQL.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value

from customers.cards import normalise_card_code

if TYPE_CHECKING:
    from customers.models import Customer  # noqa: F401 (named in a string below)

MAX_LENGTH = 100


class Pieces(Func):
    """The pieces of a customer's row. Must stay the very expression that migration 0002 indexes."""

    function = "customer_pieces"
    output_field = ArrayField(models.TextField())

    def __init__(self) -> None:
        super().__init__(F("name"), F("email"), F("phone"), F("card_code"))


class PiecesOf(Func):
    """The pieces of a text that is looked for."""

    function = "text_pieces"
    output_field = ArrayField(models.TextField())

    def __init__(self, text: str) -> None:
        super().__init__(Value(text))


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Questions about many customers."""

    def search(self, text: str) -> Self:
        """Those present whose name, e-mail, phone or card code contain every word of `text`; all for an empty text.

        A phone number may be written in any way, with or without country code, or be its last digits; of a card code
        the beginning or the end will do.
        """
        text = unicodedata.normalize("NFC", text.replace("\0", "")).strip()[:MAX_LENGTH]
        if not text:
            return self.present()
        ways = _by_words(text)
        if digits := phone_digits(text):
            ways |= _having(digits, Q(phone__contains=digits))
        code = normalise_card_code(text)
        if len(code) >= 4 and code.isalnum():
            ways |= _having(code, Q(card_code__startswith=code) | Q(card_code__endswith=code))
        return self.present().alias(pieces=Pieces()).filter(ways)

    def present(self) -> Self:
        """Those who are somebody: not erased, and not become part of another."""
        return self.filter(merged_into=None, erased_at=None)

    def members(self) -> Self:
        """Those who have joined the programme."""
        return self.filter(joined_at__isnull=False)


def phone_digits(text: str) -> str:
    """The digits of what looks like a phone number or its end, without leading zeros; else empty."""
    if not re.fullmatch(r"\+?[\d\s().\-/]{3,}", text):
        return ""
    return re.sub(r"\D", "", text).lstrip("0")


def _by_words(text: str) -> Q:
    found = Q()
    for word in text.split():
        found &= _having(word, Q(name__icontains=word) | Q(email__icontains=word))
    return found


def _having(text: str, exactly: Q) -> Q:
    # The index narrows, the exact condition decides: pieces may stand apart from each other.
    return Q(pieces__contains=PiecesOf(text)) & exactly
