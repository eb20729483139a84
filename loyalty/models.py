"""The programme and the points ledger. The database itself refuses wrong books: migration 0002, docs/ledger.md."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Order

if TYPE_CHECKING:
    from loyalty.rules import Rules

MEMBER_ACCOUNTS = ("available", "pending", "held", "debt")


class ProgrammeVersion(models.Model):
    """The published rules as of one moment. Immutable; a change publishes the next version."""

    number = models.PositiveIntegerField(unique=True)
    rules = models.JSONField()  # as stored; `terms` reads it
    in_force_from = models.DateTimeField()
    published_at = models.DateTimeField()
    # Kept as it was then: a name that changes or a user who leaves must not touch an immutable row.
    published_by = models.CharField(max_length=200, blank=True)
    publisher_id = models.BigIntegerField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number}"

    @cached_property
    def terms(self) -> Rules:
        """The rules, typed."""
        from loyalty.rules import Rules

        return Rules.from_json(self.rules)


class Balance(models.Model):
    """What a member has, kept beside the entries that explain it. Locked in ascending member order by every command."""

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.PROTECT, related_name="balance")
    available = models.BigIntegerField(db_default=0)
    pending = models.BigIntegerField(db_default=0)
    held = models.BigIntegerField(db_default=0)
    debt = models.BigIntegerField(db_default=0)  # owed after a claw-back; paid by the next points that become available
    earned = models.BigIntegerField(db_default=0)  # all points ever earned, less those clawed back
    version = models.BigIntegerField(db_default=0)  # number of the member's latest entry

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(available__gte=0), name="available_not_negative"),
            models.CheckConstraint(condition=Q(pending__gte=0), name="pending_not_negative"),
            models.CheckConstraint(condition=Q(held__gte=0), name="held_not_negative"),
            models.CheckConstraint(condition=Q(debt__gte=0), name="debt_not_negative"),
            models.CheckConstraint(condition=Q(debt=0) | Q(available=0), name="debt_is_paid_first"),
        ]


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
        TRANSFER = "transfer", _("Moved")
        WRITE_OFF = "write_off", _("Written off")

    kind = models.CharField(max_length=10, choices=Kind)
    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="journals")
    key = models.CharField(max_length=120)  # idempotency: same key, one effect
    fingerprint = models.CharField(max_length=64)  # of the command; another command under the same key is an error
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200, blank=True)
    order = models.ForeignKey(Order, null=True, db_index=False, on_delete=models.PROTECT, related_name="journals")
    programme_version = models.ForeignKey(
        ProgrammeVersion, null=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)
    arithmetic = models.JSONField(default=dict)  # how the number came about, readable: loyalty/explaining.py
    effective_at = models.DateTimeField()  # when it happened; recorded_at when it was written down
    recorded_at = models.DateTimeField()
    # What this one resolves: the hold of a capture or void, the journal that a reverse undoes. Once only.
    resolves = models.ForeignKey(
        "self", null=True, db_index=False, on_delete=models.PROTECT, related_name="resolutions"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="one_effect_per_key"),
            models.UniqueConstraint(fields=["resolves"], condition=Q(resolves__isnull=False), name="resolved_once"),
        ]
        indexes = [
            # Ids of one member's journals rise with time: they are written under the member's lock.
            models.Index(fields=["customer", "id"], name="journal_of_customer"),
            models.Index(fields=["order"], condition=Q(order__isnull=False), name="journal_of_order"),
            models.Index(fields=["effective_at"], name="journal_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


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

    # No indexes of their own: the two constraints serve.
    journal = models.ForeignKey(Journal, db_index=False, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=11, choices=Account)
    customer = models.ForeignKey(Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="entries")
    points = models.BigIntegerField()
    balance_after = models.BigIntegerField(null=True)  # of this account of this member
    version = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "version"], condition=Q(customer__isnull=False), name="one_entry_per_version"
            ),
            models.UniqueConstraint(
                fields=["journal", "account", "customer"], nulls_distinct=False, name="one_entry_per_account"
            ),
            models.CheckConstraint(condition=~Q(points=0), name="entry_moves_points"),
            models.CheckConstraint(
                condition=Q(
                    account__in=MEMBER_ACCOUNTS,
                    customer__isnull=False,
                    version__isnull=False,
                    balance_after__isnull=False,
                )
                | Q(
                    ~Q(account__in=MEMBER_ACCOUNTS),
                    customer__isnull=True,
                    version__isnull=True,
                    balance_after__isnull=True,
                ),
                name="member_entry_is_complete",
            ),
        ]


class Lot(models.Model):
    """Points that arrived together and will expire together. First to expire, first used."""

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        ACTIVE = "active", _("Active")

    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="lots")
    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="lots")
    order = models.ForeignKey(Order, null=True, db_index=False, on_delete=models.PROTECT, related_name="lots")
    state = models.CharField(max_length=7, choices=State)
    points = models.BigIntegerField()
    remaining = models.BigIntegerField()
    matures_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="lot_has_points"),
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=models.F("points")), name="lot_remaining_in_range"
            ),
            models.CheckConstraint(
                condition=Q(state="active") | Q(matures_at__isnull=False), name="pending_lot_matures"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True)
                | Q(matures_at__isnull=True)
                | Q(expires_at__gt=models.F("matures_at")),
                name="lot_matures_before_it_expires",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "expires_at", "id"], condition=Q(remaining__gt=0), name="lot_to_use"),
            models.Index(fields=["matures_at"], condition=Q(state="pending", remaining__gt=0), name="lot_to_mature"),
            models.Index(fields=["expires_at"], condition=Q(remaining__gt=0), name="lot_to_expire"),
            models.Index(fields=["order"], condition=Q(order__isnull=False), name="lot_of_order"),
        ]


class Allocation(models.Model):
    """Which lot a debit drew from (negative) or a return went back to (positive)."""

    journal = models.ForeignKey(Journal, db_index=False, on_delete=models.PROTECT, related_name="allocations")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="allocations")
    points = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["journal", "lot"], name="one_allocation_per_lot"),
            models.CheckConstraint(condition=~Q(points=0), name="allocation_moves_points"),
        ]


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
