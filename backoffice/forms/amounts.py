"""Fields that the programme's forms share: money in the usual unit, names in both languages, lists with commas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from config.money import decimals, to_major

LARGEST = Decimal(10) ** 12  # of an amount, in the usual unit
LONGEST_NAME = 60
MOST_WORDS, LONGEST_WORD = 50, 60


class AmountField(forms.DecimalField):
    """Money in the usual unit of a currency; its value is minor units."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        self.exponent = decimals(currency)
        super().__init__(max_value=LARGEST, max_digits=16, decimal_places=self.exponent, **kwargs)
        self.widget.attrs["inputmode"] = "decimal" if self.exponent else "numeric"

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return None if amount is None else int(amount.scaleb(self.exponent))


class WordsField(forms.CharField):
    """Several words typed with commas between; its value is a list without repetitions."""

    def clean(self, value: Any) -> Any:
        words = list(dict.fromkeys(word.strip() for word in super().clean(value).split(",") if word.strip()))
        if len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
            raise forms.ValidationError(_("At most 50, each of at most 60 characters."))
        return words


class MomentField(forms.DateTimeField):
    """A moment in the shop's time zone; its value is ISO 8601 with the offset, or empty."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        return moment.replace(second=0, microsecond=0).isoformat() if moment else ""


def whole(label: Any, *, least: int = 0, most: int = 10**9, **kwargs: Any) -> forms.IntegerField:
    """A whole number with the right keyboard on phones."""
    widget = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(label=label, min_value=least, max_value=most, widget=widget, **kwargs)


def name_fields() -> dict[str, forms.CharField]:
    """A name in Korean and in English; one of them is enough."""
    return {
        "name_ko": forms.CharField(label=_("Name in Korean"), max_length=LONGEST_NAME, required=False),
        "name_en": forms.CharField(label=_("Name in English"), max_length=LONGEST_NAME, required=False),
    }


def texts(cleaned: Mapping[str, Any], what: str = "name") -> dict[str, str]:
    """What was typed in each language, without the empty ones."""
    return {language: text for language in ("ko", "en") if (text := cleaned.get(f"{what}_{language}", ""))}


def initial_texts(by_language: Mapping[str, str], what: str = "name") -> dict[str, str]:
    """The values of the fields that `texts` reads."""
    return {f"{what}_{language}": by_language.get(language, "") for language in ("ko", "en")}


def initial_amount(minor: int | None, currency: str) -> Decimal | None:
    """Minor units as a person types them; None stays empty."""
    return None if minor is None else to_major(minor, currency)


def initial_moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A stored moment as the shop's clock shows it; None for none, or for what cannot be read."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment.astimezone(zone) if moment.tzinfo else moment).replace(tzinfo=None)


def joined(words: Iterable[str]) -> str:
    """A list as it is typed."""
    return ", ".join(words)
