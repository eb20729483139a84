"""What staff type in about a reward that a member has, or gets."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.reward_rules import Reward

LONGEST_REASON = 200


class ActForm(forms.Form):
    """Using, cancelling and so on: sent twice, done once. The undo of a toast sends no key."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)
    reason = forms.CharField(label=_("Why"), max_length=LONGEST_REASON, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4().hex


class GrantForm(forms.Form):
    """A reward for nothing, with a reason that stands in the audit trail."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reward = forms.ChoiceField(label=_("Reward"))
    reason = forms.CharField(label=_("Why"), max_length=LONGEST_REASON)

    def __init__(self, *args: Any, rewards: Iterable[Reward], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4().hex
        choice = self.fields["reward"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(reward.key, reward.label) for reward in rewards]
