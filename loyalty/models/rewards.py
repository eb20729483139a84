"""Stamps, rewards that were taken, notices of expiry, claims: what stands around the points."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Order
from loyalty.models.ledger import Journal


class Stamp(models.Model):
    """Stamps given to or taken from one card of one member. Rows are only added; the newest one tells how it stands."""

    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="stamps")
    card = models.CharField(max_length=40)  # key of a stamp card
    change = models.IntegerField()
    after = models.IntegerField()  # on the card now
    key = models.CharField(max_length=120, unique=True)  # idempotency: same key, one effect
    reason = models.CharField(max_length=40)  # visit, order, full, undone, lapsed, …: docs/stamps.md
    order = models.ForeignKey(Order, null=True, db_index=False, on_delete=models.PROTECT, related_name="stamps")
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["customer", "card", "-id"], name="stamp_of_card"),
            models.Index(fields=["order"], condition=Q(order__isnull=False), name="stamp_of_order"),
        ]


class Redemption(models.Model):
    """A reward that a member has taken: the code, what it is good for, and what became of it."""

    class State(models.TextChoices):
        READY = "ready", _("Ready to use")
        USED = "used", _("Used")
        CANCELLED = "cancelled", _("Cancelled")
        LAPSED = "lapsed", _("Lapsed")
        RETURNED = "returned", _("Returned after use")

    class AtStore(models.TextChoices):
        NONE = "none", _("Only at the till")
        WANTED = "wanted", _("To be made at the store")
        MADE = "made", _("Made at the store")
        FAILED = "failed", _("The store refused it")
        WITHDRAWING = "withdrawing", _("To be withdrawn at the store")
        WITHDRAWN = "withdrawn", _("Withdrawn at the store")

    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="redemptions")
    reward = models.CharField(max_length=40)  # key of the reward
    terms = models.JSONField()  # the reward as it was when taken: reward_rules.Reward as JSON
    points = models.BigIntegerField()  # held for it; 0 when it was given
    value_minor = models.BigIntegerField()  # of kind variable: what these points are worth
    currency = models.CharField(max_length=3)
    origin = models.CharField(max_length=60)  # points, stamps:<card>, tier:<key>, birthday, staff
    hold = models.ForeignKey(Journal, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=20, unique=True)  # at least 50 bits; what the store or the till reads
    key = models.CharField(max_length=120, unique=True)  # idempotency of taking it
    state = models.CharField(max_length=9, choices=State, default=State.READY)
    store = models.CharField(max_length=40, blank=True)  # public id of the store that has the code
    at_store = models.CharField(max_length=11, choices=AtStore, default=AtStore.NONE)
    external_id = models.CharField(max_length=100, blank=True)  # of the code at the store
    problem = models.CharField(max_length=300, blank=True)  # why the store has it not
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)  # when the alarm has something to do: make, withdraw, lapse
    order = models.ForeignKey(Order, null=True, db_index=False, on_delete=models.PROTECT, related_name="redemptions")
    used_minor = models.BigIntegerField(null=True)  # what it took off, where known
    used_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)  # used, cancelled, lapsed or returned

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-id"], name="redemption_of_customer"),
            models.Index(fields=["-customer"], condition=Q(state="ready"), name="redemption_ready"),
            models.Index(fields=["reward", "id"], name="redemption_of_reward"),
            models.Index(fields=["order"], condition=Q(order__isnull=False), name="redemption_of_order"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="redemption_due"),
        ]

    def __str__(self) -> str:
        return self.code


class Notice(models.Model):
    """That a member was told, or honestly tried to be told, that points will expire. Kept as proof."""

    class State(models.TextChoices):
        DUE = "due", _("Not sent yet")
        SENT = "sent", _("Sent")
        ATTEMPTED = "attempted", _("Tried, and did not arrive")
        UNREACHABLE = "unreachable", _("No way to reach the member but the portal")
        NEEDLESS = "needless", _("The points were used before")

    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="notices")
    expires_at = models.DateTimeField()
    days_before = models.PositiveSmallIntegerField()  # which of the notices
    points = models.BigIntegerField()  # that were to expire when it was written
    state = models.CharField(max_length=11, choices=State, default=State.DUE)
    due_at = models.DateTimeField(null=True)  # when it is to be sent, or tried again; null once settled
    attempts = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)
    proof = models.JSONField(default=dict)  # channel, address (masked), subject, message id, problem

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "expires_at", "days_before"], name="one_notice_of_each"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="notice_due")]


class Claim(models.Model):
    """A member misses points for a purchase: what they say, and what staff decided."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="claims")
    number = models.CharField(max_length=60, blank=True)  # of the order, as the member knows it
    bought_on = models.DateField(null=True)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    note = models.CharField(max_length=500, blank=True)
    photo = models.CharField(max_length=100, blank=True)  # path in the shop's storage
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    order = models.ForeignKey(Order, null=True, db_index=False, on_delete=models.PROTECT, related_name="claims")
    journal = models.ForeignKey(Journal, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=300, blank=True)  # staff's words to the member
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    mail_at = models.DateTimeField(null=True)  # when the member is to be told; null: told, or nothing to tell
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-id"], name="claim_of_customer"),
            models.Index(fields=["created_at"], condition=Q(state="open"), name="claim_open"),
        ]
