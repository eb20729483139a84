"""What orders have earned, and points for the past."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Order
from loyalty.models.programme import ProgrammeVersion


class OrderEarning(models.Model):
    """What one order has earned so far, for whom, and by which rules."""

    order = models.OneToOneField(Order, primary_key=True, on_delete=models.PROTECT, related_name="earning")
    # Who holds the posted points; a change of the order's customer moves them.
    customer = models.ForeignKey(Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    programme_version = models.ForeignKey(
        ProgrammeVersion, null=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    posted = models.BigIntegerField(default=0)  # earned − clawed back
    postings = models.PositiveIntegerField(default=0)  # how many journals; makes their keys
    outcome = models.CharField(max_length=40)  # why it stands as it does, e.g. "earned", "test"; see earning.py
    arithmetic = models.JSONField(default=dict)
    # What was true of the member when the order first earned (evaluation.Facts as JSON): later changes don't touch it.
    facts = models.JSONField(default=dict)

    class Meta:
        # Orders by rules with a limit for the whole programme: usage.py sums them.
        indexes = [models.Index(fields=["order"], condition=Q(arithmetic__has_key="limited"), name="earning_limited")]


class Backdating(models.Model):
    """Points for orders of one store that were placed before the programme began: loyalty/backdating.py."""

    class Kind(models.TextChoices):
        ORDERS = "orders", _("Points for each order")
        OPENING = "opening", _("An opening balance")

    class State(models.TextChoices):
        COUNTING = "counting", _("Being counted")
        COUNTED = "counted", _("Counted, not given")
        GIVING = "giving", _("Being given")
        GIVEN = "given", _("Given")
        TAKING_BACK = "taking_back", _("Being taken back")
        TAKEN_BACK = "taken_back", _("Taken back")

    source = models.CharField(max_length=40)  # the store's public id
    kind = models.CharField(max_length=7, choices=Kind)
    since = models.DateTimeField(null=True)  # orders placed from then on; null: all
    until = models.DateTimeField()  # and before the first version came into force
    programme_version = models.ForeignKey(ProgrammeVersion, db_index=False, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=11, choices=State, default=State.COUNTING)
    cursor = models.BigIntegerField(default=0)  # the last member or order done in this state
    counts = models.JSONField(default=dict)  # members, orders, points, guests: as counted; done: so far in this state
    started_by = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=~Q(state="taken_back"), name="one_backdating_for_a_store"
            )
        ]
