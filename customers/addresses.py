"""E-mail addresses and phone numbers in the one form in which they are stored and compared."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import phonenumbers

MAX_EMAIL = 254


def normalise_email(text: str) -> str:
    """The address trimmed, lower-case, in NFC. Empty when it can be no address."""
    email = unicodedata.normalize("NFC", text).strip().lower()
    local, _at, domain = email.rpartition("@")
    if not local or not domain or len(email) > MAX_EMAIL or "@" in local:
        return ""
    return "" if any(c.isspace() or not c.isprintable() for c in email) else email


@lru_cache(maxsize=4096)
def normalise_phone(text: str, country: str) -> str:
    """The number in E.164 ("+821012345678"), read as dialled in `country` (ISO 3166). Empty when it can be none."""
    try:
        number = phonenumbers.parse(text[:40], country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
