"""The programme and the points ledger. The database itself refuses wrong books: migration 0002, docs/ledger.md."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import orjson
from django.contrib.postgres.indexes import BrinIndex
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
    # The last member whom its tiers have reached; null: nobody is to be placed (any more). The one thing that changes.
    tiers_cursor = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number}"

    @cached_property
    def terms(self) -> Rules:
        """The rules, typed. Read and made ready for orders once for all batches that meet the version."""
        from loyalty.rules import stored_rules

        return stored_rules(orjson.dumps(self.rules))


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


class Draft(models.Model):
    """The programme being written, and the replay of past orders by it. One row, or none."""

    class Replay(models.TextChoices):
        NONE = "none", _("Not asked for")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")

    rules = models.JSONField()  # may make no sense yet
    based_on = models.PositiveIntegerField(null=True)  # number of the version it began as
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=0)  # two who edit at once do not overwrite each other
    replay = models.CharField(max_length=7, choices=Replay, default=Replay.NONE)
    replay_days = models.PositiveSmallIntegerField(default=90)
    replay_revision = models.PositiveIntegerField(default=0)  # of the rules that were replayed
    replay_asked_at = models.DateTimeField(null=True)
    replay_progress = models.JSONField(default=dict)  # cursor, done, of, state of members
    replay_result = models.JSONField(default=dict)


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
