"""What staff ask of the list of members, and how a view of it is kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice import member_words as words
from backoffice.channels import CHANNELS
from loyalty.finding import NO_TIER, Wanted
from loyalty.tier_rules import Tier

WHOLE = forms.NumberInput(attrs={"inputmode": "numeric", "min": "0"})


class FilterForm(forms.Form):
    """One answer to each question. Never bound: an address is read by Wanted, and wrong answers are left out."""

    show = forms.ChoiceField(label=_("Who"), required=False)
    tier = forms.ChoiceField(label=_("Tier"), required=False)
    points_from = forms.IntegerField(label=_("Points from"), required=False, widget=WHOLE)
    points_to = forms.IntegerField(label=_("Points up to"), required=False, widget=WHOLE)
    ordered = forms.ChoiceField(label=_("Last order"), required=False)
    joined = forms.ChoiceField(label=_("Joined"), required=False)
    birthday = forms.ChoiceField(label=_("Birthday"), required=False)
    tag = forms.CharField(label=_("Tag"), required=False, max_length=40)
    codes = forms.ChoiceField(label=_("Codes"), required=False)
    consent = forms.ChoiceField(label=_("Agreed to advertising"), required=False)

    def __init__(self, wanted: Wanted, *, tiers: tuple[Tier, ...], tags: list[str]) -> None:
        super().__init__(initial=wanted.query, auto_id="filter_%s")
        self.tags = tags
        self._offer("show", words.SHOWN, _("Everybody"))
        names = {tier.key: tier.label for tier in tiers}
        if wanted.tier not in ("", NO_TIER):
            names.setdefault(wanted.tier, wanted.tier)
        self._offer("tier", {**names, NO_TIER: _("None")}, _("Any"))
        self._offer("ordered", _worded(words.ORDERED, wanted.ordered, words.ordered), _("Any time"))
        self._offer("joined", _worded(words.JOINED, wanted.joined, words.joined), _("Any time"))
        self._offer("birthday", _worded(words.BIRTHDAYS, wanted.birthday, words.birthday), _("Any time"))
        self._offer("codes", {"1": _("With an unused code")}, _("Any"))
        self._offer("consent", CHANNELS, _("Any"))
        self.fields["tag"].widget.attrs["list"] = "known-tags"
        if not tiers and not wanted.tier:
            del self.fields["tier"]

    def _offer(self, name: str, answers: Any, first: object) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", first), *answers.items()]


def _worded(offered: tuple[str, ...], asked: str, wording: Any) -> dict[str, str]:
    """The answers in words, with the one that an address asks for if it is another."""
    values = offered if asked in ("", *offered) else (*offered, asked)
    return {value: wording(value) for value in values}


class ViewForm(forms.Form):
    """What a view is called and who has it."""

    name = forms.CharField(label=_("Name of the view"), max_length=60)
    shared = forms.BooleanField(label=_("Show it to all staff"), required=False)
    query = forms.CharField(widget=forms.HiddenInput, max_length=2000, required=False)
