"""Connections to shops, and the inbox in which every delivery is kept before anything is done with it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from storefront.log import DeliveryQuerySet


class Store(models.Model):
    """One storefront connection of this merchant."""

    class Kind(models.TextChoices):
        GENERIC = "generic", _("Any program")
        SHOPIFY = "shopify", "Shopify"

    public_id = models.CharField(max_length=20, unique=True)  # "st_…", in the hook's address
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=100)
    settings = models.JSONField(default=dict)  # e.g. Shopify's shop domain
    created_at = models.DateTimeField()
    disconnected_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


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
        REFUSED = "refused", _("Refused")  # not valid: the sender got the same errors
        FAILED = "failed", _("Will be retried")
        DEAD = "dead", _("Given up")  # retries used up; can be replayed

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="deliveries")
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
