"""The points ledger. The database itself refuses wrong books: migration 0002, docs/ledger.md."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Order
from loyalty.models.programme import ProgrammeVersion

MEMBER_ACCOUNTS = ("available", "pending", "held", "debt")


class Balance(models.Model):
    """What a member has, kept beside the entries that explain it. Locked in ascending member order by every command."""

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.PROTECT, related_name="balance")
    available = models.BigIntegerField(db_default=0)
    pending = models.BigIntegerField(db_default=0)
    held = models.BigIntegerField(db_default=0)
    debt = models.BigIntegerField(db_default=0)  # owed after a claw-back; paid by the next points that become available
    earned = models.BigIntegerField(db_default=0)  # all points ever earned, less those clawed back
    version = models.BigIntegerField(db_default=0)  # number of the member's latest entry
    # The tier: tiers.py keeps it.
    tier = models.CharField(max_length=40, db_default="")  # key of a tier; empty: none
    tier_since = models.DateTimeField(null=True)
    tier_until = models.DateTimeField(null=True)  # when it is looked at again; null: not until something changes

    # What staff sort members by: patronage.py keeps it.
    spent = models.BigIntegerField(db_default=0)  # minor units of the shop's currency, less refunds
    orders = models.IntegerField(db_default=0)  # paid ones that were not given back as a whole
    seen_at = models.DateTimeField(null=True)  # when they last ordered, came by, or used a reward

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(available__gte=0), name="available_not_negative"),
            models.CheckConstraint(condition=Q(pending__gte=0), name="pending_not_negative"),
            models.CheckConstraint(condition=Q(held__gte=0), name="held_not_negative"),
            models.CheckConstraint(condition=Q(debt__gte=0), name="debt_not_negative"),
            models.CheckConstraint(condition=Q(debt=0) | Q(available=0), name="debt_is_paid_first"),
        ]
        indexes = [
            models.Index(fields=["tier", "-customer"], condition=~Q(tier=""), name="balance_by_tier"),
            models.Index(fields=["tier_until"], condition=Q(tier_until__isnull=False), name="tier_to_review"),
            models.Index(fields=["-available", "-customer"], name="balance_by_points"),
            models.Index(fields=["-spent", "-customer"], condition=Q(spent__gt=0), name="balance_by_spend"),
            models.Index(fields=["-orders", "-customer"], condition=Q(orders__gt=0), name="balance_by_orders"),
            models.Index(
                fields=["-seen_at", "-customer"], condition=Q(seen_at__isnull=False), name="balance_by_last_seen"
            ),
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
            # Occasions by rules with a limit for the whole programme: usage.py sums them.
            models.Index(
                fields=["id"], condition=Q(order__isnull=True, arithmetic__has_key="limited"), name="journal_limited"
            ),
            # Rows come in the order of their recording: a few pages of index for reports of a day or a month.
            BrinIndex(fields=["recorded_at"], name="journal_by_recording", pages_per_range=32),
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
    # No notice, no expiry: set once the member's notices about this lot are done, to the moment it may really go.
    may_expire_at = models.DateTimeField(null=True)
    notices_planned = models.BooleanField(db_default=False, default=False)  # the notices about it stand in Notice

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
            models.CheckConstraint(
                condition=Q(may_expire_at__isnull=True) | Q(may_expire_at__gte=models.F("expires_at")),
                name="lot_goes_no_sooner_than_told",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "expires_at", "id"], condition=Q(remaining__gt=0), name="lot_to_use"),
            models.Index(fields=["matures_at"], condition=Q(state="pending", remaining__gt=0), name="lot_to_mature"),
            models.Index(
                fields=["may_expire_at"],
                condition=Q(remaining__gt=0, may_expire_at__isnull=False),
                name="lot_to_expire",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(remaining__gt=0, state="active", notices_planned=False, expires_at__isnull=False),
                name="lot_to_tell_of",
            ),
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
