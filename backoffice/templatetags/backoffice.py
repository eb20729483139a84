"""How contact details and reasons read in the backoffice."""

from __future__ import annotations

from collections.abc import Mapping

import phonenumbers
from django import template

from loyalty import explaining

register = template.Library()


@register.filter
def phone(number: str, country: str) -> str:
    """An E.164 number as people in `country` write it: 010-1234-5678 at home, +44 20 … from abroad."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    at_home = phonenumbers.region_code_for_number(parsed) == country
    style = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, style))


@register.filter
def card(code: str) -> str:
    """A card code in groups of four, as it is read aloud."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


@register.filter
def outcome(code: str) -> str:
    """Why an order stands as it does."""
    return explaining.outcome(code)


@register.filter
def explained(arithmetic: dict[str, object]) -> str:
    """The sum behind some points, in one sentence."""
    return explaining.explain(arithmetic)


@register.filter
def at(things: Mapping[str, object], key: str) -> object:
    """What stands under a key; nothing where there is none."""
    return things.get(key, "")
