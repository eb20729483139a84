"""What is to happen to many members at once."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from backoffice.forms.customers import MOST_POINTS
from customers.tagging import WrongTag, tags_of
from imports.bulk import Change

ACTS = [
    ("points", _("Give or take points")),
    ("tags", _("Put tags on or take them off")),
    ("enrol", _("Enrol guests as members")),
]


class BulkForm(forms.Form):
    """One act with what it needs, and for whom."""

    act = forms.ChoiceField(
        label=_("What is to happen?"), choices=ACTS, widget=forms.RadioSelect, initial="points", required=False
    )
    direction = forms.ChoiceField(
        label=_("Give or take"), choices=[("give", _("Give points")), ("take", _("Take points"))], initial="give",
        required=False,
    )  # fmt: skip
    points = forms.IntegerField(
        label=_("Points for each"), min_value=1, max_value=MOST_POINTS, required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=100, required=False, help_text=_("The members see it beside their points.")
    )
    add = forms.CharField(
        label=_("Tags to put on"), max_length=400, required=False, help_text=_("Several with commas.")
    )
    remove = forms.CharField(label=_("Tags to take off"), max_length=400, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["act"] = cleaned.get("act") or "points"
        for name in ("add", "remove"):
            cleaned[f"{name}_tags"] = self._tags(name) if cleaned["act"] == "tags" else []
        if cleaned["act"] == "points":
            self._check_points(cleaned)
        if cleaned["act"] == "tags" and not self.errors and not cleaned["add_tags"] + cleaned["remove_tags"]:
            self.add_error("add", _("Name at least one tag."))
        return cleaned

    def _check_points(self, cleaned: dict[str, Any]) -> None:
        if "points" not in self.errors and not cleaned.get("points"):
            self.add_error("points", _("Say how many points."))
        if not (cleaned.get("reason") or "").strip():
            self.add_error("reason", _("Say in a few words why."))

    def _tags(self, name: str) -> list[str]:
        try:
            return tags_of(str(self.cleaned_data.get(name, "")))
        except WrongTag:
            self.add_error(name, ValidationError(_("A tag has at most 40 letters.")))
            return []

    @property
    def change(self) -> Change:
        """The change, as the domain takes it."""
        told = self.cleaned_data
        if told["act"] == "points":
            sign = -1 if told["direction"] == "take" else 1
            return Change("points", points=sign * told["points"], reason=told["reason"].strip())
        return Change(told["act"], add=told["add_tags"], remove=told["remove_tags"])
