"""Where a merchant's own programs want to be told what happens, and everything they were told."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from webhooks.log import MessageQuerySet


class Endpoint(models.Model):
    """One address of a merchant's program, with what it wants to hear of and how it is doing."""

    class Paused(models.TextChoices):
        BY_STAFF = "staff", _("Paused by hand")
        FAILING = "failing", _("Paused: it failed for five days")
        GONE = "gone", _("Paused: it answered that it is gone")

    public_id = models.CharField(max_length=20, unique=True)  # "we_…", in addresses of pages and of the API
    url = models.CharField(max_length=2000)
    description = models.CharField(max_length=200, blank=True)
    types = models.JSONField(default=list)  # names of webhooks.types; empty: all, also those to come
    # [{"secret", "created_at", "expires_at"}], newest first, encrypted as a whole; all not expired sign.
    secrets = models.TextField()
    created_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    paused_reason = models.CharField(max_length=8, choices=Paused, blank=True)
    failing_since = models.DateTimeField(null=True)  # of the first failure after the last success
    failures = models.PositiveIntegerField(default=0)  # in a row
    rest_until = models.DateTimeField(null=True)  # nothing is sent to it before

    def __str__(self) -> str:
        return self.description or self.url


class Message(models.Model):
    """One event for one endpoint: what is sent, and each try to send it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        DELIVERED = "sent", _("Delivered")
        FAILED = "failed", _("Given up")
        HELD = "held", _("Held back")  # its endpoint is paused
        SKIPPED = "skipped", _("Not sent")  # a person resumed the endpoint without it

    endpoint = models.ForeignKey(Endpoint, db_index=False, on_delete=models.CASCADE, related_name="messages")
    message_id = models.CharField(max_length=40)  # the webhook-id: one for each event, constant over all tries
    type = models.CharField(max_length=40)
    body = models.TextField()  # as it is sent, made when the event happened; empty once it is old
    customer_id = models.BigIntegerField(null=True)  # whom it is about
    created_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)  # since it was last asked for
    # When it is tried next; of one being sent, when its sender counts as vanished. Null when nothing is to be done.
    next_try_at = models.DateTimeField(null=True)
    tries = models.JSONField(default=list)  # the latest: [{"at", "status", "error", "seconds"}]
    answer = models.TextField(blank=True)  # the beginning of the last answer's body
    settled_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["endpoint", "next_try_at", "id"],
                condition=models.Q(next_try_at__isnull=False),
                name="message_due",
            ),
            models.Index(fields=["endpoint", "-id"], name="message_of_endpoint"),
            models.Index(fields=["endpoint", "-created_at"], name="message_by_time"),
            models.Index(fields=["created_at"], condition=~models.Q(body=""), name="message_to_prune"),
        ]
