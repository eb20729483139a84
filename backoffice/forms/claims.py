"""What staff answer to a claim for missing points."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.ledger_calls import MOST_POINTS


class PointsForm(forms.Form):
    """So many points, and why when it is not what the rules give."""

    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=min(MOST_POINTS, 10**9))
    reason = forms.CharField(
        label=_("Reason, if it is another number"),
        required=False,
        max_length=200,
        help_text=_("The member reads it in their history."),
    )
    answer = forms.CharField(
        label=_("Words to the member"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class DeclineForm(forms.Form):
    """Why not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "decline_%s", **kwargs})  # it stands on one page with PointsForm

    answer = forms.CharField(
        label=_("Words to the member"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("They get it by e-mail and see it beside their claim."),
        error_messages={"required": _("Tell the member why, in a sentence.")},
    )
