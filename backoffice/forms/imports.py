"""What staff say about a file: what it holds, what its columns mean, and what to do with what it brings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from imports.delimited import ENCODINGS
from imports.fields import BY_KEY, CONSENTS, fields_of
from imports.mapping import ADD, FILL, LEAVE, SET, SKIP, UPDATE, Mapping, missing
from imports.models import Run
from imports.uploads import NO_STORE
from storefront.models import Store

KINDS = [
    (Run.Kind.CUSTOMERS, _("Customers, with consents and points if the file has them")),
    (Run.Kind.BALANCES, _("Only points: what each customer has")),
    (Run.Kind.ORDERS, _("Past orders")),
]


class UploadForm(forms.Form):
    """A file, what it holds, and to which store its ids belong."""

    kind = forms.ChoiceField(
        label=_("What is in the file?"), choices=KINDS, widget=forms.RadioSelect, initial="customers"
    )
    file = forms.FileField(
        label=_("File"), help_text=_("CSV or Excel (.xlsx), up to 50 MB and 500,000 rows."), allow_empty_file=True,
        max_length=1000, widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )  # fmt: skip
    store = forms.ChoiceField(
        label=_("Storefront the file comes from"), required=False,
        help_text=_("Then customers and orders are known again when the storefront sends them. None is counted twice."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = Store.objects.order_by("name", "pk").values_list("public_id", "name")
        choice = self.fields["store"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", _("None of them")), *stores]

    @property
    def source(self) -> str:
        """Whose ids the file's ids are."""
        return self.cleaned_data["store"] or NO_STORE


class MappingForm(forms.Form):
    """One choice for each column, and the decisions that belong to the kind of file."""

    existing = forms.ChoiceField(
        label=_("Customers we know already"), widget=forms.RadioSelect, required=False,
        choices=[
            (FILL, _("Fill in what is empty")),
            (UPDATE, _("The file overwrites")),
            (LEAVE, _("Leave their details alone")),
        ],
    )  # fmt: skip
    new = forms.ChoiceField(
        label=_("Customers we do not know"), widget=forms.RadioSelect, required=False,
        choices=[(ADD, _("Add them as members")), (SKIP, _("Skip them"))],
    )  # fmt: skip
    points = forms.ChoiceField(
        label=_("Points"), widget=forms.RadioSelect, required=False,
        choices=[(SET, _("Set what can be used to this number")), (ADD, _("Add them to what is there"))],
    )  # fmt: skip
    dates = forms.ChoiceField(
        label=_("A date like 03/04"), widget=forms.RadioSelect, required=False,
        choices=[("day", _("3 April: the day first")), ("month", _("4 March: the month first"))],
    )  # fmt: skip
    yes = forms.CharField(
        label=_("“Yes” is written as"), max_length=60, required=False, help_text=_("Several with commas.")
    )
    no = forms.CharField(label=_("“No” is written as"), max_length=60, required=False)
    where = forms.CharField(
        label=_("Where did they consent?"), max_length=200, required=False,
        help_text=_("For example “Sign-up form of our online shop”. It is kept with each consent as evidence."),
    )  # fmt: skip
    consented_on = forms.DateField(
        label=_("When, if the row does not say?"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: Any, *, run: Run) -> None:
        mapping = Mapping.from_json(run.mapping)
        initial = {**run.mapping, "dates": "month" if mapping.month_first else "day"}
        super().__init__(data, initial=initial)
        self.run = run
        choices = [("", _("Not used")), *((field.key, field.label) for field in fields_of(run.kind))]
        for place, header in enumerate(run.headers):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=header or _("Column {number}").format(number=place + 1), choices=choices, required=False,
                initial=mapping.columns.get(place, ""),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        columns = self._columns(cleaned)
        if len(set(columns.values())) < len(columns):
            raise ValidationError(_("Two columns mean the same. Choose one of them."))
        for need in missing(Mapping(columns=columns), self.run.kind):
            names = " / ".join(str(BY_KEY[key].label) for key in need.split("|"))
            raise ValidationError(_("No column says: {field}").format(field=names))
        if set(columns.values()) & CONSENTS.keys():
            self._check_consents(cleaned, columns)
        return cleaned

    def _check_consents(self, cleaned: dict[str, Any], columns: dict[int, str]) -> None:
        """Nothing counts as a consent of which nobody says how, where and when it was given."""
        if not cleaned.get("yes"):
            self.add_error("yes", _("Say what “yes” looks like in this file."))
        if not cleaned.get("where"):
            self.add_error("where", _("Say where the customers consented."))
        if not cleaned.get("consented_on") and "consent_at" not in columns.values():
            self.add_error("consented_on", _("Say when, or choose the column that does."))
        elif not cleaned.get("consented_on"):
            self.add_error("consented_on", _("Say when, for rows without a date of their own."))

    def _columns(self, cleaned: dict[str, Any]) -> dict[int, str]:
        places = ((place, cleaned.get(f"column_{place}")) for place in range(len(self.run.headers)))
        return {place: key for place, key in places if key}

    @property
    def mapping(self) -> Mapping:
        """The decisions."""
        given, kept = self.cleaned_data, Mapping.from_json(self.run.mapping)
        day = given["consented_on"]
        return Mapping(
            columns=self._columns(given), existing=given["existing"] or kept.existing, new=given["new"] or kept.new,
            points=given["points"] or kept.points, month_first=(given["dates"] or "day") == "month", yes=given["yes"],
            no=given["no"], where=given["where"], consented_on=day.isoformat() if day else "",
        )  # fmt: skip


class EncodingForm(forms.Form):
    """In which letters a file is written."""

    encoding = forms.ChoiceField(label=_("Letters"), choices=list(ENCODINGS.items()))
