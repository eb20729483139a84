"""Connections to shops, and the inbox in which every delivery is kept before anything is done with it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from storefront.log import DeliveryQuerySet


class Store(models.Model):
    """One storefront connection of this merchant."""

    class Kind(models.TextChoices):
        GENERIC = "generic", _("Any program")
        SHOPIFY = "shopify", "Shopify"
        WOOCOMMERCE = "woocommerce", "WooCommerce"
        CAFE24 = "cafe24", _("Cafe24")
        SQUARE = "square", "Square"
        STRIPE = "stripe", "Stripe"

    public_id = models.CharField(max_length=20, unique=True)  # "st_…", in the hook's address
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=100)
    settings = models.JSONField(default=dict)  # e.g. Shopify's shop domain; never secrets
    # What its API wants to be asked with (tokens, keys) as encrypted JSON; empty when it is not asked.
    credentials = models.TextField(blank=True)
    # The button on the store's pages: allowed sites, its place, encrypted secrets (storefront/widgets.py).
    widget = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    disconnected_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As always; and the hook must not go by what it remembers of the store (known.py)."""
        from storefront import known

        super().save(*args, **kwargs)
        known.forget()


class StoreSecret(models.Model):
    """A signing secret, encrypted at rest. After rotation the old one stays valid until `expires_at`."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="secrets")
    ciphertext = models.TextField()
    hint = models.CharField(max_length=8)  # its last four characters
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)


class Delivery(models.Model):
    """One signed message from a store, exactly as it arrived, with what became of it."""

    class State(models.TextChoices):
        NEW = "new", _("Waiting")
        DONE = "done", _("Done")
        IGNORED = "ignored", _("Ignored")  # understood, nothing to do; the reason says why
        READING = "reading", _("Being read at the store")  # the news was thin: a Reread brings the rest
        REFUSED = "refused", _("Refused")  # not valid: the sender got the same errors
        FAILED = "failed", _("Will be retried")
        DEAD = "dead", _("Given up")  # retries used up; can be replayed

    # No index of its own: the constraint's serves.
    store = models.ForeignKey(Store, db_index=False, on_delete=models.CASCADE, related_name="deliveries")
    key = models.CharField(max_length=200)  # the sender's own rule of sameness, e.g. the webhook-id
    topic = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=100, blank=True)  # what it is about, e.g. the order's external id
    headers = models.JSONField(default=dict)  # an allow-list, never signatures or cookies
    body = models.BinaryField()
    body_sha256 = models.BinaryField(max_length=32)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.NEW)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)  # null when nothing is to be done
    done_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    errors = models.JSONField(default=list)  # [{"path": "/lines/0/quantity", "message": "…"}]
    order_id = models.BigIntegerField(null=True)  # what it became
    customer_id = models.BigIntegerField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "key"], name="one_row_per_delivery")]
        indexes = [
            models.Index(fields=["next_try_at", "id"], condition=models.Q(next_try_at__isnull=False), name="inbox_due"),
            models.Index(fields=["state", "-id"], name="inbox_by_state"),
            models.Index(fields=["subject", "-id"], name="inbox_by_subject"),
            models.Index(fields=["store", "-received_at"], name="inbox_of_store"),
        ]


class Reread(models.Model):
    """An order to be read again at the store's API, because news of it was thin or may have been missed.

    One row for each order, however often it is wanted; gone once it was read.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="rereads")
    external_id = models.CharField(max_length=100)
    wanted_at = models.DateTimeField()  # moved on by newer news, so that a reading begun before does not settle it
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)  # null once given up
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "external_id"], name="one_reread_per_order")]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"], condition=models.Q(next_try_at__isnull=False), name="reread_due"
            ),
        ]


class Pull(models.Model):
    """Reading many orders at a store's API, page by page: its history, to compare both sides, or to repair drift."""

    class Purpose(models.TextChoices):
        HISTORY = "history", _("History")
        COMPARISON = "comparison", _("Comparison")
        REPAIR = "repair", _("Repair")

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        STOPPED = "stopped", _("Stopped")

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="pulls")
    purpose = models.CharField(max_length=12, choices=Purpose)
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    since = models.DateTimeField(null=True)  # orders placed or changed from then on; null: from the beginning
    until = models.DateTimeField()
    stage = models.CharField(max_length=10, blank=True)  # what is being read: "customers", "orders", …
    cursor = models.TextField(blank=True)  # where to go on, in the platform's own terms
    expected = models.PositiveIntegerField(null=True)  # how many there are, as far as the platform says
    counts = models.JSONField(default=dict)  # what was read and found so far
    started_by = models.CharField(max_length=150, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)  # null when nothing is to be done
    attempts = models.PositiveIntegerField(default=0)  # failed ones since the last page that went well
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_try_at"], condition=models.Q(next_try_at__isnull=False), name="pull_due"),
            models.Index(fields=["store", "-id"], name="pull_of_store"),
        ]


class Drift(models.Model):
    """One order on which the store and we do not agree, found by a comparison."""

    class Kind(models.TextChoices):
        MISSED = "missed", _("Missing here")
        STALE = "stale", _("Out of date here")
        EXTRA = "extra", _("Not known to the store")

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="drifts")
    pull = models.ForeignKey(Pull, on_delete=models.CASCADE, related_name="drifts")
    kind = models.CharField(max_length=8, choices=Kind)
    external_id = models.CharField(max_length=100)
    number = models.CharField(max_length=60, blank=True)
    differences = models.JSONField(default=dict)  # field: [ours, theirs]
    theirs = models.JSONField(default=dict)  # the order as the store states it, without the buyer: agreement.py
    found_at = models.DateTimeField()
    wanted_at = models.DateTimeField(null=True)  # a repair was ordered
    repaired_at = models.DateTimeField(null=True)
    put_aside_at = models.DateTimeField(null=True)  # a person decided to leave it so
    note = models.CharField(max_length=300, blank=True)  # why it was left so, or could not be repaired

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "external_id"],
                condition=models.Q(repaired_at__isnull=True),
                name="one_open_drift_per_order",
            )
        ]
        indexes = [models.Index(fields=["store", "-id"], name="drift_of_store")]
