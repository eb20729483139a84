"""The programme and the points ledger. The database itself refuses wrong books: see migration 0002 and docs/ledger.md."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Order
from staff.models import User


class ProgrammeVersion(models.Model):
    """The published rules as of one moment. Immutable; a change publishes the next version."""

    number = models.PositiveIntegerField(unique=True)
    rules = models.JSONField()  # shape: loyalty/rules.py
    in_force_from = models.DateTimeField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-number"]


class Balance(models.Model):
    """What a member has, kept beside the entries that explain it. Locked in ascending member order by every command."""

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.PROTECT, related_name="balance")
    available = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    debt = models.BigIntegerField(default=0)  # owed after a claw-back; paid by later earnings
    earned = models.BigIntegerField(default=0)  # all points ever earned, less those clawed back
    version = models.BigIntegerField(default=0)  # number of the member's latest entry


class Journal(models.Model):
    """One business operation. Its entries sum to zero; it is never edited, only reversed by another."""

    class Kind(models.TextChoices):
        EARN = "earn", _("Earned")
        MATURE = "mature", _("Became available")
        CLAW_BACK = "claw_back", _("Taken back")
        ADJUST = "adjust", _("Adjusted")
        EXPIRE = "expire", _("Expired")
        HOLD = "hold", _("Set aside")
        CAPTURE = "capture", _("Used")
        VOID = "void", _("Returned")
        REVERSE = "reverse", _("Undone")

    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=120, unique=True)  # idempotency: same key, one effect
    fingerprint = models.CharField(max_length=64)  # of the command; another command under the same key is an error
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="journals")
    programme_version = models.ForeignKey(ProgrammeVersion, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    arithmetic = models.JSONField(default=dict)  # how the number came about, readable: loyalty/explaining.py
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    # What this one resolves: the hold of a capture or void, the journal that a reverse undoes. Once only.
    resolves = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="resolved_by")


class Entry(models.Model):
    """Signed points on one account. The member's own carry the running balance and a gap-free version."""

    class Account(models.TextChoices):
        AVAILABLE = "available", _("Available")
        PENDING = "pending", _("Pending")
        HELD = "held", _("Set aside")
        DEBT = "debt", _("Owed")  # negative: the member owes
        ISSUED = "issued", _("Issued")
        REDEEMED = "redeemed", _("Redeemed")
        EXPIRED = "expired", _("Expired")
        CLAWED_BACK = "clawed_back", _("Clawed back")
        ADJUSTED = "adjusted", _("Adjusted")

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=11, choices=Account)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="entries")
    points = models.BigIntegerField()
    balance_after = models.BigIntegerField(null=True)  # of this account of this member
    version = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "version"], name="one_entry_per_version")]


class Lot(models.Model):
    """Points that arrived together and will expire together. First to expire, first used."""

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        ACTIVE = "active", _("Active")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="lots")
    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="lots")
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="lots")
    state = models.CharField(max_length=7, choices=State)
    points = models.BigIntegerField()
    remaining = models.BigIntegerField()
    matures_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["customer", "expires_at", "id"], condition=models.Q(remaining__gt=0), name="lot_to_use"
            ),
            models.Index(fields=["matures_at"], condition=models.Q(state="pending"), name="lot_to_mature"),
            models.Index(fields=["expires_at"], condition=models.Q(remaining__gt=0), name="lot_to_expire"),
            models.Index(fields=["order"], condition=models.Q(order__isnull=False), name="lot_of_order"),
        ]


class Allocation(models.Model):
    """Which lot a debit drew from (negative) or a return went back to (positive)."""

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="allocations")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="allocations")
    points = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "lot"], name="one_allocation_per_lot")]


class OrderEarning(models.Model):
    """What one order has earned so far, and the rules frozen for it."""

    order = models.OneToOneField(Order, primary_key=True, on_delete=models.PROTECT, related_name="earning")
    programme_version = models.ForeignKey(ProgrammeVersion, null=True, on_delete=models.PROTECT, related_name="+")
    posted = models.BigIntegerField(default=0)  # earned − clawed back
    postings = models.PositiveIntegerField(default=0)  # how many journals; makes their keys
    outcome = models.CharField(max_length=40)  # why it stands as it does, e.g. "earned", "test", "cancelled"
    arithmetic = models.JSONField(default=dict)
