"""The till's settings: amounts in whole units of the shop's currency, as people type them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.till.settings import LIMITED, TillSettings
from config.money import WrongMoney, decimals, to_major, to_minor
from staff.models import Role

MOST_PRESETS = 6
MOST_POINTS = 1_000_000_000
IDLE = [(1, "1"), (2, "2"), (5, "5"), (10, "10"), (15, "15"), (30, "30")]


class TillForm(forms.Form):
    """Preset amounts, limits of cashiers and managers, locking, sound."""

    presets = forms.CharField(
        label=_("Preset amounts"), max_length=100,
        help_text=_("Up to six, with spaces between them. One touch takes each at the till."),
    )  # fmt: skip
    idle_minutes = forms.TypedChoiceField(
        label=_("Minutes until it locks"), coerce=int, choices=IDLE,
        help_text=_("Without a touch. It locks once somebody has a PIN."),
    )  # fmt: skip
    sound = forms.BooleanField(label=_("A sound tells whether it worked"), required=False)
    cashier_minor = forms.DecimalField(label=_("Purchase, cashiers"), required=False, min_value=0)
    cashier_points = forms.IntegerField(label=_("Points, cashiers"), required=False, min_value=0, max_value=MOST_POINTS)
    manager_minor = forms.DecimalField(label=_("Purchase, managers"), required=False, min_value=0)
    manager_points = forms.IntegerField(label=_("Points, managers"), required=False, min_value=0, max_value=MOST_POINTS)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        for name in ("cashier_minor", "manager_minor"):
            amount = self.fields[name]
            assert isinstance(amount, forms.DecimalField)
            amount.max_digits, amount.decimal_places = 12, decimals(currency)
            amount.widget.attrs["step"] = str(Decimal(1).scaleb(-decimals(currency)))

    @classmethod
    def initial_of(cls, stored: TillSettings, currency: str) -> dict[str, Any]:
        """The fields as the settings are."""
        initial: dict[str, Any] = {
            "presets": " ".join(str(to_major(minor, currency)) for minor in stored.presets),
            "idle_minutes": stored.idle_minutes,
            "sound": stored.sound,
        }
        for role in LIMITED:
            most = stored.most_minor.get(role)
            initial[f"{role}_minor"] = None if most is None else to_major(most, currency)
            initial[f"{role}_points"] = stored.most_points.get(role)
        return initial

    def clean_presets(self) -> tuple[int, ...]:
        """The amounts in minor units, each once, the smallest first."""
        words = self.cleaned_data["presets"].replace(",", "").split()
        try:
            amounts = {to_minor(word, self.currency) for word in words if Decimal(word).is_finite()}
        except (ArithmeticError, WrongMoney) as error:
            raise forms.ValidationError(
                _t("Write amounts with spaces between them, for example 5000 10000.")
            ) from error
        if not 0 < len(amounts) <= MOST_PRESETS or not all(0 < amount < 10**12 for amount in amounts):
            raise forms.ValidationError(_t("One to six amounts above zero."))
        return tuple(sorted(amounts))

    def settings(self) -> TillSettings:
        """What was chosen. Call once the form is valid."""
        values = self.cleaned_data
        return TillSettings(
            presets=values["presets"],
            idle_minutes=values["idle_minutes"],
            sound=values["sound"],
            most_minor={role: self._minor(values[f"{role}_minor"]) for role in LIMITED},
            most_points={role: values[f"{role}_points"] for role in LIMITED},
        )

    def _minor(self, amount: Decimal | None) -> int | None:
        return None if amount is None else to_minor(str(amount), self.currency)

    @property
    def limits(self) -> list[tuple[str, Any, Any]]:
        """For each role that has limits: its name and its two fields."""
        return [(str(Role(role).label), self[f"{role}_minor"], self[f"{role}_points"]) for role in LIMITED]
